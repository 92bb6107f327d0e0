"""S/MIME: a document and its detached CMS signature as the two parts of a `multipart/signed` (RFC 8551 §3.5.3)."""

from edi_gateway.envelopes import signed_data
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, Transmission
from edi_gateway.syntax import mime

SIGNATURE_TYPES = ("application/pkcs7-signature", "application/x-pkcs7-signature")


def unwrap(transmission: Transmission) -> Envelope:
    """Cut out the signed part's exact octets and read the signature over them.

    `media_type` is what the signed part says of itself; `micalg` is a hint (RFC 8551 §3.5.3.2) and not looked at.
    Raises Rejection: `not-mime`, `not-cms`, `unsigned`, `signature-profile`.
    """
    declared = mime.content_type(transmission.content_type)
    protocol = declared.parameters.get("protocol", "").lower()
    if protocol not in SIGNATURE_TYPES:
        raise Rejection("not-mime", f"The protocol {protocol[:100]!r} is not application/pkcs7-signature.")
    signed_part, signature_part = mime.split_signed(declared, transmission.body)
    signature = mime.entity(signature_part)
    if signature.media_type not in SIGNATURE_TYPES:
        raise Rejection("not-mime", f"The second part is {signature.media_type[:100]!r}, not a pkcs7-signature.")
    signed, key_names = signed_data.read(signature.decoded(), detached=signed_part)
    media_type = mime.entity(signed_part).media_type
    return Envelope(format="smime", media_type=media_type, key_names=key_names, signed=signed)
