"""Base64 with exactly one text for any octets: what is not in that form is refused, so that nothing hides in it."""

import binascii

_URL_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def encode_url(octets: bytes) -> bytes:
    """base64url without padding (RFC 7515 §2)."""
    return binascii.b2a_base64(octets, newline=False).rstrip(b"=").translate(_TO_URL)


def decode_url(text: bytes) -> bytes:
    """Read base64url (RFC 7515 §2): no padding, white space or `+/`, and the unused last bits zero.

    Raises ValueError otherwise.
    """
    if text.translate(None, _URL_ALPHABET):
        raise ValueError("base64url holds letters, digits, - and _ only")
    tail = len(text) % 4
    if tail == 1:
        raise ValueError("base64url never has this length")
    octets = binascii.a2b_base64(text.translate(_FROM_URL) + b"=" * (-tail % 4))
    # RFC 4648 §3.5: two texts that differ in unused bits would be the same octets.
    if tail and encode_url(octets[1 - tail :]) != text[-tail:]:
        raise ValueError("the unused bits at the end are not zero")
    return octets


def decode(text: bytes) -> bytes:
    """Read standard base64 (RFC 4648 §4): padded, no white space, and the unused last bits zero.

    Raises ValueError otherwise.
    """
    octets = binascii.a2b_base64(text, strict_mode=True)
    if binascii.b2a_base64(octets, newline=False) != text:
        raise ValueError("not the one base64 text of these octets")
    return octets
