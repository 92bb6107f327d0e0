"""An invoice, laid out: groups of elements by name, with what the rules ask for at hand, to be filled with a tree."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from lxml import etree

from edi_gateway.documents.en16931.outline import Outline
from edi_gateway.documents.en16931.places import CREDIT_NOTE, INVOICE, Place

Found = TypeVar("Found")

_TEXT: Final = etree.XPath("string()")
_WHITE_SPACE: Final = str.maketrans("\t\r\n", "   ")
_FIRST: Final = "[1]"
BLANKS: Final = " \t\r\n"


class Value:
    """An element that says something: `text` is its string value (XPath 1.0 §5.2)."""

    __slots__ = ("element", "text")

    element: etree._Element
    text: str

    def get(self, attribute: str) -> str | None:
        """What the attribute of that name says."""
        return self.element.get(attribute)


class Group(dict[str, list[Any]]):
    """An element that holds others: its values (`cbc:`) and groups by name, each in document order."""

    __slots__ = ("_followed", "_invoice", "element", "parent", "place", "position")

    element: etree._Element
    place: Place
    parent: "Group | None"
    position: int
    _invoice: "Invoice"
    _followed: dict[tuple[str, ...], Sequence[Any]] | None

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def invoice(self) -> "Invoice":
        """What the group is in; only the outermost one knows it."""
        group = self
        while group.parent is not None:
            group = group.parent
        return group._invoice

    def first(self, name: str) -> Value | None:
        """The first value of that name."""
        found = self.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str | None:
        """The text of the first value of that name."""
        found = self.get(name)
        return found[0].text if found else None

    def texts(self, name: str) -> list[str]:
        """The texts of all values of that name."""
        return [each.text for each in self[name]] if name in self else []

    def below(self, *steps: str) -> Sequence["Group"]:
        """The groups at the end of a path."""
        found: Sequence[Group] = self.follow(steps)
        return found

    def follow(self, steps: tuple[str, ...]) -> Sequence[Any]:
        """What is at the end of a path: groups, or values where the last step is a value's name."""
        known = self._followed
        if known is None:
            return self._follow(steps)
        if steps not in known:
            known[steps] = self._follow(steps)
        return known[steps]

    def firsts(self, name: str, value: str) -> Sequence[Value]:
        """The first value, where there is one, of each group of that name."""
        known = self._followed
        if known is None:
            return [each[value][0] for each in self.get(name, ()) if value in each]
        key = (name, value, _FIRST)
        if key not in known:
            known[key] = [each[value][0] for each in self.get(name, ()) if value in each]
        return known[key]

    def _follow(self, steps: Sequence[str]) -> Sequence[Any]:
        found: Sequence[Any] = self.get(steps[0], ())
        for step in steps[1:]:
            if len(found) == 1:
                found = found[0].get(step, ())
            elif found:
                found = [child for each in found for child in each.get(step, ())]
        return found


