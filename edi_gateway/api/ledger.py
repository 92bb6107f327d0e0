"""The ledger, for anybody: the checkpoint and tiles that C2SP defines, and proofs for those who don't want tiles.

Nothing here tells anybody's business: the entries are commitments.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse

from edi_gateway.api.admission import FOR_LEDGER_READERS, Here
from edi_gateway.api.problems import Problem
from edi_gateway.api.query import check_names
from edi_gateway.api.scalars import Digits
from edi_gateway.api.schemas import ConsistencyProof, InclusionProof
from edi_gateway.errors import Fault, Misuse
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import stored
from edi_gateway.ledger.encoding import LARGEST
from edi_gateway.ledger.tiles import TILE_WIDTH, Bundle, Tile, bundle_bytes, exists, parse_path, tile_bytes
from edi_gateway.ledger.tree import Head
from edi_gateway.workflows.rotate import keys_text

router = APIRouter(tags=["ledger"], dependencies=[FOR_LEDGER_READERS])

_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
_NO_CACHE = {"Cache-Control": "no-cache"}
_BINARY: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}

_ONLY_KNOWN = [Depends(check_names)]

Number = Annotated[Digits, Query(ge=0, le=LARGEST)]


@router.get("/checkpoint", response_class=PlainTextResponse)
def read_checkpoint(gateway: Here) -> Response:
    """The signed checkpoint (c2sp.org/tlog-checkpoint): of everything committed or, where witnesses are asked, of the
    largest tree that enough of them have cosigned."""
    return PlainTextResponse(gateway.checkpoint(), headers=_NO_CACHE)


@router.get("/tile/{path:path}", response_class=Response, responses=_BINARY)
def read_tile(path: str, gateway: Here) -> Response:
    """A tile `{L}/{N}[.p/{W}]`, or a bundle of entries `entries/{N}[.p/{W}]` (c2sp.org/tlog-tiles)."""
    try:
        asked = parse_path(f"tile/{path}")
    except Misuse as error:
        raise Problem("not-found", str(error)) from error
    if not exists(asked, gateway.ledger.head().size):
        raise Problem("not-found", "The ledger has not grown that far.")
    return Response(_read(gateway, asked), headers=_IMMUTABLE, media_type="application/octet-stream")


@router.get("/v1/ledger/key", dependencies=_ONLY_KNOWN, response_class=PlainTextResponse)
def read_key(gateway: Here) -> Response:
    """The verifier key of c2sp.org/signed-note, one line. Whoever relies on it should have it from elsewhere, too."""
    return PlainTextResponse(gateway.notary.vkey_at(gateway.ledger.head().size) + "\n")


@router.get("/v1/ledger/keys", dependencies=_ONLY_KNOWN, response_class=PlainTextResponse)
def read_keys(gateway: Here) -> Response:
    """All verifier keys of the ledger, a line each: the key, the first tree size that it signs, the last if it is past.

    `edi-gateway verify --vkeys` reads it. Whoever relies on it should have it from elsewhere, too.
    """
    gateway.notary.signing(gateway.ledger.head().size)
    return PlainTextResponse(keys_text(gateway.notary.keys))


@router.get("/v1/ledger/inclusion", dependencies=_ONLY_KNOWN)
def prove_inclusion(index: Number, size: Number, gateway: Here) -> InclusionProof:
    """That the entry at `index` is in the tree of `size` entries."""
    _within(size, gateway.ledger.head())
    try:
        proof = stored.inclusion_proof(gateway.ledger, index, size)
    except Misuse as error:
        raise Problem("query-invalid", str(error)) from error
    return InclusionProof(
        index=index,
        size=size,
        leaf_hash=_base64(gateway.ledger.leaves(index, index + 1)[0]),
        root_hash=_base64(stored.root_at(gateway.ledger, size)),
        proof=_all_base64(proof),
    )


@router.get("/v1/ledger/consistency", dependencies=_ONLY_KNOWN)
def prove_consistency(
    since: Annotated[Digits, Query(alias="from", ge=0, le=LARGEST)], to: Number, gateway: Here
) -> ConsistencyProof:
    """That the tree of `to` entries begins with the whole tree of `from` entries."""
    _within(to, gateway.ledger.head())
    try:
        proof = stored.consistency_proof(gateway.ledger, since, to)
    except Misuse as error:
        raise Problem("query-invalid", str(error)) from error
    return ConsistencyProof(
        since=since,
        to=to,
        from_root_hash=_base64(stored.root_at(gateway.ledger, since)),
        to_root_hash=_base64(stored.root_at(gateway.ledger, to)),
        proof=_all_base64(proof),
    )


def _read(gateway: Gateway, asked: Tile | Bundle) -> bytes:
    if isinstance(asked, Tile):
        return tile_bytes(gateway.ledger, asked)
    start = asked.number * TILE_WIDTH
    entries = gateway.ledger.commitments(start, start + asked.width)
    if len(entries) != asked.width:
        raise Fault(f"the ledger's store has {len(entries)} of the {asked.width} entries in {asked.path}")
    return bundle_bytes(entries)


def _within(size: int, head: Head) -> None:
    if size > head.size:
        raise Problem("query-invalid", f"The ledger has {head.size} entries.")


def _base64(hash: bytes) -> str:
    return b64encode(hash).decode("ascii")


def _all_base64(hashes: Iterable[bytes]) -> list[str]:
    return [_base64(hash) for hash in hashes]
