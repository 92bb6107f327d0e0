"""A Cross Industry Invoice, laid out: bound to the groups that the rules ask for, and what its syntax forbids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from edi_gateway.documents.cii_names import clark
from edi_gateway.documents.en16931 import composition, decimals
from edi_gateway.documents.en16931.cii import unwanted
from edi_gateway.documents.en16931.cii.binding import Binding, places
from edi_gateway.documents.en16931.cii.bounds import ByNames, Check
from edi_gateway.documents.en16931.cii.syntax import checks_at, checks_of_any
from edi_gateway.documents.en16931.cii.unwanted import Kind
from edi_gateway.documents.en16931.forms import Forms, Question
from edi_gateway.documents.en16931.outline import Outline
from edi_gateway.documents.en16931.places import INVOICE, Place, Places
from edi_gateway.documents.en16931.plan import Plan
from edi_gateway.documents.en16931.rule import Fired, Judgement
from edi_gateway.documents.en16931.tree import Group, Invoice, Part, Piece
from edi_gateway.documents.en16931.values import Value

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
_TRANSACTION: Final = clark("rsm:SupplyChainTradeTransaction")
"""Its children are parts; it holds all but the document's own data."""
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


def _around(names: Sequence[Any]) -> Mapping[Any, Step | None]:
    """The steps below a path of names from the root on."""
    below = _root(names[0]).below
    for name in names[1:]:
        step = below[name]
        assert step is not None  # it has a name
        below = step.below
    return below


def _steps(outline: Outline) -> Iterator[Step | None]:
    """What is known of each node."""
    tag = outline.tags[0]
    below: Mapping[Any, Step | None] = _around(outline.around) if outline.around else {tag: _root(tag)}
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


class _Layout:
    """How CII is laid out: by names, and by what some of its elements say."""

    def __init__(self, outline: Outline, places: Places) -> None:
        self._outline: Final = outline
        self._place: Final = places.root(INVOICE)
        self._steps: Final = tuple(_steps(outline))
        self.questions: Sequence[Question] = tuple(
            (position, step.binding.test)
            for position, step in enumerate(self._steps)
            if step is not None and step.binding is not None and step.binding.test is not None
        )

    def collect(self, piece: Piece, group: Group, answers: Sequence[bool]) -> None:
        """Put everything where it belongs, in that group."""
        known = _Collecting(piece, iter(answers))
        groups: tuple[Group, ...] = (group,)
        left, around = 1, list[tuple[tuple[Group, ...], int]]()
        nodes = zip(self._steps, *self._outline[:3], strict=True)
        for position, (step, tag, count, attributes) in enumerate(nodes):
            while not left:
                groups, left = around.pop()
            left -= 1
            if step is None:
                continue
            known.look(position, step, attributes)
            inner = known.put_in(position, step, groups, count, tag)
            if count:
                around.append((groups, left))
                groups, left = inner, count


class Frame(_Layout):
    """The root, the transaction, and what else is in no part."""

    def lay_out(self, answers: Sequence[bool]) -> Invoice:
        invoice = Invoice(self._place)
        self.collect(invoice, invoice.root, answers)
        return invoice


class OfPart(_Layout):
    """A line, the header of an agreement, a delivery or a settlement, or what is beside the transaction."""

    def lay_out(self, answers: Sequence[bool]) -> Part:
        part = Part(self._place)
        self.collect(part, part.around, answers)
        return part


def forms(asked: Iterable[Judgement]) -> Forms[Invoice]:
    """The forms of invoices of which that is asked, under the names that UBL has for the same."""
    places = Places(Plan(asked, decimals.lists))
    return composition.forms(
        lambda outline: Frame(outline, places), lambda outline: OfPart(outline, places), (_TRANSACTION,)
    )


def broken(invoice: Invoice) -> Iterator[Fired]:
    """What is wrong with the syntax."""
    for piece in invoice.pieces:
        for what, position, expected, actual in piece.lasting("broken", partial(_left, piece)):
            if isinstance(what, str):
                yield Fired(what, piece.nodes[position], expected, actual)
            else:
                yield from what(piece.nodes[position])


def _left(piece: Piece) -> Sequence[tuple[str | Check, int, str | None, str | None]]:
    """What names alone say is broken, and the checks that have to look further, in the order of the elements."""
    positions = {node: position for position, node in enumerate(piece.nodes)}
    left: list[tuple[str | Check, int, str | None, str | None]] = []
    for what, position in piece.against:
        # Of the frame, others would be asked what is in the parts.
        if isinstance(what, ByNames) and isinstance(piece, Part):
            fired = what.check(piece.nodes[position])
            left += [(each.rule, positions[each.element], each.expected, each.actual) for each in fired]
        else:
            left.append((what, position, None, None))
    return left


class _Collecting:
    """What is put together of an invoice or a part, and what is left of the answers."""

    def __init__(self, piece: Piece, answers: Iterator[bool]) -> None:
        self._piece: Final = piece
        self._answers: Final = answers

    def look(self, position: int, step: Step, attributes: Sequence[str]) -> None:
        against = self._piece.against
        if step.rules:
            against += [(rule, position) for rule in step.rules]
        if attributes and step.attributes:
            against += [(rule, position) for name in attributes for rule in step.attributes.get(name, ())]
        if step.checks:
            against += [(check, position) for check in step.checks]

    def put_in(self, position: int, step: Step, groups: tuple[Group, ...], count: int, tag: str) -> tuple[Group, ...]:
        """Put an element where it belongs; the groups that its children are in."""
        value = None
        if step.is_listed:
            value = self._piece.value(position, count)
            self._piece.values[tag].append(value)
        return groups if step.binding is None else self._bind(step.binding, position, groups, value, count)

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
        value = value or self._piece.value(position, count)
        self._piece.append(parent, binding.value, value)
        for key in _place(parent, binding.value).lists:
            self._piece.values[key].append(value)
        if binding.beside is not None and is_so:
            scheme = self._group(position, binding.beside.group, parent)
            self._piece.append(scheme, binding.beside.name, binding.beside.value)
        return groups

    def _group(self, position: int, name: str, parent: Group) -> Group:
        group = self._piece.enter(position, _place(parent, name), parent)
        self._piece.append(parent, name, group)
        return group


def _place(group: Group, name: str) -> Place:
    place = group.place.below[name]
    assert place is not None  # it has a name
    return place
