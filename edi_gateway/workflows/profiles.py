"""Agreeing with a partner on a profile: each version is a ledger entry, and none is ever changed.

The entry commits to the profile by the digest of its canonical JSON, and names what was changed; the profile itself is
kept beside the ledger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, get_args

from edi_gateway.documents.grading import gradable
from edi_gateway.documents.rulesets import known
from edi_gateway.documents.validate import formats
from edi_gateway.errors import Misuse
from edi_gateway.model.document import DocumentType, Severity
from edi_gateway.model.partner import Partner
from edi_gateway.model.profile import Profile
from edi_gateway.model.record import Change
from edi_gateway.model.transmission import SignatureFormat
from edi_gateway.partners.profile_form import MEMBERS, write_profile
from edi_gateway.receipts.statement import digest, profile_statement
from edi_gateway.signatures.policy import ALGORITHMS
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows import enrol
from edi_gateway.workflows.enrol import Office

NO_PROFILE: Final = Profile()


def set_profile(id: str, profile: Profile, reason: str | None, office: Office) -> Change:
    """Agree on the next version of a partner's profile. Raises Misuse; `Unchanged` where nothing would change."""
    partner = enrol.known(id, office.directory)
    before = partner.profile or NO_PROFILE
    if not (changed := changes(before, profile)):
        raise Unchanged(f"The profile of {id} is like this already.")
    check_profile(profile)
    return version_of(partner, replace(profile, version=before.version + 1), changed, reason, office)


def version_of(
    partner: Partner, profile: Profile, changed: Sequence[str], reason: str | None, office: Office
) -> Change:
    """The entry for a version. Raises Misuse for a reason that can't be kept."""
    facts: dict[str, Any] = {"changed": list(changed)}
    if reason is not None:
        facts["reason"] = enrol.words(reason, "reason")
    described = {"version": profile.version, "digest": digest(content(profile))}
    draft = profile_statement(partner, described, id=office.uid, origin=office.origin, by=office.by, **facts)
    return Change(office.uid, "partner.profiled", replace(partner, profile=profile), None, office.at, draft)


class Unchanged(Misuse):
    """There is nothing to record."""


def content(profile: Profile) -> bytes:
    """The profile as it is kept, and digested."""
    return canonical(write_profile(profile))


def changes(before: Profile, after: Profile) -> list[str]:
    """The names of the members in which two profiles differ."""
    old, new = write_profile(before), write_profile(after)
    return [name for name in MEMBERS if old.get(name) != new.get(name)]


def check_profile(profile: Profile) -> None:
    """Raises Misuse where it names what isn't there: a type, a format, an algorithm, a rule, a rule set."""
    trusted = [name for name, algorithm in ALGORITHMS.items() if not algorithm.barred]
    waived = [each.algorithm for each in profile.waivers if each.algorithm is not None]
    _check("types", profile.types, get_args(DocumentType))
    _check("formats", profile.formats, formats())
    _check("signatureFormats", profile.signature_formats, get_args(SignatureFormat))
    _check("algorithms", profile.algorithms, trusted)
    _check("waivers", waived, trusted)
    _check("ruleSets", profile.rule_sets, sorted({each.name for each in known()}))
    _check("levels", profile.levels.values(), get_args(Severity))
    rules = gradable()
    for rule in profile.levels:
        if rule not in rules:
            raise Misuse(
                f"profile.levels: {rule!r} is no rule whose severity can be agreed on: those of EN 16931, GW-SUM-…, "
                "GW-ORDER-002 to 006, GW-PDF-007."
            )


def _check(name: str, said: Iterable[str] | None, known: Sequence[str]) -> None:
    for each in said or ():
        if each not in known:
            raise Misuse(f"profile.{name}: there is no {each!r}; there is {', '.join(known)}.")
