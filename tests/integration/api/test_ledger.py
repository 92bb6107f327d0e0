"""The ledger over HTTP: what anybody fetches is enough to check everything."""

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.ledger import checkpoint, note, proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.keys import open_by, parse_keys
from edi_gateway.ledger.tiles import Bundle, Tile, parse_bundle
from edi_gateway.ledger.tree import EMPTY_ROOT, HASH_SIZE, leaf_hash, mth
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.enrol import suspend
from tests.support import rotation
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import invoice


def opened(client: Client) -> Checkpoint:
    """The checkpoint, as somebody opens it who asked for the key before."""
    verifier = note.parse_vkey(client.get("/v1/ledger/key").text.rstrip("\n"))
    return checkpoint.open(client.get("/checkpoint").content, verifier.name, [verifier])


def leaves(client: Client, start: int, width: int) -> list[bytes]:
    body = client.get("/" + Tile(0, start // 256, width).path).content
    return [body[at : at + HASH_SIZE] for at in range(0, len(body), HASH_SIZE)]


def hashes(texts: list[str]) -> list[bytes]:
    return [b64decode(text, validate=True) for text in texts]


def grow(client: Client, size: int) -> None:
    """Let the ledger have this many entries, in a few commits."""
    gateway = client.gateway
    change, before = None, gateway.directory.current()
    while missing := size - gateway.ledger.head().size:
        batch = []
        for _ in range(min(missing, 200)):
            change = suspend("acme", True, replace(gateway.office(), directory=before))
            batch.append(change)
        gateway.recorder.record(batch)


def test_the_checkpoint_is_plain_text_that_is_asked_for_anew(shared: Client) -> None:
    answer = shared.get("/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_the_checkpoint_moves_with_what_is_recorded(client: Client) -> None:
    assert opened(client).size == 4
    receipt = client.post_signed(invoice(), "acme").content
    signed = opened(client)
    assert signed == check_receipt(receipt, client.get("/v1/ledger/key").text.strip()).checkpoint
    assert signed.size == 5


def test_no_checkpoint_is_signed_for_a_head_that_does_not_agree_with_itself(client: Client) -> None:
    with client.gateway.engine.begin() as connection:
        connection.execute(text("UPDATE head SET root = zeroblob(32)"))
    assert_problem(client.get("/checkpoint"), 503, "ledger-doubtful")


def test_an_empty_ledger_has_a_checkpoint_and_no_tiles(tmp_path: Path) -> None:
    with serving(tmp_path / "data", enrolled=False) as client:
        assert opened(client) == Checkpoint("localhost/ledger", 0, EMPTY_ROOT)
        assert_problem(client.get("/tile/0/000.p/1"), 404, "not-found")
        assert client.get("/readyz").status_code == 200


def test_entries_tiles_and_root_agree_beyond_a_full_tile(client: Client) -> None:
    grow(client, 515)
    signed = opened(client)
    assert signed.size == 515
    all_leaves = [leaf for start, width in ((0, 256), (256, 256), (512, 3)) for leaf in leaves(client, start, width)]
    assert mth(all_leaves) == signed.root
    entries = [
        entry
        for bundle in (Bundle(0), Bundle(1), Bundle(2, 3))
        for entry in parse_bundle(client.get("/" + bundle.path).content)
    ]
    assert [leaf_hash(entry) for entry in entries] == all_leaves
    above = client.get("/" + Tile(1, 0, 2).path).content
    assert above == mth(all_leaves[:256]) + mth(all_leaves[256:512])


def test_tiles_are_bytes_that_never_change(shared: Client) -> None:
    answer = shared.get("/tile/0/000.p/4")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) == 4 * HASH_SIZE
    assert shared.get("/tile/0/000.p/2").content == answer.content[: 2 * HASH_SIZE]


@pytest.mark.parametrize(
    "path",
    [
        "/tile/0/000",
        "/tile/0/000.p/5",
        "/tile/0/001.p/1",
        "/tile/1/000.p/1",
        "/tile/entries/000",
        "/tile/entries/000.p/5",
        "/tile/00/000.p/1",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/0/0000.p/1",
        "/tile/0/x000/000.p/1",
        "/tile/64/000.p/1",
        "/tile/nonsense",
        "/tile/",
    ],
)
def test_what_the_tree_does_not_have_is_not_found_and_not_cached(shared: Client, path: str) -> None:
    answer = shared.get(path)
    assert_problem(answer, 404, "not-found")
    assert answer.headers["cache-control"] == "no-store"


def test_inclusion_is_proved_for_every_entry_at_every_size(shared: Client) -> None:
    for size in range(1, 5):
        for index in range(size):
            proved = shared.get("/v1/ledger/inclusion", index=index, size=size).json()
            leaf, root = hashes([proved["leafHash"], proved["rootHash"]])
            assert leaf == leaves(shared, 0, 4)[index]
            assert root == mth(leaves(shared, 0, size))
            proof.verify_inclusion(leaf, index, size, hashes(proved["proof"]), root)


def test_consistency_is_proved_between_all_sizes(shared: Client) -> None:
    for second in range(1, 5):
        for first in range(1, second + 1):
            proved = shared.get("/v1/ledger/consistency", **{"from": first, "to": second}).json()
            assert (proved["from"], proved["to"]) == (first, second)
            roots = hashes([proved["fromRootHash"], proved["toRootHash"]])
            assert roots == [mth(leaves(shared, 0, first)), mth(leaves(shared, 0, second))]
            proof.verify_consistency(first, second, *roots, hashes(proved["proof"]))


@pytest.mark.parametrize(
    "query",
    [
        "inclusion?index=4&size=4",
        "inclusion?index=0&size=5",
        "inclusion?index=0&size=0",
        "inclusion?index=0",
        "consistency?from=0&to=4",
        "consistency?from=3&to=2",
        "consistency?from=1&to=5",
    ],
)
def test_a_proof_that_there_cannot_be_is_400(shared: Client, query: str) -> None:
    assert_problem(shared.get(f"/v1/ledger/{query}"), 400, "query-invalid")


def test_nothing_of_anybodys_business_is_in_the_tiles(client: Client) -> None:
    client.post_signed(invoice("INV-SECRET"), "acme")
    for path in ("/checkpoint", "/tile/0/000.p/5", "/tile/entries/000.p/5"):
        content = client.get(path).content
        assert b"acme" not in content
        assert b"INV-SECRET" not in content


def test_all_keys_are_given_with_the_sizes_that_they_sign(client: Client):
    gateway = client.gateway
    old = rotation.first(gateway)
    assert client.get("/v1/ledger/keys").text == f"{gateway.notary.vkey} 0\n"
    new = rotation.add(gateway)
    receipt = client.post_signed(invoice(), "acme").json()
    rotation.retire(gateway, old)
    text = client.get("/v1/ledger/keys").text
    assert text == f"{old.key.verifier.vkey} 0 7\n{new.key.verifier.vkey} 5\n"
    assert client.get("/v1/ledger/key").text == f"{new.key.verifier.vkey}\n"
    assert open_by(client.get("/checkpoint").content, parse_keys(text)).size == 7
    assert check_receipt(json.dumps(receipt).encode(), text).trusted
