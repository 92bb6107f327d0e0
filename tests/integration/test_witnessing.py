"""Having publications cosigned: what is kept is verified, whatever a witness does; and who counts is the policy's."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from edi_gateway.errors import Fault, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import note, policy
from edi_gateway.ledger.policy import Policy
from edi_gateway.ledger.stored import consistency_proof
from edi_gateway.ledger.witnessing import Conflict, Request
from edi_gateway.workflows import witnessed as witnessed_module
from edi_gateway.workflows.witness import Disputed, Overtaken
from edi_gateway.workflows.witnessed import Witnessed, cosigned_note
from tests.integration.test_publishing import grow
from tests.support.neighbours import Neighbour, neighbours, policy_of, policy_text, witnessed


@pytest.fixture
def one(gateway: Gateway, tmp_path: Path) -> Neighbour:
    gateway.publisher.publish()
    return neighbours(tmp_path, gateway, "one")[0]


def sizes(gateway: Gateway, *members: Neighbour) -> list[int]:
    """Under which checkpoint each has put its name last."""
    found = [gateway.publications.newest_of(f"{m.verifier.name}+{m.verifier.key_id.hex()}") for m in members]
    return [newest.size if newest else 0 for newest in found]


def publish(gateway: Gateway, *numbers: str) -> None:
    grow(gateway, *numbers)
    assert gateway.publisher.publish()


def test_what_is_published_is_cosigned_once(gateway: Gateway, one: Neighbour) -> None:
    submitter = one.submitter(gateway)
    assert submitter.submit()
    assert not submitter.submit()
    assert len(one.asked) == 1
    published = gateway.publications.newest()
    assert published
    opened = note.read(cosigned_note(gateway.publications, published), [gateway.notary.verifier, one.verifier])
    assert [signature.verifier for signature in opened.signatures] == [gateway.notary.verifier, one.verifier]


def test_where_nothing_is_published_nobody_is_asked(gateway: Gateway, tmp_path: Path) -> None:
    (one,) = neighbours(tmp_path, gateway, "one")
    assert not one.submitter(gateway).submit()
    assert one.asked == []


def test_growth_is_proved_from_what_the_witness_cosigned_last(gateway: Gateway, one: Neighbour) -> None:
    submitter = one.submitter(gateway)
    assert submitter.submit()
    publish(gateway, "PO-1", "PO-2", "PO-3")
    assert submitter.submit()
    assert [request.old for request in one.asked] == [0, 4]
    assert one.asked[1].proof == consistency_proof(gateway.ledger, 4, 7)


def test_a_witness_that_knows_more_than_we_know_of_is_asked_again_from_there(gateway: Gateway, one: Neighbour) -> None:
    published = gateway.publications.newest()
    assert published
    one.add_checkpoint(Request(0, (), published.note))  # by another host, whose answer was lost
    publish(gateway, "PO-1")
    assert one.submitter(gateway).submit()
    assert [request.old for request in one.asked] == [0, 0, 4]
    assert sizes(gateway, one) == [5]


def test_what_a_witness_cosigned_for_another_host_it_cosigns_again(gateway: Gateway, one: Neighbour) -> None:
    published = gateway.publications.newest()
    assert published
    one.add_checkpoint(Request(0, (), published.note))
    assert one.submitter(gateway).submit()
    assert sizes(gateway, one) == [4]


def test_hosts_that_submit_at_once_keep_one_cosignature_and_none_fails(gateway: Gateway, one: Neighbour) -> None:
    with ThreadPoolExecutor(4) as pool:
        for number in range(5):
            publish(gateway, f"PO-{number}")
            kept = list(pool.map(lambda _: one.submitter(gateway).submit(), range(4)))
            assert sum(kept) == 1
            assert len(gateway.publications.cosignatures(5 + number)) == 1


def test_a_lying_witness_is_not_believed_and_is_asked_again(gateway: Gateway, one: Neighbour) -> None:
    submitter = one.submitter(gateway)
    one.lies = True
    with pytest.raises(Unproven):
        submitter.submit()
    assert sizes(gateway, one) == [0]
    one.lies = False
    assert submitter.submit()
    assert sizes(gateway, one) == [4]


def test_a_cosignature_by_another_key_than_the_policy_names_is_not_kept(
    gateway: Gateway, one: Neighbour, tmp_path: Path
) -> None:
    (other,) = neighbours(tmp_path / "other", gateway, "one")
    one.witness = other.witness
    submitter = one.submitter(gateway)
    (stranger,) = neighbours(tmp_path / "stranger", gateway, "two")
    one.witness = stranger.witness
    with pytest.raises(Unproven):
        submitter.submit()
    assert sizes(gateway, other) == [0]


def test_a_witness_that_is_down_is_asked_again_for_the_newest_alone(gateway: Gateway, one: Neighbour) -> None:
    submitter = one.submitter(gateway)
    one.down = "no route to host"
    with pytest.raises(Fault, match="no route to host"):
        submitter.submit()
    publish(gateway, "PO-1")
    one.down = None
    assert submitter.submit()
    assert (gateway.publications.cosignatures(4), len(gateway.publications.cosignatures(5))) == ((), 1)


class Slow:
    """Asks `one`, but not before another host has published more, and had that cosigned."""

    def __init__(self, gateway: Gateway, one: Neighbour) -> None:
        self._gateway, self._one = gateway, one

    def add_checkpoint(self, request: Request) -> bytes | Conflict:
        publish(self._gateway, "PO-1")
        assert self._one.submitter(self._gateway).submit()
        return self._one.add_checkpoint(request)


class Ahead:
    """Has seen nine entries."""

    def add_checkpoint(self, request: Request) -> Conflict:
        return Conflict(9)

    def latest(self, _: str) -> None:
        """It shows nothing."""


def test_being_overtaken_by_another_host_is_no_failure(gateway: Gateway, one: Neighbour) -> None:
    assert not replace(one.submitter(gateway), cosigner=Slow(gateway, one)).submit()
    assert sizes(gateway, one) == [5]


def test_a_witness_that_saw_more_than_there_is_tells_of_a_ledger_that_was_set_back(
    gateway: Gateway, one: Neighbour
) -> None:
    with pytest.raises(Overtaken, match="at size 9, which is more than 4"):
        replace(one.submitter(gateway), cosigner=Ahead()).submit()


def test_a_witness_that_holds_another_history_says_so(
    gateway: Gateway, one: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitter = one.submitter(gateway)
    assert submitter.submit()
    publish(gateway, "PO-1")
    monkeypatch.setattr(witnessed_module, "consistency_proof", lambda *_: (bytes(32),))
    with pytest.raises(Disputed):
        submitter.submit()
    assert sizes(gateway, one) == [4]


def test_a_publication_is_witnessed_once_enough_have_cosigned_however_late(gateway: Gateway, tmp_path: Path) -> None:
    one, two, three = members = neighbours(tmp_path, gateway, "one", "two", "three")
    found = witnessed(gateway, 2, *members)
    publish(gateway, "PO-1")
    assert one.submitter(gateway).submit()
    assert (found.newest(), found.first_from(1)) == (None, None)
    publish(gateway, "PO-2")
    assert one.submitter(gateway).submit()
    assert two.submitter(gateway).submit()
    publish(gateway, "PO-3")
    assert three.submitter(gateway).submit()
    at_six = gateway.publications.at(6)
    assert (found.newest(), found.first_from(1), found.first_from(6)) == (at_six, at_six, at_six)
    assert found.first_from(7) is None
    assert two.submitter(gateway).submit()
    at_seven = gateway.publications.at(7)
    assert (found.newest(), found.first_from(1), found.first_from(7)) == (at_seven, at_six, at_seven)


def test_witnesses_that_the_policy_does_not_name_do_not_count(gateway: Gateway, tmp_path: Path) -> None:
    one, two = neighbours(tmp_path, gateway, "one", "two")
    gateway.publisher.publish()
    assert two.submitter(gateway).submit()
    assert witnessed(gateway, 1, one).newest() is None
    assert witnessed(gateway, 1, two).newest() == gateway.publications.newest()


def nested(gateway: Gateway, members: list[Neighbour]) -> Policy:
    """Both of ours, or one of each of the others' pairs."""
    text = policy_text(gateway, 1, *members).partition("group")[0]
    groups = "group ours all w0 w1\ngroup left any w2 w3\ngroup right any w4 w5\n"
    groups += "group others all left right\ngroup either any ours others\nquorum either\n"
    return policy.parse((text + groups).encode())


@pytest.mark.parametrize(
    ("signers", "enough"),
    [("01", True), ("24", True), ("35", True), ("02", False), ("23", False), ("0245", True), ("1", False), ("", False)],
)
def test_groups_of_groups_are_counted_as_the_policy_says(
    gateway: Gateway, tmp_path: Path, signers: str, enough: bool
) -> None:
    members = neighbours(tmp_path, gateway, *(f"w{number}" for number in range(6)))
    gateway.publisher.publish()
    for number in signers:
        assert members[int(number)].submitter(gateway).submit()
    found = Witnessed(gateway.publications, nested(gateway, members))
    assert (found.newest() is not None) == enough


def test_a_policy_that_wants_nobody_makes_nothing_witnessed(gateway: Gateway, one: Neighbour) -> None:
    assert one.submitter(gateway).submit()
    members = policy_of(gateway, 1, one)
    assert Witnessed(gateway.publications, Policy(members.logs, members.witnesses, None)).newest() is None
