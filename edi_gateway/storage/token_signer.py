"""A signing key of the ledger that never leaves its token: PKCS#11, named by a URI (RFC 7512), CKM_EDDSA.

A process is logged in to a token once, whoever asks (PKCS#11 3.0 §5.6), and must not take an initialised library across
a fork. So what is open is shared here, and given back with the last signer that was using it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.note import Verifier, verifier_of

SCHEME = "pkcs11:"

_EDWARDS25519 = b"\x13\x0cedwards25519"
"""CKA_EC_PARAMS: the curve by its name, a PrintableString (PKCS#11 3.0 §2.3.5)."""
_POINT_SIZE = 32
_TRIAL = b"Ed25519 signs the same message the same way (RFC 8032 section 5.1.6).\n"

_lock = RLock()
_sessions: dict[tuple[Path, str], Any] = {}
_users: dict[tuple[Path, str], int] = {}


class Place(NamedTuple):
    """Where a key is: the labels of its token and of the key."""

    token: str
    object: str

    @property
    def uri(self) -> str:
        return f"{SCHEME}token={quote(self.token, safe='')};object={quote(self.object, safe='')}"


def parse_uri(uri: str) -> Place:
    """Read `pkcs11:token=…;object=…`, which is all of RFC 7512 that is understood. Raises Misuse."""
    parts = dict(part.partition("=")[::2] for part in uri.removeprefix(SCHEME).split(";"))
    if not uri.startswith(SCHEME) or set(parts) != {"token", "object"} or not all(parts.values()):
        raise Misuse(f"{uri}: a key on a token is named pkcs11:token=LABEL;object=LABEL.")
    return Place(unquote(parts["token"]), unquote(parts["object"]))


class TokenSigner:
    """Implements `workflows.key_ports.Signer`."""

    def __init__(self, name: str, place: Place, module: Path, pin: str) -> None:
        """Raises Misuse where the key can't be used."""
        self._key = (module, place.token)
        self._session = _enter(*self._key, pin)
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
            # The library is initialised without locks of its own.
            with _lock:
                return bytes(self._private.sign(message, mechanism=Mechanism.EDDSA))
        except PKCS11Error as error:
            raise Fault(f"The token {self._key[1]} does not sign, the gateway may need a restart: {error!r}") from error

    def close(self) -> None:
        _leave(*self._key)


def make(place: Place, module: Path, pin: str) -> None:
    """Make a key pair on the token; the private key can't be read out. Raises Misuse where there is one."""
    from pkcs11 import Attribute, KeyType

    with _writing(place, module, pin) as session:
        if list(session.get_objects({Attribute.LABEL: place.object})):
            raise Misuse(f"There is an object already: {place.uri}")
        private = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        parameters = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _EDWARDS25519}, local=True
        )
        parameters.generate_keypair(store=True, label=place.object, private_template=private)


def exists(place: Place, module: Path, pin: str) -> bool:
    """Whether there is anything of that name. Raises Misuse where the token can't be asked."""
    from pkcs11 import Attribute

    with _writing(place, module, pin) as session:
        return any(True for _ in session.get_objects({Attribute.LABEL: place.object}))


def destroy(place: Place, module: Path, pin: str) -> None:
    """Delete the key pair from the token, for good. Raises Misuse."""
    from pkcs11 import Attribute

    with _writing(place, module, pin) as session:
        for one in list(session.get_objects({Attribute.LABEL: place.object})):
            one.destroy()


@contextmanager
def _writing(place: Place, module: Path, pin: str) -> Iterator[Any]:
    from pkcs11 import PKCS11Error

    session = _enter(module, place.token, pin)
    try:
        with _lock:
            yield session
    except PKCS11Error as error:
        raise Misuse(f"The token {place.token} refuses: {error!r}") from error
    finally:
        _leave(module, place.token)


def _pair(session: Any, place: Place) -> tuple[Any, Ed25519PublicKey]:
    from pkcs11 import Attribute, KeyType, ObjectClass, PKCS11Error

    try:
        with _lock:
            asked = {"label": place.object, "key_type": KeyType.EC_EDWARDS}
            private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **asked)
            point = bytes(session.get_key(object_class=ObjectClass.PUBLIC_KEY, **asked)[Attribute.EC_POINT])
    except PKCS11Error as error:
        raise Misuse(f"There is no one Ed25519 key pair {place.uri}: {error!r}") from error
    # Some tokens give the point as an OCTET STRING, as PKCS#11 3.0 §2.3.5 has it, some as it is.
    return private, Ed25519PublicKey.from_public_bytes(point[-_POINT_SIZE:])


def _enter(module: Path, token: str, pin: str) -> Any:
    """The session of this process with a token, logged in. Raises Misuse."""
    try:
        import pkcs11
    except ImportError as error:
        raise Misuse("Keys on tokens need the extra pkcs11: `pip install 'edi-gateway[pkcs11]'`.") from error
    with _lock:
        if (module, token) not in _sessions:
            try:
                _sessions[module, token] = (
                    pkcs11.lib(str(module)).get_token(token_label=token).open(user_pin=pin, rw=True)
                )
            except pkcs11.PKCS11Error as error:
                _finalise(module)
                raise Misuse(f"The token {token} can't be opened through {module}: {error!r}") from error
        _users[module, token] = _users.get((module, token), 0) + 1
        return _sessions[module, token]


def _leave(module: Path, token: str) -> None:
    import pkcs11

    with _lock:
        _users[module, token] -= 1
        if _users[module, token]:
            return
        session = _sessions.pop((module, token))
        del _users[module, token]
        # Where it is gone already, that is what was wanted.
        with suppress(pkcs11.PKCS11Error):
            session.close()
        _finalise(module)


def _finalise(module: Path) -> None:
    import pkcs11

    if not any(used == module for used, _ in _sessions):
        pkcs11.unload(str(module))
