"""Where payload keys are: `file:NAME` in the folder of keys, `file:/PATH`, `env:VARIABLE`, or `pkcs11:…` on a token.

In a file or a variable it is one line, base64 of 32 bytes, as `openssl rand -base64 32` prints it. A file that the
gateway makes is encrypted where there is a passphrase, like the ledger's key (`storage.key_wrapping`), and base64 then.
"""

import os
import re
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from edi_gateway.errors import Misuse
from edi_gateway.storage import private_file, token_session, token_wrapping
from edi_gateway.storage.key_wrapping import unwrap, wrap
from edi_gateway.storage.signers import KeyAccess, file_of, token_of
from edi_gateway.storage.token_session import SCHEME, parse_uri
from edi_gateway.storage.token_wrapping import TokenKey
from edi_gateway.storage.wrapping_key import KEY_SIZE, MemoryKey, WrappingKey

_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


def open_key(source: str, access: KeyAccess) -> WrappingKey:
    """The key at `source`. Raises Misuse, in words for an operator, where it can't be had."""
    if source.startswith(SCHEME):
        return TokenKey(parse_uri(source), *token_of(access))
    if named := _VARIABLE.fullmatch(source):
        return MemoryKey(_plain(_decoded(os.environ.get(named[1], ""), source), source))
    file = _file(source, access)
    return MemoryKey(_key_in(_decoded(_text(file), str(file)), file, access.passphrase))


def made(source: str | None, access: KeyAccess) -> tuple[str, WrappingKey]:
    """The key at `source`, made where there is none; without a source, one in a file of its own. Raises Misuse."""
    if source is None or not _exists(source, access):
        source = _make(source, access)
    return source, open_key(source, access)


def destroy(source: str, access: KeyAccess) -> None:
    """Delete the key, for good. Raises Misuse, also for a variable: that is its owner's to take away."""
    if source.startswith(SCHEME):
        token_session.destroy(parse_uri(source), *token_of(access))
    elif _VARIABLE.fullmatch(source):
        raise Misuse(f"{source} is in the environment: take it away where it is set.")
    else:
        private_file.destroy(_file(source, access))


def _exists(source: str, access: KeyAccess) -> bool:
    if source.startswith(SCHEME):
        return token_session.exists(parse_uri(source), *token_of(access))
    return bool(_VARIABLE.fullmatch(source)) or _file(source, access).exists()


def _make(source: str | None, access: KeyAccess) -> str:
    if source and source.startswith(SCHEME):
        place = parse_uri(source)
        token_wrapping.make(place, *token_of(access))
        return place.uri
    key = secrets.token_bytes(KEY_SIZE)
    source = source or f"file:payload-{MemoryKey(key).id}.key"
    content = wrap(key, access.passphrase) if access.passphrase else key
    private_file.write_private(_file(source, access), b64encode(content) + b"\n")
    return source


def _file(source: str, access: KeyAccess) -> Path:
    if source.startswith("file:/"):
        return Path(source.removeprefix("file:"))
    try:
        return file_of(source, access)
    except Misuse as error:
        raise Misuse(
            f"{source}: a payload key is at file:NAME, in the folder {access.folder}, at file:/PATH, env:VARIABLE, "
            "or pkcs11:token=…;object=…."
        ) from error


def _text(file: Path) -> str:
    return private_file.read_private(file, "The payload key").decode("ascii", "replace")


def _decoded(text: str, where: str) -> bytes:
    try:
        return b64decode(text.strip(), validate=True)
    except ValueError:
        raise Misuse(f"{where} does not hold a payload key: base64 of {KEY_SIZE} bytes.") from None


def _key_in(content: bytes, file: Path, passphrase: str | None) -> bytes:
    if len(content) <= KEY_SIZE:
        return _plain(content, str(file))
    if not passphrase:
        raise Misuse(f"{file} is encrypted: set EDI_GATEWAY_PASSPHRASE.")
    try:
        return _plain(unwrap(content, passphrase) or b"", str(file))
    except ValueError as error:
        raise Misuse(f"{file} can't be opened: {error}.") from error


def _plain(key: bytes, where: str) -> bytes:
    if len(key) != KEY_SIZE:
        raise Misuse(f"{where} does not hold a payload key: base64 of {KEY_SIZE} bytes.")
    return key
