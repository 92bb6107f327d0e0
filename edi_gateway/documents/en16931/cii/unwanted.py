"""What EN 16931 leaves out of CII (CII-SR-…, CII-DT-…): unwanted.toml, by path and by kind of element."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from edi_gateway.documents.cii_names import NAMESPACES, clark
from edi_gateway.documents.en16931.cii.places import shown, steps, table
from edi_gateway.documents.en16931.rule import Rule, Severity

_RAM: Final = f"{{{NAMESPACES['ram']}}}"
_NUMBERS: Final = "numbers"
_ANYWHERE: Final = "//"
_ENDING: Final = "*"
_TOTAL: Final = clark("ram:TaxTotalAmount")
"""The one amount that has a currency."""
_PARAMETER: Final = "*DocumentContextParameter"
"""In any namespace."""
_SHORT: Final = ("CII-SR-004", "CII-SR-005")
"""The official ids of these two are a digit shorter."""

Rules = Mapping[str, tuple[str, ...]]
_NOTHING: Final[Rules] = MappingProxyType({})


def rows() -> Iterator[tuple[str, Severity, str]]:
    """Rule, severity, and the path of what shouldn't be there, as the table writes it."""
    severities: tuple[tuple[str, Severity], ...] = (("warnings", "warning"), ("fatal", "fatal"))
    for key, severity in severities:
        for kind, first, where, names in table()[key]:
            for number, name in enumerate(names.split(), first):
                id = f"CII-{kind}-{number:03}"
                yield id.replace("-0", "-", 1) if id in _SHORT else id, severity, f"{where}/{name}" if where else name


def rules() -> Iterator[Rule]:
    """Each row as a rule."""
    for id, severity, path in rows():
        fate = ", and must be left out" if severity == "fatal" else ": its receiver may overlook it"
        yield Rule(id, severity, (), f"{_said(path)} is no part of a core invoice{fate}.")


def _said(path: str) -> str:
    if path.startswith(_NUMBERS):
        return f"{path.partition('/')[2]} of an identifier"
    return f"…{path[1:]}" if path.startswith("*") else shown(path.removeprefix(_ANYWHERE))


def example(id: str) -> tuple[str, ...] | None:
    """The path of what a rule is about, for its page: names below the root."""
    path = _paths_by_rule().get(id)
    if path is None:
        return None
    if path.startswith(_NUMBERS):
        path = f"document/ram:ID/{path.partition('/')[2]}"
    for kind, instead in _INSTEAD.items():
        if path.startswith(kind):
            path = instead + path.removeprefix(kind)
    return tuple(shown(path).split("/"))


_INSTEAD: Final = {
    "*TradeTax": "settlement/ram:ApplicableTradeTax",
    "*ReferencedDocument": "agreement/ram:ContractReferencedDocument",
    "*Amount": "totals/ram:DuePayableAmount",
    "*Quantity": "line-delivery/ram:BilledQuantity",
    "*ID": "settlement/ram:CreditorReferenceID",
    "//ram:TypeCode": "document/ram:TypeCode",
    "*DocumentContextParameter": "context/ram:GuidelineSpecifiedDocumentContextParameter",
    "//ram:BillingSpecifiedPeriod": "settlement/ram:BillingSpecifiedPeriod",
    "//ram:PostalTradeAddress": "agreement/ram:BuyerTradeParty/ram:PostalTradeAddress",
    "//ram:SpecifiedTradeSettlementPaymentMeans": "settlement/ram:SpecifiedTradeSettlementPaymentMeans",
}
"""An element of each kind."""


@cache
def _paths_by_rule() -> Mapping[str, str]:
    return {id: path for id, _, path in rows()}


@cache
def _by_path() -> tuple[Mapping[tuple[str, ...], tuple[str, ...]], Mapping[tuple[str, ...], Rules]]:
    """Elements, and attributes of elements, by the path below the root."""
    elements: dict[tuple[str, ...], list[str]] = defaultdict(list)
    attributes: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = defaultdict(dict)
    for id, _, written in rows():
        if written.startswith((_ANYWHERE, _ENDING)):
            continue
        for path in _spread(written):
            *above, last = steps(path)
            if last.startswith("@"):
                name = last[1:]
                attributes[tuple(above)][name] = (*attributes[tuple(above)].get(name, ()), id)
            else:
                elements[*above, last].append(id)
    return {path: tuple(ids) for path, ids in elements.items()}, attributes


def _spread(path: str) -> list[str]:
    if not path.startswith(_NUMBERS):
        return [path]
    rest = path[len(_NUMBERS) :]
    return [each + rest for each in table()[_NUMBERS]]


def paths() -> tuple[tuple[str, ...], ...]:
    """All paths, from the root, that a rule is about, be it for an attribute."""
    elements, attributes = _by_path()
    return (*elements, *attributes)


def at(path: tuple[str, ...]) -> tuple[str, ...]:
    """The rules against an element at that path."""
    return _by_path()[0].get(path, ())


def attributes_at(path: tuple[str, ...]) -> Rules:
    """The rules against attributes of an element at that path; they stand instead of those for its kind."""
    return _by_path()[1].get(path, _NOTHING)


class Kind(NamedTuple):
    """Any element of some name: rules against its attributes, its children, and what is two levels below it."""

    attributes: Rules
    children: Rules
    grandchildren: Mapping[str, Rules]


@cache
def _kinds() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By name, or how a name ends: paths below it to rules."""
    kinds: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for id, _, written in rows():
        if written.startswith((_ANYWHERE, _ENDING)):
            name, _, path = written.removeprefix(_ANYWHERE).partition("/")
            kinds[name][path] = (*kinds[name].get(path, ()), id)
    return kinds


def _is_of(tag: str, name: str) -> bool:
    if not name.startswith(_ENDING):
        return tag == clark(name)
    in_any = name == _PARAMETER
    return tag.endswith(name[1:]) and tag != _TOTAL and (in_any or tag.startswith(_RAM))


@cache
def kind(tag: str) -> Kind:
    """All that is known of elements of that name."""
    attributes: dict[str, tuple[str, ...]] = {}
    children: dict[str, tuple[str, ...]] = {}
    grandchildren: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for name, below in _kinds().items():
        for path, ids in below.items() if _is_of(tag, name) else ():
            first, _, second = path.partition("/")
            if second:
                grandchildren[clark(first)][clark(second)] = ids
            elif first.startswith("@"):
                attributes[first[1:]] = ids
            else:
                children[clark(first)] = ids
    return Kind(attributes, children, grandchildren)
