"""Signed notes (c2sp.org/signed-note): a text, a blank line, and lines that sign the text.

A note has one signer or several: a log signs its checkpoint, and witnesses add their cosignatures.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger.encoding import decode_base64, encode_base64
from edi_gateway.ledger.signature_types import COSIGNATURES, ED25519, TYPES, time_of

MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
"""Verifiers must accept 16 at least; Go's stops at 100."""

_MAX_KEYS_SHOWN = 3
_MAX_NAME_SHOWN = 100
_PREFIX = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that somebody trusts, under the name that it signs with. `type` is one of `signature_types.TYPES`."""

    name: str
    type: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; a label, not a fingerprint."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public_key).digest()[:4]

    @property
    def vkey(self) -> str:
        return _vkey(self)


@lru_cache(maxsize=64)
def _vkey(verifier: Verifier) -> str:
    # Every receipt names it.
    key = encode_base64(bytes([verifier.type]) + verifier.public_key)
    return f"{verifier.name}+{verifier.key_id.hex()}+{key}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a note: what follows the key id on its line."""

    verifier: Verifier
    signature: bytes

    @property
    def line(self) -> str:
        return f"{_PREFIX}{self.verifier.name} {encode_base64(self.verifier.key_id + self.signature)}\n"

    @property
    def time(self) -> int | None:
        """When a cosignature says that it was made, in POSIX seconds; other signatures don't say."""
        return time_of(self.signature) if self.verifier.type in COSIGNATURES else None


@dataclass(frozen=True, slots=True)
class Opened:
    """The text of a note, and those of its signatures that were verified: one at least, in the note's order."""

    text: str
    signatures: tuple[Signature, ...]


def verifier_of(name: str, public_key: Ed25519PublicKey, type: int = ED25519) -> Verifier:
    """Raises ValueError for a name that no note can carry."""
    return new_verifier(name, type, public_key.public_bytes_raw())


def new_verifier(name: str, type: int, public_key: bytes) -> Verifier:
    """Raises ValueError for a name that no note can carry, and for a key that is not of this type."""
    if not _is_key_name(name):
        raise ValueError(f"a key name is not empty and has no space, plus or control character: {name[:200]!r}")
    if len(public_key) != TYPES[type].key_size:
        raise ValueError(f"a key of type {type} has {TYPES[type].key_size} bytes")
    return Verifier(name, type, public_key)


def parse_vkey(vkey: str) -> Verifier:
    """Read `name+key ID+base64(type ‖ public key)`. Raises Unproven for anything that is not quite that."""
    name, _, rest = vkey.partition("+")
    key_id, _, key = rest.partition("+")
    if not _is_key_name(name) or not _KEY_ID.fullmatch(key_id):
        raise Unproven("the verifier key is not of the form name+id+key")
    raw = decode_base64(key, "the verifier key")
    if not raw or raw[0] not in TYPES:
        raise Unproven("the verifier key is of a type that is not supported")
    verifier = Verifier(name, raw[0], raw[1:])
    if len(verifier.public_key) != TYPES[verifier.type].key_size or verifier.key_id.hex() != key_id:
        raise Unproven("the verifier key does not match its own id")
    return verifier


def signature(name: str, private_key: Ed25519PrivateKey, text: str) -> Signature:
    """A plain Ed25519 signature. Raises ValueError where `name` can't be in a note."""
    return Signature(verifier_of(name, private_key.public_key()), private_key.sign(text.encode()))


def compose(text: str, signatures: Iterable[Signature]) -> bytes:
    """The note of a text and its signatures. Raises ValueError where the text can't be in a note."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError("the text of a note ends in a newline and has no other control characters")
    return (text + "\n" + "".join(one.line for one in signatures)).encode()


def sign(name: str, private_key: Ed25519PrivateKey, text: str) -> bytes:
    """The note with one signature. Raises ValueError where `text` or `name` can't be in a note."""
    return compose(text, [signature(name, private_key, text)])


def open(note: bytes, verifiers: Iterable[Verifier]) -> str:
    """The text of a note that `read` accepts. Raises Unproven."""
    return read(note, verifiers).text


def read(note: bytes, verifiers: Iterable[Verifier]) -> Opened:
    """The note, if at least one of the verifiers signed it, and none that is named in it did so wrongly.

    Signatures of unknown keys are ignored, as the specification demands, though they must be well-formed.
    Raises Unproven, also for bytes that are no note at all.
    """
    text, lines = _split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signatures = tuple(Signature(known[name, id], raw) for name, id, raw in lines if (name, id) in known)
    for one in signatures:
        _check(one, text)
    if not signatures:
        signers = _listed((name, id) for name, id, _ in lines)
        raise Unproven(
            f"the note carries no signature of a known key: it is signed by {signers}, not by {_listed(known)}"
        )
    return Opened(text, signatures)


def _listed(keys: Iterable[tuple[str, bytes]]) -> str:
    # Names come from strangers: long ones are cut, and what a terminal would obey is escaped.
    shown = [f"{ascii(name)[1:-1][:_MAX_NAME_SHOWN]}+{id.hex()}" for name, id in dict.fromkeys(keys)]
    more = [f"{len(shown) - _MAX_KEYS_SHOWN} more"] if len(shown) > _MAX_KEYS_SHOWN else []
    return " and ".join([*shown[:_MAX_KEYS_SHOWN], *more]) or "none"


def text_of(note: bytes) -> str:
    """The text, whoever signed it or not. Raises Unproven for bytes that are no note."""
    return _split(note)[0]


def named(note: bytes) -> tuple[tuple[str, bytes], ...]:
    """The names and key ids on the lines that sign a note, verified or not. Raises Unproven for bytes that are none."""
    return tuple((name, key_id) for name, key_id, _ in _split(note)[1])


def _check(one: Signature, text: str) -> None:
    type = TYPES[one.verifier.type]
    try:
        if len(one.signature) != type.signature_size:
            raise InvalidSignature
        type.verify(one.verifier.name, one.verifier.public_key, text, one.signature)
    except (InvalidSignature, ValueError) as error:
        raise Unproven(f"the signature of {one.verifier.name} does not verify") from error


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
