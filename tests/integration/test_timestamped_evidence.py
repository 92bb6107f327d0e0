"""Evidence with timestamps: what they show, what they leave open, and every way in which one can lie."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.receipts import bundle
from edi_gateway.timestamps.form import as_response
from edi_gateway.timestamps.token import Roots
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from tests.support.evidence import gathered
from tests.support.gateway import enrol_both, make_gateway, order, transmission
from tests.support.tsa import NOW, YEAR, Authority, Clock, make_authority, take

Files = dict[str, bytes]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A bundle whose timestamp, by `first`, was renewed by `second`. `other` is that of a later document."""

    files: Files
    other: Files
    vkey: str
    first: Authority
    second: Authority
    renewed: datetime

    @property
    def roots(self) -> Roots:
        return self.first.roots + self.second.roots

    @property
    def names(self) -> list[str]:
        return sorted(name for name in self.files if name.endswith(".tsr"))

    def check(self, files: Files | None = None, roots: Roots | None = None, at: datetime = NOW) -> CheckedEvidence:
        trust = Trust(self.vkey, self.roots if roots is None else roots, at)
        return check_evidence(bundle.pack(self.files if files is None else files), trust)


def posted(gateway: Gateway, number: str) -> str:
    return gateway.record(gateway.examine(transmission(order(number), "globex"))).id


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    gateway = make_gateway(tmp_path_factory.mktemp("gateway"))
    enrol_both(gateway)
    first, second = make_authority("first"), make_authority("second", until=NOW + 3 * YEAR)
    clock = Clock("example", first)
    ids = []
    for number in ("PO-1", "PO-2"):
        ids.append(posted(gateway, number))
        gateway.publisher.publish()
        take(gateway, clock.at, clock)
        clock.at += DAY
    clock.tsa, clock.at = second, NOW + YEAR - DAY
    take(gateway, clock.at, clock)
    posted(gateway, "PO-3")
    one, other = (bundle.unpack(gathered(gateway, id)) for id in ids)
    yield Case(one, other, gateway.notary.vkey, first, second, clock.at)
    gateway.close()


def open_points(checked: CheckedEvidence) -> set[str]:
    return {point.check for point in checked.not_checked}


def test_the_oldest_timestamp_and_its_renewal_are_in_the_bundle_and_hold(case: Case) -> None:
    assert case.names == ["checkpoints/5-example.tsr", "checkpoints/5-example_02.tsr"]
    checked = case.check()
    said = {point.check: point.says for point in checked.checked}
    assert "2026-11-23T12:00:00.000Z by the clock of CN=first" in said["trusted-time"]
    assert "2027-11-22T12:00:00.000Z by the clock of CN=second" in said["timestamp-renewal"]
    assert not {"trusted-time", "timestamp-end"} & open_points(checked)
    assert checked.newest.size == 7


def test_without_roots_the_time_is_left_open(case: Case) -> None:
    checked = case.check(roots=())
    assert "trusted-time" in open_points(checked)
    assert not {"trusted-time", "timestamp-renewal"} & {point.check for point in checked.checked}


def test_under_other_roots_the_timestamp_does_not_hold(case: Case) -> None:
    for roots in (case.second.roots, make_authority().roots):
        with pytest.raises(Unproven, match=r"^checkpoints/5-example\.tsr: the timestamp does not hold"):
            case.check(roots=roots)


def test_that_the_newest_certificate_has_ended_is_said(case: Case) -> None:
    assert "timestamp-end" not in open_points(case.check(at=NOW + 3 * YEAR - DAY))
    checked = case.check(at=NOW + 3 * YEAR)
    assert "timestamp-end" in open_points(checked)
    assert "trusted-time" in {point.check for point in checked.checked}


def test_a_flipped_bit_in_any_timestamp_is_found_and_the_file_named(case: Case) -> None:
    for name in case.names:
        for at in range(0, len(case.files[name]), 9):
            content = bytearray(case.files[name])
            content[at] ^= 1 << at % 8
            with pytest.raises(Unproven, match=f"^{re.escape(name)}: "):
                case.check(case.files | {name: bytes(content)})


