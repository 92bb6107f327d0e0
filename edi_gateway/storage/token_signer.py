"""A signing key of the ledger that never leaves its token: PKCS#11, CKM_EDDSA."""

from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.note import Verifier, verifier_of
from edi_gateway.storage.token_session import Place, enter, leave, lock, writing

_EDWARDS25519 = b"\x13\x0cedwards25519"
"""CKA_EC_PARAMS: the curve by its name, a PrintableString (PKCS#11 3.0 §2.3.5)."""
_POINT_SIZE = 32
_TRIAL = b"Ed25519 signs the same message the same way (RFC 8032 section 5.1.6).\n"


class TokenSigner:
    """Implements `workflows.key_ports.Signer`."""

    def __init__(self, name: str, place: Place, module: Path, pin: str) -> None:
        """Raises Misuse where the key can't be used."""
        self._key = (module, place.token)
        self._session = enter(*self._key, pin)
        try:
            self._private, public = _pair(self._session, place)
            self.verifier: Verifier = verifier_of(name, public)
            self._try_out(public)
        except BaseException:
            self.close()
            raise

    def _try_out(self, public: Ed25519PublicKey) -> None:
        """A receipt is made again, not stored: a token that signs differently each time can't be used."""
        try:
            first, second = self.sign(_TRIAL), self.sign(_TRIAL)
            public.verify(first, _TRIAL)
        except (Fault, InvalidSignature) as error:
            raise Misuse(f"The token {self._key[1]} does not sign as Ed25519 does: {error}") from error
        if first != second:
            raise Misuse(f"The token {self._key[1]} signs one message in two ways: receipts could not be repeated.")

    def sign(self, message: bytes) -> bytes:
        from pkcs11 import Mechanism, PKCS11Error

        try:
            with lock:
                return bytes(self._private.sign(message, mechanism=Mechanism.EDDSA))
        except PKCS11Error as error:
            raise Fault(f"The token {self._key[1]} does not sign, the gateway may need a restart: {error!r}") from error

    def close(self) -> None:
        leave(*self._key)


def make(place: Place, module: Path, pin: str) -> None:
    """Make a key pair on the token; the private key can't be read out. Raises Misuse where there is one."""
    from pkcs11 import Attribute, KeyType

    with writing(place, module, pin) as session:
        if list(session.get_objects({Attribute.LABEL: place.object})):
            raise Misuse(f"There is an object already: {place.uri}")
        private = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        parameters = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _EDWARDS25519}, local=True
        )
        parameters.generate_keypair(store=True, label=place.object, private_template=private)


def _pair(session: Any, place: Place) -> tuple[Any, Ed25519PublicKey]:
    from pkcs11 import Attribute, KeyType, ObjectClass, PKCS11Error

    try:
        with lock:
            asked = {"label": place.object, "key_type": KeyType.EC_EDWARDS}
            private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **asked)
            point = bytes(session.get_key(object_class=ObjectClass.PUBLIC_KEY, **asked)[Attribute.EC_POINT])
    except PKCS11Error as error:
        raise Misuse(f"There is no one Ed25519 key pair {place.uri}: {error!r}") from error
    # Some tokens give the point as an OCTET STRING, as PKCS#11 3.0 §2.3.5 has it, some as it is.
    return private, Ed25519PublicKey.from_public_bytes(point[-_POINT_SIZE:])
