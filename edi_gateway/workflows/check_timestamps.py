"""The timestamps in an evidence bundle: each is over a checkpoint there, or renews the one before it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from edi_gateway.errors import Unproven
from edi_gateway.model.moment import timestamp
from edi_gateway.timestamps.chain import MAX_CHAIN, check_chain
from edi_gateway.timestamps.form import as_response, from_response
from edi_gateway.timestamps.token import Roots, Token, check_imprint
from edi_gateway.workflows.points import Point

ENDING = ".tsr"

_NAME = re.compile(
    r"checkpoints/(?P<size>0|[1-9][0-9]{0,18})-(?P<authority>[a-z0-9-]{1,32})(_(?P<place>[0-9]{2}))?\.tsr"
)
_UNTRUSTED = Point(
    "trusted-time",
    "When it happened: there are timestamps over a checkpoint, but no roots were given under which to trust them.",
)


def timestamp_files(size: int, authority: str, tokens: Sequence[bytes]) -> dict[str, bytes]:
    """An authority's tokens (DER) over the checkpoint of that size, oldest first, as files of a bundle."""
    return {_file(size, authority, place): as_response(token) for place, token in enumerate(tokens, start=1)}


def check_timestamp(
    name: str, files: Mapping[str, bytes], notes: Mapping[int, bytes], roots: Roots, at: datetime | None
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """What one of the files shows, and what it leaves open at the time of checking. Raises Unproven.

    `notes` are the bundle's later checkpoints by their sizes. Without roots, nothing is checked but which bytes a token
    says that it is over.
    """
    size, authority, place = _parse(name)
    if size not in notes:
        raise Unproven(f"there is no checkpoint of {size} entries for it")
    chain = [_token(files, _file(size, authority, before)) for before in range(1, place + 1)]
    if not roots:
        check_imprint(chain[-1], chain[-2] if place > 1 else notes[size])
        return (), (_UNTRUSTED,)
    token = check_chain(chain, notes[size], roots)[-1]
    newest = _file(size, authority, place + 1) not in files
    return (_shown(token, size, place),), (_ended(token),) if newest and at and at >= token.expires_at else ()


def _shown(token: Token, size: int, place: int) -> Point:
    said = f"{timestamp(token.gen_time)} by the clock of {token.authority}"
    if place == 1:
        return Point("trusted-time", f"The ledger of {size} entries, this one among them, was there at {said}.")
    return Point("timestamp-renewal", f"The timestamp before it still held at {said}.")


def _ended(token: Token) -> Point:
    ended = f"the certificate of {token.authority} ended on {timestamp(token.expires_at)}"
    return Point("timestamp-end", f"That the timestamp's key stayed safe: {ended}, and it was not renewed.")


def _file(size: int, authority: str, place: int) -> str:
    # Sorted by name, the files of a chain are in its order.
    return f"checkpoints/{size}-{authority}{f'_{place:02}' if place > 1 else ''}{ENDING}"


def _parse(name: str) -> tuple[int, str, int]:
    found = _NAME.fullmatch(name)
    place = int(found["place"] or 1) if found else 0
    if not found or not 0 < place <= MAX_CHAIN or name != _file(int(found["size"]), found["authority"], place):
        raise Unproven("no timestamp has such a name")
    return int(found["size"]), found["authority"], place


def _token(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise Unproven(f"it renews {name}, which is missing from the bundle")
    return from_response(files[name])
