"""A PKCS#11 token, opened once in a process, and what is on it: named by a URI (RFC 7512).

A process is logged in to a token once, whoever asks (PKCS#11 3.0 §5.6), and must not take an initialised library across
a fork. So what is open is shared here, and given back with the last key that was using it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from edi_gateway.errors import Misuse

SCHEME = "pkcs11:"

lock = RLock()
"""Is held while anything is asked of a token: the library is initialised without locks of its own."""

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


def exists(place: Place, module: Path, pin: str) -> bool:
    """Whether there is anything of that name. Raises Misuse where the token can't be asked."""
    from pkcs11 import Attribute

    with writing(place, module, pin) as session:
        return any(True for _ in session.get_objects({Attribute.LABEL: place.object}))


def destroy(place: Place, module: Path, pin: str) -> None:
    """Delete the key from the token, both halves of a pair, for good. Raises Misuse."""
    from pkcs11 import Attribute

    with writing(place, module, pin) as session:
        for one in list(session.get_objects({Attribute.LABEL: place.object})):
            one.destroy()


@contextmanager
def writing(place: Place, module: Path, pin: str) -> Iterator[Any]:
    """A session to make or destroy keys in. What the token refuses is Misuse."""
    from pkcs11 import PKCS11Error

    session = enter(module, place.token, pin)
    try:
        with lock:
            yield session
    except PKCS11Error as error:
        raise Misuse(f"The token {place.token} refuses: {error!r}") from error
    finally:
        leave(module, place.token)


def enter(module: Path, token: str, pin: str) -> Any:
    """The session of this process with a token, logged in. Raises Misuse."""
    try:
        import pkcs11
    except ImportError as error:
        raise Misuse("Keys on tokens need the extra pkcs11: `pip install 'edi-gateway[pkcs11]'`.") from error
    with lock:
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


def leave(module: Path, token: str) -> None:
    """Give back what `enter` gave."""
    import pkcs11

    with lock:
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
