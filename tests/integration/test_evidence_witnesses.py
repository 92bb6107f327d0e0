"""Evidence whose checkpoint witnesses have cosigned: what it shows to whom, and what is found in it that isn't true."""

from dataclasses import replace
from pathlib import Path

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger.policy import Policy
from edi_gateway.receipts import bundle
from edi_gateway.storage import signers
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from tests.support.evidence import gathered
from tests.support.gateway import order, transmission
from tests.support.neighbours import Neighbour, neighbours, policy_of, witnessed


@pytest.fixture
def members(sqlite_gateway: Gateway, tmp_path: Path) -> list[Neighbour]:
    return neighbours(tmp_path, sqlite_gateway, "one", "two")


@pytest.fixture
def gateway(sqlite_gateway: Gateway, members: list[Neighbour]) -> Gateway:
    """One that wants both."""
    return replace(sqlite_gateway, witnessed=witnessed(sqlite_gateway, "all", *members))


def recorded(gateway: Gateway, number: str) -> str:
    return gateway.record(gateway.examine(transmission(order(number), "globex"))).id


def witness(gateway: Gateway, *members: Neighbour) -> None:
    gateway.publisher.publish()
    for one in members:
        one.submitter(gateway).submit()


def check(files: dict[str, bytes], gateway: Gateway, policy: Policy | None = None) -> CheckedEvidence:
    return check_evidence(bundle.pack(files), Trust(gateway.notary.verifier.vkey, policy=policy))


def cosigned(gateway: Gateway, members: list[Neighbour], number: str = "PO-1") -> dict[str, bytes]:
    """The files of a bundle: receipt under five entries, cosigned under six, newest of seven."""
    id = recorded(gateway, number)
    recorded(gateway, f"{number}-b")
    witness(gateway, *members)
    recorded(gateway, f"{number}-c")
    return bundle.unpack(gathered(gateway, id))


def test_a_policy_learns_who_cosigned(gateway: Gateway, members: list[Neighbour]) -> None:
    files = cosigned(gateway, members)
    assert {"checkpoints/6.checkpoint", "checkpoints/6.cosignatures", "checkpoints/7.checkpoint"} <= files.keys()
    checked = check(files, gateway, policy_of(gateway, "all", *members))
    (said,) = [point.says for point in checked.checked if point.check == "witnesses"]
    assert said.startswith("The checkpoint of 6 entries is cosigned by one at 2026-")
    assert ", two at 2026-" in said
    assert "witnesses" not in {point.check for point in checked.not_checked}


def test_without_a_policy_the_witnesses_are_an_open_question(gateway: Gateway, members: list[Neighbour]) -> None:
    checked = check(cosigned(gateway, members), gateway)
    (left,) = [point.says for point in checked.not_checked if point.check == "witnesses"]
    assert "witness.example.com/one, witness.example.com/two" in left
    assert "witnesses" not in {point.check for point in checked.checked}


def test_as_long_as_too_few_cosigned_nothing_is_said_of_them(gateway: Gateway, members: list[Neighbour]) -> None:
    files = cosigned(gateway, members[:1])
    assert not [name for name in files if name.endswith(".cosignatures")]
    with pytest.raises(Unproven, match="there are no cosignatures"):
        check(files, gateway, policy_of(gateway, 1, *members))


def test_a_policy_that_wants_others_is_not_satisfied(
    gateway: Gateway, members: list[Neighbour], tmp_path: Path
) -> None:
    files = cosigned(gateway, members)
    others = neighbours(tmp_path / "others", gateway, "three")
    with pytest.raises(Unproven, match="cosigned by nobody"):
        check(files, gateway, policy_of(gateway, 1, *others))
    with pytest.raises(Unproven, match="cosigned by one at"):
        check(files, gateway, policy_of(gateway, "all", members[0], *others))
    assert check(files, gateway, policy_of(gateway, 1, members[0], *others))


def test_every_bit_of_the_cosignatures_is_bound(gateway: Gateway, members: list[Neighbour]) -> None:
    files = cosigned(gateway, members)
    name = "checkpoints/6.cosignatures"
    for at in range(len(files[name])):
        flipped = bytearray(files[name])
        flipped[at] ^= 1 << at % 8
        with pytest.raises(Unproven, match=name):
            check(files | {name: bytes(flipped)}, gateway)


def test_what_is_added_taken_away_or_put_elsewhere_is_found(gateway: Gateway, members: list[Neighbour]) -> None:
    files = cosigned(gateway, members)
    name = "checkpoints/6.cosignatures"
    keys, _, lines = files[name].partition(b"\n\n")
    first, second = keys.split(b"\n"), lines.splitlines(keepends=True)
    tampered = {
        "one of two": first[0] + b"\n\n" + second[0] + second[1],
        "a key alone": keys + b"\n\n" + second[0],
        "in another order": b"\n".join(first[::-1]) + b"\n\n" + lines,
        "the ledger's own key": gateway.notary.verifier.vkey.encode() + b"\n\n" + lines,
        "nothing": b"",
        "no text": b"\xff\n\n" + lines,
    }
    for content in tampered.values():
        with pytest.raises(Unproven, match=name):
            check(files | {name: content}, gateway)
    for other in ("checkpoints/7.cosignatures", "checkpoints/9.cosignatures", "keys/6.cosignatures"):
        moved = {n: c for n, c in files.items() if n != name} | {other: files[name]}
        with pytest.raises(Unproven, match=other):
            check(moved, gateway)
    with pytest.raises(Unproven, match="there are no cosignatures"):
        check({n: c for n, c in files.items() if n != name}, gateway, policy_of(gateway, 1, *members))


def test_a_second_key_of_the_ledger_is_named_as_one_that_is_not_known(
    gateway: Gateway, members: list[Neighbour]
) -> None:
    signers.mldsa_key(key_access(gateway.settings), make=True)
    again = replace(build(gateway.settings, gateway.clock), witnessed=gateway.witnessed)
    checked = check(cosigned(again, members), again, policy_of(again, "all", *members))
    assert "ledger-keys" in {point.check for point in checked.not_checked}
    assert "witnesses" in {point.check for point in checked.checked}
    again.close()
