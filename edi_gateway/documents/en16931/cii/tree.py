"""A Cross Industry Invoice, walked once: bound to the groups that the rules ask for, and what its syntax forbids."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from lxml import etree

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931.cii import unwanted
from edi_gateway.documents.en16931.cii.binding import Place, places
from edi_gateway.documents.en16931.cii.bounds import Check
from edi_gateway.documents.en16931.cii.syntax import checks_at, checks_of_any
from edi_gateway.documents.en16931.cii.unwanted import Kind
from edi_gateway.documents.en16931.rule import Fired
from edi_gateway.documents.en16931.tree import INVOICE, Group, Invoice

LISTED: Final = frozenset(
    clark(f"ram:{local}")
    for local in [
        *("TypeCode", "TaxTotalAmount", "InvoiceCurrencyCode", "TaxCurrencyCode", "DueDateTypeCode", "TaxPointDate"),
        *("ReferenceTypeCode", "SubjectCode", "GlobalID", "ID", "ClassCode", "CountryID", "CategoryCode", "ReasonCode"),
        *("ExemptionReasonCode", "BasisQuantity", "BilledQuantity", "AttachmentBinaryObject", "URIID"),
        *("CategoryTradeTax", "ApplicableTradeTax", "Information", "PaymentReference"),
    ]
)
"""Elements that some rule asks for wherever they stand: `Invoice.values` has them by their Clark names."""
_MAX_NAMES: Final = 5000
"""Names remembered of a path; a sender may invent others."""
_AMOUNT: Final = "Amount"


class Step(NamedTuple):
    """What there is to know of an element by its name and the path to it. `below` knows its children."""

    place: Place | None
    is_listed: bool
    rules: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    checks: tuple[Check, ...]
    below: "_Steps"


class _Steps(dict[Any, Step | None]):
    """Children of a path by Clark name; None for what isn't an element. Filled as invoices ask."""

    def __init__(self, path: tuple[str, ...] | None, parent: str, around: Kind | None = None) -> None:
        super().__init__()
        self._path = path
        self._kind = unwanted.kind(parent)
        self._grandchildren = around.grandchildren.get(parent, {}) if around else {}

    def __missing__(self, tag: Any) -> Step | None:
        step = self._step(tag) if isinstance(tag, str) else None
        if len(self) < _MAX_NAMES:
            self[tag] = step
        return step

    def _step(self, tag: str) -> Step:
        path = None if self._path is None else (*self._path, tag)
        if path is not None and path not in _known():
            path = None
        rules = (*self._kind.children.get(tag, ()), *self._grandchildren.get(tag, ()))
        attributes = dict(self._of_grandchildren(tag)) | dict(unwanted.kind(tag).attributes)
        checks = checks_of_any(tag)
        place = None
        if path is not None:
            rules = (*rules, *unwanted.at(path))
            attributes = dict(unwanted.attributes_at(path)) or attributes
            checks = (*checks, *checks_at().get(path, ()))
            place = places().get(path)
        return Step(place, tag in LISTED, rules, attributes, checks, _Steps(path, tag, self._kind))

    def _of_grandchildren(self, tag: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name, ids in self._kind.grandchildren.get(tag, {}).items():
            if name.startswith("@"):
                yield name[1:], ids


@cache
def _known() -> frozenset[tuple[str, ...]]:
    """All paths that something is known of, and those on the way to them."""
    ends = (*places(), *checks_at(), *unwanted.paths())
    return frozenset(end[:length] for end in ends for length in range(1, len(end) + 1))


@cache
def _root(tag: str) -> _Steps:
    return _Steps((), tag)


class CrossIndustryInvoice(Invoice):
    """As an Invoice, under the names that UBL has for the same. `broken` is what is wrong with the syntax."""

    broken: list[Fired]

    def __init__(self, element: etree._Element) -> None:
        self.broken = []
        super().__init__(element, INVOICE)

    def _begin(self) -> None:
        self.groups[INVOICE].append(self.root)
        root = self.root.element
        self._judge_attributes(root, unwanted.attributes_at(()))
        for check in checks_at().get((), ()):
            self.broken += check(root)
        self._bind_below(root, (self.root,), _root(str(root.tag)))

    def _bind_below(self, parent: etree._Element, groups: tuple[Group, ...], steps: _Steps) -> None:
        """Recursion goes as deep as the tree, which the parser limits."""
        for element in parent:
            step = steps[element.tag]
            if step is None:
                continue
            place, is_listed, rules, attributes, checks, below = step
            for rule in rules:
                self.broken.append(Fired(rule, element))
            if attributes:
                self._judge_attributes(element, attributes)
            if is_listed:
                self.values[str(element.tag)].append(element)
            for check in checks:
                self.broken += check(element)
            inner = groups if place is None else self._bind(place, element, groups)
            if len(element):
                self._bind_below(element, inner, below)

    def _judge_attributes(self, element: etree._Element, attributes: Mapping[str, tuple[str, ...]]) -> None:
        for name in map(str, element.keys()):
            for rule in attributes.get(name, ()):
                self.broken.append(Fired(rule, element))

    def _bind(self, place: Place, element: etree._Element, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        """The groups that the element's children are in."""
        if place.when is not None and not place.when(element):
            return groups
        parent = groups[-1 - place.up]
        made = groups
        for name in place.groups:
            parent = self._group(element, name, parent)
            made = (*made, parent)
        if place.value is None:
            return made
        _append(parent, place.value, element)
        if place.value.endswith(_AMOUNT):
            self.amounts.append((element, place.value, parent))
        if place.beside is not None and place.beside.when(element):
            scheme = self._group(element, place.beside.group, parent)
            _append(scheme, place.beside.name, place.beside.value)
        return groups

    def _group(self, element: etree._Element, name: str, parent: Group) -> Group:
        group = Group(element, name, parent, self)
        _append(parent, name, group)
        self.groups[name].append(group)
        return group


def _append(parent: Group, name: str, child: Any) -> None:
    children: dict[str, list[Any]] = parent.groups
    if name in children:
        children[name].append(child)
    else:
        children[name] = [child]
