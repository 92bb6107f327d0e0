"""A Cross Industry Invoice, laid out: bound to the groups that the rules ask for, and what its syntax forbids."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import decimals
from edi_gateway.documents.en16931.cii import unwanted
from edi_gateway.documents.en16931.cii.binding import Binding, places
from edi_gateway.documents.en16931.cii.bounds import ByNames, Check
from edi_gateway.documents.en16931.cii.syntax import checks_at, checks_of_any
from edi_gateway.documents.en16931.cii.unwanted import Kind
from edi_gateway.documents.en16931.forms import Question
from edi_gateway.documents.en16931.outline import Outline
from edi_gateway.documents.en16931.places import INVOICE, Place, Places
from edi_gateway.documents.en16931.plan import Plan
from edi_gateway.documents.en16931.rule import Fired, Judgement
from edi_gateway.documents.en16931.tree import Group, Invoice, Value

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


class Step(NamedTuple):
    """What there is to know of an element by its name and the path to it. `below` knows its children."""

    binding: Binding | None
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
        binding = None
        if path is not None:
            rules = (*rules, *unwanted.at(path))
            attributes = dict(unwanted.attributes_at(path)) or attributes
            checks = (*checks, *checks_at().get(path, ()))
            binding = places().get(path)
        return Step(binding, tag in LISTED, rules, attributes, checks, _Steps(path, tag, self._kind))

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
def _root(tag: str) -> Step:
    return Step(None, False, (), unwanted.attributes_at(()), checks_at().get((), ()), _Steps((), tag))


def _steps(outline: Outline) -> Iterator[Step | None]:
    """What is known of each node."""
    below: Mapping[Any, Step | None] = {outline.tags[0]: _root(outline.tags[0])}
    left, around = 1, list[tuple[Mapping[Any, Step | None], int]]()
    for tag, count in zip(outline.tags, outline.counts, strict=True):
        while not left:
            below, left = around.pop()
        left -= 1
        step = below[tag]
        yield step
        if count and step is not None:
            around.append((below, left))
            below, left = step.below, count


class Layout:
    """How CII is laid out: by names, and by what some of its elements say."""

    def __init__(self, outline: Outline, places: Places) -> None:
        self._outline = outline
        self._places = places
        self._steps = tuple(_steps(outline))
        self.questions: Sequence[Question] = tuple(
            (position, step.binding.test)
            for position, step in enumerate(self._steps)
            if step is not None and step.binding is not None and step.binding.test is not None
        )

    def lay_out(self, answers: Sequence[bool]) -> Invoice:
        return CrossIndustryInvoice(self._outline, self._places.root(INVOICE), self._steps, answers)


def layout(asked: Iterable[Judgement]) -> Callable[[Outline], Layout]:
    """How invoices are laid out of which that is asked."""
    places = Places(Plan(asked, decimals.lists))
    return lambda outline: Layout(outline, places)


class CrossIndustryInvoice(Invoice):
    """As an Invoice, under the names that UBL has for the same. `broken` is what is wrong with the syntax."""

    def __init__(self, outline: Outline, place: Place, steps: Sequence[Step | None], answers: Sequence[bool]) -> None:
        self._steps = steps
        self._answers = iter(answers)
        self._looked_for: list[tuple[str | Check, int]] = []
        super().__init__(outline, place)

    def broken(self) -> Iterator[Fired]:
        """What is wrong with the syntax."""
        for what, position, expected, actual in self.lasting("broken", self._left):
            if isinstance(what, str):
                yield Fired(what, self.nodes[position], expected, actual)
            else:
                yield from what(self.nodes[position])

    def _left(self) -> Sequence[tuple[str | Check, int, str | None, str | None]]:
        """What names alone say is broken, and the checks that have to look further, in the order of the elements."""
        positions = {node: position for position, node in enumerate(self.nodes)}
        left: list[tuple[str | Check, int, str | None, str | None]] = []
        for what, position in self._looked_for:
            if isinstance(what, ByNames):
                fired = what.check(self.nodes[position])
                left += [(each.rule, positions[each.element], each.expected, each.actual) for each in fired]
            else:
                left.append((what, position, None, None))
        return left

    def _collect(self, outline: Outline) -> None:
        groups: tuple[Group, ...] = (self.root,)
        left, around = 1, list[tuple[tuple[Group, ...], int]]()
        for position, (step, count) in enumerate(zip(self._steps, outline.counts, strict=True)):
            while not left:
                groups, left = around.pop()
            left -= 1
            if step is None:
                continue
            self._look(position, step, outline.attributes[position])
            inner = self._put_in(position, step, groups, count, outline.tags[position])
            if count:
                around.append((groups, left))
                groups, left = inner, count

    def _put_in(self, position: int, step: Step, groups: tuple[Group, ...], count: int, tag: str) -> tuple[Group, ...]:
        """Put an element where it belongs; the groups that its children are in."""
        value = None
        if step.is_listed:
            value = self.value(position, count)
            self.values[tag].append(value)
        return groups if step.binding is None else self._bind(step.binding, position, groups, value, count)

    def _look(self, position: int, step: Step, attributes: Sequence[str]) -> None:
        if step.rules:
            self._looked_for += [(rule, position) for rule in step.rules]
        if attributes and step.attributes:
            self._looked_for += [(rule, position) for name in attributes for rule in step.attributes.get(name, ())]
        if step.checks:
            self._looked_for += [(check, position) for check in step.checks]

    def _bind(
        self, binding: Binding, position: int, groups: tuple[Group, ...], value: Value | None, count: int
    ) -> tuple[Group, ...]:
        """The groups that the element's children are in."""
        is_so = binding.test is None or next(self._answers)
        if binding.when is not None and not is_so:
            return groups
        parent = groups[-1 - binding.up]
        made = groups
        for name in binding.groups:
            parent = self._group(position, name, parent)
            made = (*made, parent)
        if binding.value is None:
            return made
        value = value or self.value(position, count)
        self.append(parent, binding.value, value)
        for key in _place(parent, binding.value).lists:
            self.values[key].append(value)
        if binding.beside is not None and is_so:
            scheme = self._group(position, binding.beside.group, parent)
            self.append(scheme, binding.beside.name, binding.beside.value)
        return groups

    def _group(self, position: int, name: str, parent: Group) -> Group:
        group = self.enter(position, _place(parent, name), parent)
        self.append(parent, name, group)
        return group


def _place(group: Group, name: str) -> Place:
    place = group.place.below[name]
    assert place is not None  # it has a name
    return place
