"""Bringing partners to what a file says: what has to be changed, and nothing else, all of it or none."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from edi_gateway.errors import Misuse
from edi_gateway.model.partner import Partner, PartnerKey
from edi_gateway.model.record import Change
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory
from edi_gateway.partners.partner_form import Wanted, WantedKey
from edi_gateway.partners.profile_form import write_profile
from edi_gateway.workflows import enrol
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.profiles import NO_PROFILE, changes, set_profile


class Difference(NamedTuple):
    """What is to become of one thing: plain values, None where there is nothing."""

    partner: str
    what: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be recorded, in this order, in one commit; and what that comes to."""

    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]


def plan(wanted: Sequence[Wanted], office: Office, new_id: Callable[[], str], reason: str | None = None) -> Plan:
    """What has to be done so that partners are as wanted. Raises Misuse, Taken among it, for what can't be done."""
    made: list[Change] = []
    differences: list[Difference] = []
    for each in wanted:
        for step in _steps(each, reason):
            office = replace(office, uid=new_id())
            for change, difference in step(office):
                if change is not None:
                    made.append(change)
                    office = replace(office, directory=_after(change, office.directory))
                differences.append(difference)
    return Plan(tuple(made), tuple(differences))


_Step = Callable[[Office], Iterator[tuple[Change | None, Difference]]]


def _steps(wanted: Wanted, reason: str | None) -> Iterator[_Step]:
    yield lambda office: _described(wanted, office)
    # Before the keys: which of them are accepted is a matter of the profile.
    yield lambda office: _profile(wanted, reason, office)
    for key in wanted.keys:
        yield partial(_key, wanted.id, key)
    yield lambda office: _suspended(wanted, office)


def _described(wanted: Wanted, office: Office) -> Iterator[tuple[Change | None, Difference]]:
    partner = office.directory.partners.get(wanted.id)
    if partner is None:
        if wanted.name is None or wanted.identifiers is None:
            raise Misuse(f"There is no partner {wanted.id}: to add it takes a name and identifiers.")
        change = enrol.add_partner(wanted.id, wanted.name, wanted.identifiers, office)
        yield change, Difference(wanted.id, "name", None, change.partner.name)
        yield None, Difference(wanted.id, "identifiers", None, _identifiers(change.partner))
        return
    name, identifiers = wanted.name or partner.name, wanted.identifiers or partner.identifiers
    if (name, set(identifiers)) == (partner.name, set(partner.identifiers)):
        return
    change = enrol.change_partner(partner.id, name, identifiers, office)
    told = [("name", partner.name, change.partner.name)]
    told_identifiers = ("identifiers", _identifiers(partner), _identifiers(change.partner))
    changed = [Difference(partner.id, *each) for each in (*told, told_identifiers) if each[1] != each[2]]
    yield change, changed[0]
    yield from ((None, each) for each in changed[1:])


def _key(id: str, wanted: WantedKey, office: Office) -> Iterator[tuple[Change | None, Difference]]:
    try:
        fingerprint = read_key(wanted.data, id, *wanted.window).fingerprint
    except ValueError as error:
        raise Misuse(f"A key of {id} is not usable: {error}.") from error
    known = enrol.find_key(fingerprint, office.directory)
    if known is not None and known.partner == id:
        # Whatever became of it since: to trust it anew, or in another window, is another key's matter.
        return
    change = enrol.add_key(id, wanted.data, wanted.window, office, wanted.purpose)
    state = "proposed" if change.type == "key.proposed" else "trusted"
    yield change, Difference(id, f"key {fingerprint}", None, state)


def _profile(wanted: Wanted, reason: str | None, office: Office) -> Iterator[tuple[Change | None, Difference]]:
    before = office.directory.partners[wanted.id].profile or NO_PROFILE
    if wanted.profile is None or not (changed := changes(before, wanted.profile)):
        return
    change = set_profile(wanted.id, wanted.profile, reason, office)
    old, new = write_profile(before), write_profile(wanted.profile)
    told = [Difference(wanted.id, f"profile.{name}", old.get(name), new.get(name)) for name in changed]
    yield change, told[0]
    yield from ((None, each) for each in told[1:])


def _suspended(wanted: Wanted, office: Office) -> Iterator[tuple[Change | None, Difference]]:
    suspended = office.directory.partners[wanted.id].suspended
    if wanted.suspended is not None and wanted.suspended != suspended:
        change = enrol.suspend(wanted.id, wanted.suspended, office)
        yield change, Difference(wanted.id, "suspended", suspended, wanted.suspended)


def _after(change: Change, directory: Directory) -> Directory:
    if change.key is not None:
        return directory.with_key(change.key)
    return directory.with_partner(change.partner)


def _identifiers(partner: Partner) -> list[str]:
    return sorted(map(str, partner.identifiers))


def exported(keys: Sequence[PartnerKey]) -> list[PartnerKey]:
    """The keys that another gateway may take over: approved, and neither retired nor revoked."""
    return [key for key in keys if key.approved and not any(step.applies_from for step in key.steps)]