@pytest.mark.parametrize("roots", [None, ()], ids=["with roots", "without"])
def test_a_timestamp_of_another_checkpoint_is_found(case: Case, roots: Roots | None) -> None:
    swapped = case.files | {"checkpoints/5-example.tsr": case.other["checkpoints/6-example.tsr"]}
    with pytest.raises(Unproven, match=r"^checkpoints/5-example\.tsr: "):
        case.check(swapped, roots=roots)
    renamed = case.files | {"checkpoints/7-example.tsr": case.files["checkpoints/5-example.tsr"]}
    with pytest.raises(Unproven, match=r"^checkpoints/7-example\.tsr: "):
        case.check(renamed, roots=roots)


@pytest.mark.parametrize("roots", [None, ()], ids=["with roots", "without"])
def test_a_renewal_of_another_token_is_found(case: Case, roots: Roots | None) -> None:
    swapped = case.files | {"checkpoints/5-example_02.tsr": case.other["checkpoints/6-example_02.tsr"]}
    with pytest.raises(Unproven, match=r"^checkpoints/5-example_02\.tsr: "):
        case.check(swapped, roots=roots)


def test_a_renewal_without_what_it_renews_is_found(case: Case) -> None:
    files = {name: content for name, content in case.files.items() if name != "checkpoints/5-example.tsr"}
    with pytest.raises(Unproven, match=r"checkpoints/5-example\.tsr, which is missing"):
        case.check(files)


def test_a_renewal_that_came_too_late_is_found(case: Case) -> None:
    token = case.first.token(case.files["checkpoints/5.checkpoint"])
    for at, held in ((NOW + YEAR - DAY, True), (NOW + YEAR, False), (NOW - DAY, False)):
        late = case.second.token(token, at)
        files = case.files | {
            "checkpoints/5-example.tsr": as_response(token),
            "checkpoints/5-example_02.tsr": as_response(late),
        }
        if held:
            assert case.check(files)
        else:
            with pytest.raises(Unproven, match=r"^checkpoints/5-example_02\.tsr: a timestamp was renewed"):
                case.check(files)


@pytest.mark.parametrize(
    "name",
    [
        "checkpoints/9-example.tsr",
        "checkpoints/05-example.tsr",
        "checkpoints/5.tsr",
        "checkpoints/5-example_01.tsr",
        "checkpoints/5-example_00.tsr",
        "checkpoints/5-example_2.tsr",
        "checkpoints/5-Example.tsr",
        "checkpoints/5-example.der",
        "signature/5-example.tsr",
    ],
)
def test_a_timestamp_under_a_name_that_none_has_is_found(case: Case, name: str) -> None:
    with pytest.raises(Unproven, match=f"^{re.escape(name)}: "):
        case.check(case.files | {name: case.files["checkpoints/5-example.tsr"]})


def test_a_timestamp_that_has_ended_makes_room_for_the_next_one_that_has_not(gateway: Gateway) -> None:
    id = posted(gateway, "PO-1")
    clock = Clock("example", make_authority(until=NOW + timedelta(hours=3)))
    gateway.publisher.publish()
    (short,) = take(gateway, NOW, clock)
    assert f"checkpoints/{short.size}-example.tsr" in bundle.unpack(gathered(gateway, id))
    posted(gateway, "PO-2")
    gateway.publisher.publish()
    clock.tsa, clock.at = make_authority(), NOW + timedelta(hours=2)
    take(gateway, NOW + timedelta(hours=4), clock)
    gateway.clock.now = NOW + timedelta(hours=4)
    named = {name for name in bundle.unpack(gathered(gateway, id)) if name.endswith(".tsr")}
    assert named == {f"checkpoints/{short.size + 1}-example.tsr"}


def test_several_authorities_vouch_side_by_side(gateway: Gateway) -> None:
    id = posted(gateway, "PO-1")
    gateway.publisher.publish()
    one, two = make_authority("one"), make_authority("two")
    take(gateway, NOW, Clock("one", one), Clock("two", two))
    packed = gathered(gateway, id)
    checked = check_evidence(packed, Trust(gateway.notary.vkey, one.roots + two.roots, NOW))
    said = [point.says for point in checked.checked if point.check == "trusted-time"]
    assert ["CN=one" in said[0], "CN=two" in said[1]] == [True, True]


def test_evidence_from_before_any_publication_has_no_timestamps(gateway: Gateway) -> None:
    gateway.publisher.publish()
    take(gateway, NOW, Clock("example", make_authority()))
    assert not [name for name in bundle.unpack(gathered(gateway, posted(gateway, "PO-1"))) if "timestamps" in name]