class Invoice:
    """What trees with one outline hold, in document order: laid out once, and then filled with one after the other.

    `values` has the lists that places name; `repeated` the names that stand twice in any group; `against` what rules
    there are against elements that are there, or their attributes: rule and place in the outline.
    """

    def __init__(self, outline: Outline, place: Place) -> None:
        self.is_judged = place.name in (INVOICE, CREDIT_NOTE)
        """Whether the root is one that rules about whole documents apply to."""
        self.groups: dict[str, list[Group]] = defaultdict(list)
        self.values: dict[Hashable, list[Value]] = defaultdict(list)
        self.repeated: set[str] = set()
        self.against: list[tuple[str, int]] = []
        self.nodes: Sequence[etree._Element] = ()
        self._groups: list[Group] = []
        self._values: list[Value] = []
        self._value_positions: list[int] = []
        self._mixed: list[Value] = []
        self.is_first = True
        """Whether this is the first document that fills the form."""
        self._remembered: dict[tuple[str, int], Any] = {}
        self._lasting: dict[Hashable, Any] = {}
        self.root = self.enter(0, place, None)
        self.root._invoice = self
        self._collect(outline)

    def fill(self, nodes: Sequence[etree._Element]) -> None:
        """Take the nodes of a tree with that outline."""
        self.nodes = nodes
        for group in self._groups:
            group.element = nodes[group.position]
        for value, position in zip(self._values, self._value_positions, strict=True):
            element = nodes[position]
            value.element = element
            value.text = element.text or ""
        for value in self._mixed:
            value.text = str(_TEXT(value.element))

    def empty(self) -> None:
        """Let go of the tree, and of all that it said."""
        self.nodes = ()
        if self.is_first:
            self.is_first = False
            for group in self._groups:
                group._followed = {}  # worth it when the form is used again
        self._remembered.clear()
        for group in self._groups:
            del group.element
        for value in self._values:
            del value.element, value.text

    def release(self) -> None:
        """Take the form apart: so that all is freed at once, and not when somebody looks for cycles.

        Nothing can be asked of it afterwards.
        """
        del self.root._invoice
        for group in self._groups:
            del group.parent

    def once(self, key: str, group: Group, compute: Callable[[], Found]) -> Found:
        """What was computed for that group before, or now: however often a sender repeats what asks for it."""
        place = (key, id(group))
        if place not in self._remembered:
            self._remembered[place] = compute()
        found: Found = self._remembered[place]
        return found

    def lasting(self, key: Hashable, compute: Callable[[], Found]) -> Found:
        """What was computed of names alone, once for all documents with that outline."""
        if key not in self._lasting:
            self._lasting[key] = compute()
        found: Found = self._lasting[key]
        return found

    def everywhere(self, name: str, *steps: str) -> Iterator[Group]:
        """The groups at the end of a path that may begin anywhere."""
        for group in self.groups.get(name, ()):
            yield from group.below(*steps) if steps else (group,)

    def enter(self, position: int, place: Place, parent: Group | None) -> Group:
        """A new group, which its parent doesn't know yet, for the element at that position of the outline."""
        group = Group()
        group.place = place
        group.parent = parent
        group.position = position
        group._followed = None
        self.groups[place.name].append(group)
        self._groups.append(group)
        return group

    def value(self, position: int, count: int) -> Value:
        """A new value, likewise. It holds as many nodes; no schema lets it hold any."""
        value = Value()
        self._values.append(value)
        self._value_positions.append(position)
        if count:
            self._mixed.append(value)
        return value

    def _collect(self, outline: Outline) -> None:
        """`left` counts the nodes in `group` that are still to come."""
        self._look_for_unwanted(0, self.root.place, outline.attributes[0])
        group, left = self.root, outline.counts[0]
        around: list[tuple[Group, int]] = []
        for position, (tag, count, attributes) in enumerate(islice(zip(*outline, strict=True), 1, None), 1):
            while not left:
                group, left = around.pop()
            left -= 1
            place = group.place.below[tag]
            if place is None:
                continue
            if place.unwanted or not place.admits(attributes):
                self._look_for_unwanted(position, place, attributes)
            child: Value | Group
            if place.is_value:
                child = self._listed(position, place, count)
                inner = self.enter(position, place, group) if count else None
            else:
                child = inner = self.enter(position, place, group)
                if place.lists:
                    self._listed(position, place, count)
            self.append(group, place.name, child)
            if count and inner is not None:
                around.append((group, left))
                group, left = inner, count

    def _listed(self, position: int, place: Place, count: int) -> Value:
        value = self.value(position, count)
        for key in place.lists:
            self.values[key].append(value)
        return value

    def append(self, group: Group, name: str, child: Value | Group) -> None:
        """Make something known to the group that it is in."""
        if name in group:
            group[name].append(child)
            self.repeated.add(name)
        else:
            group[name] = [child]

    def _look_for_unwanted(self, position: int, place: Place, attributes: Sequence[str]) -> None:
        rules = (*place.unwanted, *(rule for name in attributes for rule in place.against(name)))
        self.against += [(rule, position) for rule in rules]


def text_of(each: Value | etree._Element) -> str:
    """A string value (XPath 1.0 §5.2)."""
    if isinstance(each, Value):
        return each.text
    return str(_TEXT(each)) if len(each) else each.text or ""


def code_of(text: str | None) -> str:
    """A code without blanks around it. One with blanks inside is no code, and stays as it is."""
    return text.strip(BLANKS) if text else ""


def normalized(text: str | None) -> str:
    """The text as XPath's normalize-space has it."""
    return " ".join(filter(None, text.translate(_WHITE_SPACE).split(" "))) if text else ""
