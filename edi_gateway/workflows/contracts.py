"""The life of contracts: who has signed what, and where each version of it stands at a moment.

Nothing of it is stored: it follows from what parties signed, in the order in which the ledger has it. So it can be told
of any moment in the past, and proved by the receipts of the records that it follows from.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from edi_gateway.model.contract import Signature, SignedTerms, State, Terms
from edi_gateway.model.moment import timestamp
from edi_gateway.workflows.contract_ports import ContractName, Contracts

MAX_PAGE: Final = 200
_APPLIES: Final = ("in-force", "amended")
_ENDS: Final[tuple[State, ...]] = ("terminated", "superseded", "expired")
"""Which of them it is where a version ends in several ways on the same day."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a contract at a moment. `concluded_at` is the moment since when all parties have signed, as stored;
    `missing` are those that have not."""

    terms: Terms
    state: State
    signatures: tuple[Signature, ...]
    missing: tuple[str, ...]
    concluded_at: str | None


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract at a moment: its versions, oldest first, and what is there to amend it, and to terminate it."""

    name: ContractName
    versions: tuple[Version, ...]
    amendments: tuple[Version, ...]
    terminations: tuple[Version, ...]

    @property
    def current(self) -> Version:
        """The version that says where the contract stands: the one that applies; else the newest that all have
        signed; else the newest."""
        applying = [one for one in self.versions if one.state in _APPLIES]
        concluded = [one for one in self.versions if one.concluded_at]
        return (applying or concluded or self.versions)[-1]

    @property
    def applies(self) -> bool:
        """Whether the contract is in force."""
        return self.current.state in _APPLIES


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """Which contracts, by their names; `party` sees its own, and None all. `after` is the name that a page ended with.

    `partner` restricts to those of one partner.
    """

    at: datetime
    party: str | None = None
    partner: str | None = None
    state: State | None = None
    after: ContractName | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ContractPage:
    """`next` is what the next page's query has as `after`; None at the end."""

    contracts: tuple[Contract, ...]
    next: ContractName | None


def find(contracts: Contracts, query: ContractQuery) -> ContractPage:
    """A page of contracts. Raises Fault."""
    found: list[Contract] = []
    for contract in _matching(contracts, query):
        # One more than wanted tells whether there is another page.
        if len(found) == query.limit:
            return ContractPage(tuple(found), found[-1].name)
        found.append(contract)
    return ContractPage(tuple(found), None)


def show(contracts: Contracts, contract_id: str, at: datetime, party: str | None = None) -> tuple[Contract, ...]:
    """All contracts of that id, each between other parties, as they stood at a moment. Raises Fault."""
    ids = [contract_id]
    return tuple(life(contracts.versions(ids, party), contracts.about(ids, party), at))


def life(versions: Iterable[SignedTerms], about: Iterable[SignedTerms], at: datetime) -> Iterator[Contract]:
    """What becomes of versions at a moment. `about` is what is about any of their contracts: each has its own."""
    moment = timestamp(at)
    known = [one for each in versions if (one := _as_of(each, moment)).signatures]
    others = [one for each in about if (one := _as_of(each, moment)).signatures]
    for name in sorted({_name(one) for one in known}):
        own = sorted((one for one in known if _name(one) == name), key=lambda one: (one.terms.version, one.offer))
        about_it = [one for one in others if (one.terms.parent, one.parties) == (name.contract_id, name.parties)]
        yield _contract(name, own, about_it, at.date())


def _matching(contracts: Contracts, query: ContractQuery) -> Iterator[Contract]:
    after = query.after
    party = query.party or query.partner
    while names := contracts.names(after, MAX_PAGE, party):
        ids, after = {name.contract_id for name in names}, names[-1]
        found = {one.name: one for one in life(contracts.versions(ids, party), contracts.about(ids, party), query.at)}
        for name in names:
            contract = found.get(name)
            seen = contract is not None and (query.partner is None or query.partner in name.parties)
            if contract and seen and query.state in (None, contract.current.state):
                yield contract


def _name(one: SignedTerms) -> ContractName:
    return ContractName(one.terms.contract_id, one.parties)


def _as_of(one: SignedTerms, moment: str) -> SignedTerms:
    signed = tuple(each for each in one.signatures if each.at <= moment)
    return SignedTerms(one.terms, one.parties, one.offer, signed)


def _contract(name: ContractName, own: Sequence[SignedTerms], about: Sequence[SignedTerms], day: date) -> Contract:
    amending, ending = (
        [one for one in about if one.terms.purpose == purpose] for purpose in ("amendment", "termination")
    )
    return Contract(
        name,
        tuple(_version(one, own, amending, ending, day) for one in own),
        tuple(_version(one, amending, (), (), day) for one in amending),
        tuple(_version(one, ending, (), (), day) for one in ending),
    )


def _version(
    one: SignedTerms,
    beside: Sequence[SignedTerms],
    amending: Sequence[SignedTerms],
    ending: Sequence[SignedTerms],
    day: date,
) -> Version:
    state = _state(one, beside, amending, ending, day)
    missing = tuple(party for party in one.parties if party not in {each.party for each in one.signatures})
    return Version(one.terms, state, one.signatures, missing, _concluded(one))


def _concluded(one: SignedTerms) -> str | None:
    """Since when all parties have signed."""
    first = {each.party: each.at for each in sorted(one.signatures, key=lambda each: each.at, reverse=True)}
    return max(first[party] for party in one.parties) if first.keys() >= set(one.parties) else None


def _state(
    one: SignedTerms,
    beside: Sequence[SignedTerms],
    amending: Sequence[SignedTerms],
    ending: Sequence[SignedTerms],
    day: date,
) -> State:
    concluded = _concluded(one)
    ends = [("superseded", later.terms.valid_from) for later in _later(one, beside)]
    if one.terms.valid_until:
        ends.append(("expired", one.terms.valid_until + _ONE_DAY))
    # Whatever was agreed after a termination was not meant by it.
    ends += [
        ("terminated", last.terms.valid_from)
        for last in ending
        if concluded and (agreed := _concluded(last)) and agreed >= concluded
    ]
    over = sorted((since, _ENDS.index(state)) for state, since in ends if since <= day)
    if over:
        return _ENDS[over[0][1]]
    if not concluded:
        return "offered"
    if one.terms.valid_from > day:
        return "concluded"
    return "amended" if any(_applies(change, day) for change in amending) else "in-force"


def _later(one: SignedTerms, beside: Iterable[SignedTerms]) -> Iterator[SignedTerms]:
    """The versions after it that all parties have signed."""
    for other in beside:
        same = other.terms.contract_id == one.terms.contract_id
        if same and other.terms.version > one.terms.version and _concluded(other):
            yield other


def _applies(change: SignedTerms, day: date) -> bool:
    until = change.terms.valid_until
    return bool(_concluded(change)) and change.terms.valid_from <= day and (until is None or day <= until)
