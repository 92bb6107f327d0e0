"""Signed notes (c2sp.org/signed-note): a text, a blank line, and lines that sign the text.

Only plain Ed25519 is verified today. Another signature type, such as a witness's cosignature, is a row in `_CHECKS`;
until it has one, its lines are those of unknown keys, and the specification wants them ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger.encoding import decode_base64, encode_base64

ED25519 = 0x01
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
"""Verifiers must accept 16 at least; Go's stops at 100."""

_PREFIX = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


def _check_ed25519(public_key: bytes, text: bytes, signature: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)


_CHECKS: Mapping[int, Callable[[bytes, bytes, bytes], None]] = MappingProxyType({ED25519: _check_ed25519})
_KEY_SIZES: Mapping[int, int] = MappingProxyType({ED25519: 32})


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that somebody trusts, under the name that it signs with. `type` is the signature type's byte."""

    name: str
    type: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; a label, not a fingerprint."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public_key).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type]) + self.public_key)}"


def verifier_of(name: str, public_key: Ed25519PublicKey) -> Verifier:
    """Raises ValueError for a name that no note can carry."""
    if not _is_key_name(name):
        raise ValueError(f"a key name is not empty and has no space, plus or control character: {name[:200]!r}")
    return Verifier(name, ED25519, public_key.public_bytes_raw())


def parse_vkey(vkey: str) -> Verifier:
    """Read `name+key ID+base64(type ‖ public key)`. Raises Unproven for anything that is not quite that."""
    name, _, rest = vkey.partition("+")
    key_id, _, key = rest.partition("+")
    if not _is_key_name(name) or not _KEY_ID.fullmatch(key_id):
        raise Unproven("the verifier key is not of the form name+id+key")
    raw = decode_base64(key, "the verifier key")
    if not raw or raw[0] not in _CHECKS:
        raise Unproven("the verifier key is of a type that is not supported")
    verifier = Verifier(name, raw[0], raw[1:])
    if len(verifier.public_key) != _KEY_SIZES[verifier.type] or verifier.key_id.hex() != key_id:
        raise Unproven("the verifier key does not match its own id")
    return verifier


def sign(name: str, private_key: Ed25519PrivateKey, text: str) -> bytes:
    """The note with one signature. Raises ValueError where `text` or `name` can't be in a note."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError("the text of a note ends in a newline and has no other control characters")
    key_id = verifier_of(name, private_key.public_key()).key_id
    signature = private_key.sign(text.encode())
    return f"{text}\n{_PREFIX}{name} {encode_base64(key_id + signature)}\n".encode()


def open(note: bytes, verifiers: Iterable[Verifier]) -> str:
    """Return the text if at least one of the verifiers signed it, and none that is named in it did so wrongly.

    Signatures of unknown keys are ignored, as the specification demands, though they must be well-formed.
    Raises Unproven, also for bytes that are no note at all.
    """
    text, signatures = _split(note)
    known = list(verifiers)
    signed = False
    for name, key_id, signature in signatures:
        for verifier in known:
            if (verifier.name, verifier.key_id) == (name, key_id):
                _check(verifier, text, signature)
                signed = True
    if not signed:
        raise Unproven("the note carries no signature of a known key")
    return text


def _check(verifier: Verifier, text: str, signature: bytes) -> None:
    try:
        _CHECKS[verifier.type](verifier.public_key, text.encode(), signature)
    except (InvalidSignature, ValueError) as error:
        raise Unproven(f"the signature of {verifier.name} does not verify") from error


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    if len(note) > MAX_NOTE:
        raise Unproven(f"the note is longer than {MAX_NOTE} bytes")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise Unproven("the note is not UTF-8") from error
    if _CONTROL.search(whole):
        raise Unproven("the note has a control character")
    # The text may have empty lines itself: the last one is what separates it from the signatures.
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise Unproven("the note has no signatures after an empty line")
    signatures = lines[:-1].split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise Unproven(f"the note has more than {MAX_SIGNATURES} signatures")
    return text + "\n", [_signature(line) for line in signatures]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not _is_key_name(name):
        raise Unproven("a signature line of the note is malformed")
    raw = decode_base64(encoded, "a signature of the note")
    if len(raw) < 5:
        raise Unproven("a signature of the note is shorter than its key id")
    return name, raw[:4], raw[4:]


def _is_key_name(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return bool(name) and "+" not in name and not any(map(str.isspace, name)) and not _CONTROL.search(name)
