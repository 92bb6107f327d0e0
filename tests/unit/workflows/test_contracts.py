"""Where a contract stands, from who signed what, on a day."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.model.contract import Signature, SignedTerms, Terms
from edi_gateway.model.moment import timestamp
from edi_gateway.workflows.contracts import Contract, life

BOTH = ("acme", "globex")
_indexes = count()


def moment(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


def signed(by: dict[str, str], parties: tuple[str, ...] = BOTH, **members: Any) -> SignedTerms:
    """A version with who signed it on which day."""
    said = {
        "contract_id": "FC-1",
        "version": 1,
        "purpose": "agreement",
        "parent": None,
        "title": None,
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "pdf": None,
    }
    signatures = tuple(Signature(next(_indexes), party, timestamp(moment(day)), "id") for party, day in by.items())
    return SignedTerms(Terms(**(said | members), digest="sha256:0"), parties, next(_indexes), signatures)


def both(day: str = "2026-02-01", **members: Any) -> SignedTerms:
    return signed({"acme": day, "globex": day}, **members)


def about(purpose: str, since: str, day: str = "2026-02-01", **members: Any) -> SignedTerms:
    """What both signed on a day, about the contract, to apply since another."""
    said = {"contract_id": "X-1", "purpose": purpose, "parent": "FC-1", "valid_from": date.fromisoformat(since)}
    return both(day, **(said | members))


def on(day: str, *found: SignedTerms) -> Contract:
    versions = [one for one in found if one.terms.contract_id == "FC-1"]
    (contract,) = life(versions, [one for one in found if one.terms.parent == "FC-1"], moment(day))
    return contract


def state(day: str, *found: SignedTerms) -> str:
    return on(day, *found).current.state


def test_what_one_party_signed_is_offered() -> None:
    contract = on("2026-03-01", signed({"acme": "2026-02-01"}))
    (version,) = contract.versions
    assert (version.state, version.missing, version.concluded_at) == ("offered", ("globex",), None)
    assert not contract.applies


def test_it_is_in_force_once_all_parties_have_signed() -> None:
    contract = on("2026-03-01", signed({"acme": "2026-02-01", "globex": "2026-02-20"}))
    assert contract.applies
    assert contract.current.concluded_at == timestamp(moment("2026-02-20"))
    assert contract.current.missing == ()


def test_it_was_not_in_force_before_the_last_of_them_signed() -> None:
    found = signed({"acme": "2026-02-01", "globex": "2026-02-20"})
    assert state("2026-02-10", found) == "offered"
    assert state("2026-02-20", found) == "in-force"


def test_before_anybody_signed_there_is_no_contract() -> None:
    assert list(life([both()], [], moment("2026-01-15"))) == []


def test_a_third_party_has_to_sign_as_well() -> None:
    three = ("acme", "bank", "globex")
    found = signed({"acme": "2026-02-01", "globex": "2026-02-01"}, three)
    assert on("2026-03-01", found).current.missing == ("bank",)


def test_a_party_signs_once_however_often_it_does() -> None:
    found = signed({"acme": "2026-02-01"})
    again = SignedTerms(found.terms, BOTH, found.offer, found.signatures * 2)
    assert state("2026-03-01", again) == "offered"


def test_it_applies_from_its_first_day_to_its_last() -> None:
    found = both("2025-12-01", valid_until=date(2026, 6, 30))
    expected = {"2025-12-31": "concluded", "2026-01-01": "in-force", "2026-06-30": "in-force", "2026-07-01": "expired"}
    assert {day: state(day, found) for day in expected} == expected


def test_an_offer_that_nobody_took_expires_as_well() -> None:
    assert state("2026-07-01", signed({"acme": "2026-02-01"}, valid_until=date(2026, 6, 30))) == "expired"


def test_a_later_version_takes_the_place_of_an_earlier_one_on_its_first_day() -> None:
    first, second = both(), both("2026-03-01", version=2, valid_from=date(2026, 4, 1))
    assert [one.state for one in on("2026-03-15", first, second).versions] == ["in-force", "concluded"]
    assert [one.state for one in on("2026-04-01", first, second).versions] == ["superseded", "in-force"]
    assert on("2026-03-15", first, second).current.terms.version == 1


def test_a_later_version_that_not_all_have_signed_changes_nothing() -> None:
    first, second = both(), signed({"globex": "2026-03-01"}, version=2)
    contract = on("2026-04-01", first, second)
    assert [one.state for one in contract.versions] == ["in-force", "offered"]
    assert contract.current.terms.version == 1


def test_an_amendment_applies_beside_what_it_amends_while_it_is_valid() -> None:
    amendment = about("amendment", "2026-04-01", valid_until=date(2026, 4, 30))
    expected = {"2026-03-31": "in-force", "2026-04-01": "amended", "2026-04-30": "amended", "2026-05-01": "in-force"}
    assert {day: state(day, both(), amendment) for day in expected} == expected
    contract = on("2026-04-01", both(), amendment)
    assert contract.applies
    assert [one.state for one in contract.amendments] == ["in-force"]


def test_an_amendment_that_not_all_have_signed_is_only_offered() -> None:
    amendment = signed({"acme": "2026-02-01"}, contract_id="X-1", purpose="amendment", parent="FC-1")
    contract = on("2026-03-01", both(), amendment)
    assert contract.current.state == "in-force"
    assert [one.state for one in contract.amendments] == ["offered"]


def test_a_termination_ends_it_on_its_first_day() -> None:
    termination = about("termination", "2026-04-01")
    assert state("2026-03-31", both(), termination) == "in-force"
    contract = on("2026-04-01", both(), termination)
    assert (contract.current.state, contract.applies) == ("terminated", False)


def test_one_party_alone_does_not_terminate_it() -> None:
    termination = signed({"acme": "2026-02-01"}, contract_id="X-1", purpose="termination", parent="FC-1")
    contract = on("2026-03-01", both(), termination)
    assert contract.applies
    assert [one.missing for one in contract.terminations] == [("globex",)]


def test_what_was_agreed_after_a_termination_was_not_meant_by_it() -> None:
    termination = about("termination", "2026-04-01", "2026-03-01")
    anew = both("2026-05-01", version=2, valid_from=date(2026, 5, 1))
    assert [one.state for one in on("2026-06-01", both(), anew, termination).versions] == ["terminated", "in-force"]


def test_what_had_expired_by_then_was_not_terminated() -> None:
    expired = both(valid_until=date(2026, 3, 31))
    assert state("2026-06-01", expired, about("termination", "2026-05-01")) == "expired"
    assert state("2026-06-01", expired, about("termination", "2026-04-01")) == "terminated"


def test_a_call_off_under_a_contract_changes_nothing_about_it() -> None:
    contract = on("2026-03-01", both(), about("agreement", "2026-02-01"))
    assert (contract.current.state, contract.amendments, contract.terminations) == ("in-force", (), ())


def test_what_others_agree_on_about_a_contract_of_that_id_is_about_another() -> None:
    theirs = about("termination", "2026-02-01", parties=("hal", "ibm"))
    theirs = SignedTerms(theirs.terms, ("hal", "ibm"), theirs.offer, ())
    assert on("2026-03-01", both(), theirs).applies


def test_what_is_about_one_contract_says_nothing_of_another_between_the_same_parties() -> None:
    others = [both(contract_id="FC-2"), both(contract_id="X-1", purpose="termination", parent="FC-1")]
    ended = [about("amendment", "2026-02-01"), about("termination", "2026-02-20")]
    found = {one.name.contract_id: one for one in life([both(), *others], ended, moment("2026-03-01"))}
    assert {name: one.current.state for name, one in found.items()} == {
        "FC-1": "terminated",
        "FC-2": "in-force",
        "X-1": "in-force",
    }
    assert (found["FC-2"].amendments, found["FC-2"].terminations) == ((), ())


def test_contracts_of_one_id_between_others_are_others() -> None:
    ours, theirs = both(), signed({"acme": "2026-02-01"}, ("acme", "initech"))
    found = list(life([ours, theirs], [], moment("2026-03-01")))
    assert [(one.name.parties, one.current.state) for one in found] == [
        (("acme", "globex"), "in-force"),
        (("acme", "initech"), "offered"),
    ]


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str)


@st.composite
def signings(draw: st.DrawFn) -> SignedTerms:
    by = draw(st.dictionaries(st.sampled_from(BOTH), DAYS, min_size=1))
    since = date.fromisoformat(draw(DAYS))
    until = draw(st.none() | DAYS.map(date.fromisoformat).filter(lambda day: day >= since))
    purpose = draw(st.sampled_from(("agreement", "agreement", "amendment", "termination")))
    name = {"contract_id": "FC-1"} if purpose == "agreement" else {"contract_id": "X-1", "parent": "FC-1"}
    version = draw(st.integers(1, 3))
    return signed(by, purpose=purpose, valid_from=since, valid_until=until, version=version, **name)


@given(found=st.lists(signings(), max_size=6), day=DAYS)
def test_whatever_was_signed_nothing_applies_that_not_all_have_signed_or_out_of_its_time(found, day) -> None:
    versions = [one for one in found if one.terms.contract_id == "FC-1"]
    for contract in life(versions, [one for one in found if one.terms.parent], moment(day)):
        applying = [one for one in contract.versions if one.state in ("in-force", "amended")]
        assert contract.applies == bool(applying)
        for one in applying:
            assert one.concluded_at
            assert not one.missing
            assert one.terms.valid_from <= date.fromisoformat(day)
            assert one.terms.valid_until is None or date.fromisoformat(day) <= one.terms.valid_until


@given(found=st.lists(signings(), max_size=6), day=DAYS)
def test_what_is_signed_later_does_not_change_what_was_so_before(found, day) -> None:
    versions = [one for one in found if one.terms.contract_id == "FC-1"]
    others = [one for one in found if one.terms.parent]
    until = timestamp(moment(day))
    known = [_without_later(one, until) for one in versions]
    about_it = [_without_later(one, until) for one in others]
    assert list(life(versions, others, moment(day))) == list(life(known, about_it, moment(day)))


def _without_later(one: SignedTerms, until: str) -> SignedTerms:
    return SignedTerms(one.terms, one.parties, one.offer, tuple(each for each in one.signatures if each.at <= until))


@pytest.mark.parametrize("order", [1, -1])
def test_in_which_order_versions_are_told_does_not_matter(order: int) -> None:
    found = [both(), both("2026-03-01", version=2), about("termination", "2026-08-01", "2026-04-01")][::order]
    assert [one.state for one in on("2026-09-01", *found).versions] == ["superseded", "terminated"]
