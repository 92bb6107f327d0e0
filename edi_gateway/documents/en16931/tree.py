"""An invoice's tree, walked once: groups of elements by name, with what the rules ask for at hand.

Names have the usual prefixes, whatever the sender's are: `cac:` for groups, `cbc:` for values; a name of another
namespace is written in full.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

from lxml import etree

from edi_gateway.documents.en16931 import unwanted_paths
from edi_gateway.documents.en16931.unwanted_paths import Unwanted

Found = TypeVar("Found")

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_PREFIXES: Final = {
    f"{_UBL}CommonAggregateComponents-2": "cac",
    f"{_UBL}CommonBasicComponents-2": "cbc",
    f"{_UBL}CommonExtensionComponents-2": "ext",
    f"{_UBL}Invoice-2": "ubl",
    f"{_UBL}CreditNote-2": "cn",
}
INVOICE: Final = "ubl:Invoice"
CREDIT_NOTE: Final = "cn:CreditNote"
LINES: Final = ("cac:InvoiceLine", "cac:CreditNoteLine")

_LISTED: Final = frozenset(
    "cbc:" + local
    for local in [
        "InvoiceTypeCode",
        "CreditNoteTypeCode",
        "DocumentCurrencyCode",
        "TaxCurrencyCode",
        "TaxExemptionReasonCode",
        "EndpointID",
        "InvoicedQuantity",
        "CreditedQuantity",
        "BaseQuantity",
        "IdentificationCode",
        "PaymentID",
        "PaymentMeansCode",
    ]
)
"""Values that some rule asks for wherever they stand."""
_AMOUNT: Final = "Amount"
_BINARY: Final = "BinaryObject"
_USUAL: Final = frozenset(("currencyID", "unitCode"))
"""Attributes that are judged where their element is, and usually stand alone."""
_MAX_NAMES: Final = 5000
"""Names remembered of a path; UBL 2.1 has some 2,900, and a sender may invent others."""

_TEXT: Final = etree.XPath("string()")
_WHITE_SPACE: Final = str.maketrans("\t\r\n", "   ")
BLANKS: Final = " \t\r\n"


class Step(NamedTuple):
    """What there is to know of an element by its name and the path to it. `below` knows its children."""

    text: str
    is_value: bool
    is_collected: bool
    path: Unwanted | None
    below: "_Steps"


class _Steps(dict[Any, Step | None]):
    """Children of a path by Clark name; None for what isn't an element. Filled as invoices ask."""

    def __init__(self, unwanted: Mapping[str, Unwanted]) -> None:
        super().__init__()
        self._unwanted = unwanted

    def __missing__(self, tag: Any) -> Step | None:
        step = self._step(tag) if isinstance(tag, str) else None
        if len(self) < _MAX_NAMES:
            self[tag] = step
        return step

    def _step(self, tag: str) -> Step | None:
        if self is not _ANYWHERE and _text(tag) not in self._unwanted:
            return _ANYWHERE[tag]
        text = _text(tag)
        path = self._unwanted.get(text)
        is_collected = text in _LISTED or text.endswith((_AMOUNT, _BINARY))
        below = _Steps(path.below) if path is not None and path.below else _ANYWHERE
        return Step(text, text.startswith("cbc:"), is_collected, path, below)


