"""What was published, cosigned or anchored, edited by hand or not of this tree: the audit finds it."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import cosignature
from edi_gateway.ledger.anchor import to_line
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.stored import head_at, root_at
from edi_gateway.ledger.tree import Head, leaf_hash
from edi_gateway.model.publication import Cosignature, Publication
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.verify import verify_ledger
from edi_gateway.workflows.verify_published import Published
from tests.support.auditing import ORIGIN, edit
from tests.support.gateway import NOW, make_gateway

GIVEN_LIES = {
    "a published root changed": (
        "does not hold: its note is",
        ["UPDATE publications SET root = (SELECT root FROM tiles)"],
    ),
    "a published size changed": ("does not hold: its note is", ["UPDATE publications SET size = 267 WHERE size = 268"]),
    "a published note changed": (
        "does not hold: the signature of localhost/ledger",
        ["UPDATE publications SET note = SUBSTR(note, 2)"],
    ),
    "a publication deleted that was cosigned": (
        "what was published at size 100 is gone: others vouched for it",
        ["DELETE FROM publications WHERE size = 100"],
    ),
    "a cosignature of another checkpoint": (
        "does not hold: the signature of witness.example",
        ["UPDATE cosignatures SET size = 268"],
    ),
}


@pytest.mark.parametrize("lie", ["", *GIVEN_LIES])
def test_a_lie_about_what_was_published_is_found(ledger: Gateway, lie: str):
    key = Ed25519PrivateKey.generate()
    witness = cosignature.cosigner("witness.example", key.public_key())
    vouched = replace(ledger_published(ledger), witnesses=(witness,))
    ledger.publications.publish(published(ledger, 100))
    ledger.publications.publish(published(ledger, 268))
    signed = cosignature.cosign(witness.name, key, Checkpoint(ORIGIN, 100, root_at(ledger.ledger, 100)), 1)
    name = f"{witness.name}+{witness.key_id.hex()}"
    ledger.publications.cosign(Cosignature(100, name, signed.line, NOW))
    sources = {"what was published": vouched.checkpoints}
    verify_ledger(ledger.ledger, ORIGIN, sources=sources)
    if lie:
        message, statements = GIVEN_LIES[lie]
        edit(ledger, *statements)
        with pytest.raises(Unproven, match=message):
            verify_ledger(ledger.ledger, ORIGIN, sources=sources)


def ledger_published(gateway: Gateway) -> Published:
    return Published(gateway.publications, gateway.timestamps, gateway.notary, (), {})


def published(gateway: Gateway, size: int, root: bytes | None = None) -> Publication:
    head = head_at(gateway.ledger, size)
    head = replace(head, root=root or head.root)
    return Publication(size, head.root, sign_head(gateway.notary, head), NOW)


def test_a_checkpoint_of_another_tree_is_found_though_it_is_signed(ledger: Gateway):
    ledger.publications.publish(published(ledger, 100, leaf_hash(b"another history")))
    with pytest.raises(Unproven, match="what was published at size 100 is not of the tree"):
        verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)


def test_a_checkpoint_of_more_entries_than_there_are_is_found(ledger: Gateway):
    larger = replace(ledger.ledger.head(), size=269)
    ledger.publications.publish(Publication(269, larger.root, sign_head(ledger.notary, larger), NOW))
    with pytest.raises(Unproven, match="at size 269 is of more than the 268 entries"):
        verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([0, 10, 268], None),
        ([0, 10, 10], None),
        ([10, 0], "the anchor at size 0 comes after that at size 10"),
        ([0, 300], "the anchor at size 300 is of more than"),
    ],
    ids=str,
)
def test_every_line_of_the_anchor_is_held_against_the_tree(ledger: Gateway, lines: list[int], message: str | None):
    root = ledger.ledger.head().root
    heads = [head_at(ledger.ledger, size) if size <= 268 else Head(size, root, ()) for size in lines]
    anchor = ledger.settings.anchor
    anchor.write_bytes(b"".join(to_line(sign_head(ledger.notary, head)) for head in heads))
    if message is None:
        assert verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out).head.size == 268
    else:
        with pytest.raises(Unproven, match=message):
            verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)


def test_a_line_of_the_anchor_that_the_ledger_did_not_sign_is_found(ledger: Gateway, tmp_path: Path):
    other = make_gateway(tmp_path / "other")
    ledger.settings.anchor.write_bytes(to_line(sign_head(other.notary, ledger.ledger.head())))
    other.close()
    with pytest.raises(Unproven, match="is damaged, or another ledger's"):
        verify_ledger(ledger.ledger, ORIGIN, sources=ledger.auditing.given_out)
