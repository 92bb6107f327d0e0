"""Publishing the head: only where it has grown, only what agrees with what was published, however many publish."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.cosignature import cosigner
from edi_gateway.ledger.proven import Doubtful
from edi_gateway.storage import signers
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows.acknowledge import sign_head
from tests.support.gateway import make_gateway
from tests.support.recording import examined


def grow(gateway: Gateway, *numbers: str) -> None:
    gateway.recorder.record([examined(number) for number in numbers])


def test_an_empty_ledger_is_not_published(tmp_path) -> None:
    gateway = make_gateway(tmp_path)
    assert not gateway.publisher.publish()
    assert gateway.publications.newest() is None
    gateway.close()


def test_the_committed_head_is_published_as_it_is_signed_in_receipts(gateway: Gateway) -> None:
    assert gateway.publisher.publish()
    published, head = gateway.publications.newest(), gateway.ledger.head()
    assert published
    assert (published.size, published.root) == (4, head.root)
    assert published.note == sign_head(gateway.notary, head)
    opened = checkpoint.open(published.note, gateway.notary.origin, [gateway.notary.verifier])
    assert opened == Checkpoint(gateway.notary.origin, 4, head.root)


def test_what_has_not_grown_is_not_published_again(gateway: Gateway) -> None:
    assert gateway.publisher.publish()
    assert not gateway.publisher.publish()
    grow(gateway, "PO-1")
    assert gateway.publisher.publish()
    newest = gateway.publications.newest()
    assert newest
    assert newest.size == 5


def test_publishers_at_once_publish_each_size_once_and_never_fail(gateway: Gateway) -> None:
    with ThreadPoolExecutor(4) as pool:
        rounds = 12
        for number in range(rounds):
            grow(gateway, f"PO-{number}")
            list(pool.map(lambda _: gateway.publisher.publish(), range(4)))
    sizes = [one.size for size in range(5, 5 + rounds) if (one := gateway.publications.at(size))]
    assert sizes == list(range(5, 5 + rounds))


def test_a_ledger_that_went_back_behind_what_was_published_is_not_published(gateway: Gateway) -> None:
    grow(gateway, "PO-1")
    before = gateway.ledger.head()
    grow(gateway, "PO-2")
    assert gateway.publisher.publish()
    with gateway.engine.begin() as connection:
        statement = text("UPDATE head SET size = :size, root = :root, frontier = :frontier")
        connection.execute(statement, {"size": before.size, "root": before.root, "frontier": b"".join(before.frontier)})
    with pytest.raises(Fault, match="went back from 6 entries to 5"):
        gateway.publisher.publish()


def test_a_ledger_that_grew_from_another_tree_than_the_published_one_is_not_published(sqlite_gateway: Gateway) -> None:
    gateway = sqlite_gateway
    assert gateway.publisher.publish()
    with gateway.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER publications_no_update"))
        connection.execute(text("UPDATE publications SET root = zeroblob(32)"))
    grow(gateway, "PO-1")
    with pytest.raises(Unproven, match="does not grow from that of size 4"):
        gateway.publisher.publish()


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_what_is_published_is_signed_with_the_second_key_too_once_there_is_one(
    tmp_path: Path, passphrase: str | None
) -> None:
    gateway = make_gateway(tmp_path, passphrase=passphrase)
    assert gateway.publisher.mldsa_key is None
    made = signers.mldsa_key(key_access(gateway.settings), make=True)
    assert made
    again = build(gateway.settings, gateway.clock)
    grow(again, "PO-1")
    assert again.publisher.publish()
    published = again.publications.newest()
    assert published
    second = cosigner(again.notary.origin, made.public_key())
    opened = note.read(published.note, [again.notary.verifier, second])
    assert [one.verifier for one in opened.signatures] == [again.notary.verifier, second]
    assert opened.signatures[1].time == int(published.published_at.timestamp())
    assert published.note.startswith(sign_head(again.notary, again.ledger.head()))
    again.close()
    gateway.close()


def test_a_second_key_of_another_type_is_refused(tmp_path: Path) -> None:
    gateway = make_gateway(tmp_path)
    first = gateway.settings.keys_dir / "ledger.key"
    second = gateway.settings.keys_dir / "ledger-mldsa.key"
    second.write_bytes(first.read_bytes())
    second.chmod(0o600)
    with pytest.raises(Misuse, match="another type than ML-DSA-44"):
        assert gateway.publisher
    gateway.close()


def test_a_damaged_head_is_not_published(sqlite_gateway: Gateway) -> None:
    with sqlite_gateway.engine.begin() as connection:
        connection.execute(text("UPDATE head SET root = zeroblob(32)"))
    with pytest.raises(Doubtful):
        sqlite_gateway.publisher.publish()
    assert sqlite_gateway.publications.newest() is None