def _text(tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    prefix = _PREFIXES.get(namespace[1:])
    return f"{prefix}:{local}" if prefix else tag


_ANYWHERE: Final = _Steps({})
"""Where no path to something unwanted leads on."""


@cache
def _root() -> _Steps:
    return _Steps(unwanted_paths.tree())


class Group:
    """An element that holds others: its values and groups by name, each in document order."""

    __slots__ = ("element", "groups", "invoice", "name", "parent", "values")

    def __init__(self, element: etree._Element, name: str, parent: "Group | None", invoice: "Invoice") -> None:
        self.invoice = invoice
        self.element = element
        self.name = name
        self.parent = parent
        # One dict under two names: what begins with `cbc:` is a value, all else is a group.
        children: dict[str, list[Any]] = {}
        self.values: dict[str, list[etree._Element]] = children
        self.groups: dict[str, list[Group]] = children

    def first(self, name: str) -> etree._Element | None:
        """The first value of that name."""
        found = self.values.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str | None:
        """The text of the first value of that name."""
        found = self.values.get(name)
        return text_of(found[0]) if found else None

    def texts(self, name: str) -> list[str]:
        """The texts of all values of that name."""
        return [text_of(each) for each in self.values.get(name, ())]

    def below(self, *steps: str) -> Sequence["Group"]:
        """The groups at the end of a path."""
        found: Sequence[Group] = self.follow(steps)
        return found

    def follow(self, steps: Sequence[str]) -> Sequence[Any]:
        """What is at the end of a path: groups, or elements where the last step is a value's name."""
        found = self.groups.get(steps[0])
        for step in steps[1:]:
            if found is None:
                return ()
            if len(found) == 1:
                found = found[0].groups.get(step)
            else:
                found = [child for each in found for child in each.groups.get(step, ())]
        return found or ()


class Invoice:
    """All that was collected from one tree, in document order."""

    def __init__(self, element: etree._Element, name: str | None = None) -> None:
        self.root = Group(element, name or _text(str(element.tag)), None, self)
        self.is_judged = self.root.name in (INVOICE, CREDIT_NOTE)
        """Whether the root is one that rules about whole documents apply to."""
        self.groups: dict[str, list[Group]] = defaultdict(list)
        self.values: dict[str, list[etree._Element]] = defaultdict(list)
        self.amounts: list[tuple[etree._Element, str, Group]] = []
        self.binaries: list[etree._Element] = []
        self.attributed: list[tuple[etree._Element, str, Group, Unwanted | None]] = []
        self.unwanted: list[tuple[str, etree._Element]] = []
        self._remembered: dict[tuple[str, int], Any] = {}
        self._begin()

    def _begin(self) -> None:
        if self.root.element.keys():
            self.attributed.append((self.root.element, self.root.name, self.root, None))
        self._walk(self.root, _root() if self.is_judged else _ANYWHERE)

    def once(self, key: str, group: Group, compute: Callable[[], Found]) -> Found:
        """What was computed for that group before, or now: however often a sender repeats what asks for it."""
        place = (key, id(group))
        if place not in self._remembered:
            self._remembered[place] = compute()
        found: Found = self._remembered[place]
        return found

    def release(self) -> None:
        """Take the collection apart: so that all is freed at once, and not when somebody looks for cycles.

        Nothing can be asked of it afterwards.
        """
        for groups in self.groups.values():
            for group in groups:
                del group.parent, group.invoice

    def everywhere(self, name: str, *steps: str) -> Iterator[Group]:
        """The groups at the end of a path that may begin anywhere."""
        for group in self.groups.get(name, ()):
            yield from group.below(*steps) if steps else (group,)

    # A call for each element would take a third of the time.
    def _walk(self, group: Group, steps: _Steps) -> None:
        """Collect what is in `group`. Recursion goes as deep as the tree, which the parser limits."""
        self.groups[group.name].append(group)
        children: dict[str, list[Any]] = group.groups
        for element in group.element:
            step = steps[element.tag]
            if step is None:
                continue
            text, is_value, is_collected, path, below = step
            if path is not None and path.rule:
                self.unwanted.append((path.rule, element))
            keys = element.keys()
            if keys and (len(keys) > 1 or keys[0] not in _USUAL):
                self.attributed.append((element, text, group, path))
            child: etree._Element | Group = element
            if not is_value:
                child = Group(element, text, group, self)
                self._walk(child, below)
            elif len(element):  # no schema lets a value hold elements, but rules about anything anywhere see them
                self._walk(Group(element, text, group, self), below)
            if text in children:
                children[text].append(child)
            else:
                children[text] = [child]
            if is_collected:
                self._collect(element, text, group)

    def _collect(self, element: etree._Element, name: str, group: Group) -> None:
        if name in _LISTED:
            self.values[name].append(element)
        elif name.endswith(_AMOUNT):
            self.amounts.append((element, name, group))
        else:
            self.binaries.append(element)


def text_of(element: etree._Element) -> str:
    """An element's string value (XPath 1.0 §5.2)."""
    if len(element):
        return str(_TEXT(element))
    return element.text or ""


def code_of(text: str | None) -> str:
    """A code without blanks around it. One with blanks inside is no code, and stays as it is."""
    return text.strip(BLANKS) if text else ""


def normalized(text: str | None) -> str:
    """The text as XPath's normalize-space has it."""
    return " ".join(filter(None, text.translate(_WHITE_SPACE).split(" "))) if text else ""
