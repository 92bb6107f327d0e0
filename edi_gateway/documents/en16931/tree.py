"""An invoice, laid out: groups of elements by name, with what the rules ask for at hand, to be filled with a tree.

Its parts are laid out each on its own, so that a line, a party or a breakdown is known wherever it comes again.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Final, TypeVar

from lxml import etree

from edi_gateway.documents.en16931.forms import Form, give_back
from edi_gateway.documents.en16931.places import CREDIT_NOTE, INVOICE, Place
from edi_gateway.documents.en16931.values import Value, string_value

Found = TypeVar("Found")
_FIRST: Final = "[1]"


class Group(dict[str, list[Any]]):
    """An element that holds others: its values (`cbc:`) and groups by name, each in document order."""

    __slots__ = ("element", "followed", "parent", "place", "within")

    element: etree._Element
    place: Place
    parent: "Group | None"
    followed: dict[tuple[str, ...], Sequence[Any]] | None
    """What was found at the ends of paths, where that is remembered."""
    within: "Invoice"

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def invoice(self) -> "Invoice":
        """What the group is in; only the outermost one knows it."""
        group = self
        while group.parent is not None:
            group = group.parent
        return group.within

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
        known = self.followed
        if known is None:
            return self._follow(steps)
        if steps not in known:
            known[steps] = self._follow(steps)
        return known[steps]

    def firsts(self, name: str, value: str) -> Sequence[Value]:
        """The first value, where there is one, of each group of that name."""
        known = self.followed
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


class Piece(Form):
    """What was collected from some elements, in document order.

    `values` has the lists that places name; `repeated` the names that stand twice in any group; `against` what there is
    against elements that are there, or their attributes. Positions count from the piece's first node on.
    """

    def __init__(self) -> None:
        self.groups: dict[str, list[Group]] = defaultdict(list)
        self.values: dict[Hashable, list[Value]] = defaultdict(list)
        self.repeated: set[str] = set()
        self.against: list[tuple[Any, int]] = []
        self.nodes: Sequence[etree._Element] = ()
        """Where there is something against one of them."""
        self.is_first: bool = True
        """Whether this is the first document that fills the form."""
        self.entered: list[Group] = []
        self.entered_at: list[int] = []
        self.said: list[Value] = []
        self.said_at: list[int] = []
        self.mixed: list[Value] = []
        """Values that hold nodes; no schema lets them hold any."""
        self._lasting: dict[Hashable, Any] = {}

    def settle(self) -> None:
        if self.is_first:
            self.is_first = False
            for group in self.entered:
                group.followed = {}  # worth it when the form is used again

    def lasting(self, key: Hashable, compute: Callable[[], Found]) -> Found:
        """What was computed of names alone, once for all documents with that outline."""
        if key not in self._lasting:
            self._lasting[key] = compute()
        found: Found = self._lasting[key]
        return found

    def enter(self, position: int, place: Place, parent: Group | None) -> Group:
        """A new group, which its parent doesn't know yet, for the element at that position."""
        group = Group()
        group.place = place
        group.parent = parent
        group.followed = None
        self.groups[place.name].append(group)
        self.entered.append(group)
        self.entered_at.append(position)
        return group

    def value(self, position: int, count: int) -> Value:
        """A new value, likewise, that holds as many nodes."""
        value = Value()
        self.said.append(value)
        self.said_at.append(position)
        if count:
            self.mixed.append(value)
        return value

    def append(self, group: Group, name: str, child: Value | Group) -> None:
        """Make something known to the group that it is in."""
        if name in group:
            group[name].append(child)
            self.repeated.add(name)
        else:
            group[name] = [child]


class Part(Piece):
    """What an element that stands directly in the invoice holds. `around` stands for the invoice, until the part is put
    into one."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.around: Final = Group()
        self.around.place = place
        self.around.parent = None

    def release(self) -> None:
        for group in self.entered:
            group.parent = None


class _Slots:
    """Groups and values, and where in a tree the nodes are that fill them."""

    def __init__(self) -> None:
        self._groups: list[Group] = []
        self._groups_at: list[int] = []
        self._values: list[Value] = []
        self._values_at: list[int] = []
        self._mixed: list[Value] = []

    def add(self, piece: Piece, nodes: Sequence[int]) -> None:
        """`nodes` are where the piece's own are in the tree."""
        self._groups += piece.entered
        self._groups_at += [nodes[each] for each in piece.entered_at]
        self._values += piece.said
        self._values_at += [nodes[each] for each in piece.said_at]
        self._mixed += piece.mixed

    def sort(self, lists: Sequence[list[Any]]) -> None:
        """Put groups or values in document order."""
        where = zip((*self._groups, *self._values), (*self._groups_at, *self._values_at), strict=True)
        positions = {id(each): position for each, position in where}
        for each in lists:
            each.sort(key=lambda one: positions[id(one)])

    def fill(self, nodes: Sequence[etree._Element]) -> None:
        for group, position in zip(self._groups, self._groups_at, strict=True):
            group.element = nodes[position]
        for value, position in zip(self._values, self._values_at, strict=True):
            element = nodes[position]
            value.element = element
            value.text = element.text or ""
        for value in self._mixed:
            value.text = string_value(value.element)

    def empty(self) -> None:
        for group in self._groups:
            del group.element
        for value in self._values:
            del value.element, value.text


class Invoice(Piece):
    """A whole invoice: what is in none of its parts, and its parts; it has all of their groups, values and names."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.is_judged: Final = place.name in (INVOICE, CREDIT_NOTE)
        """Whether the root is one that rules about whole documents apply to."""
        self.pieces: Final[list[Piece]] = [self]
        self.root: Final = self.enter(0, place, None)
        self.root.within = self
        self._own: Sequence[int] = ()
        self._parts: list[tuple[Part, slice]] = []
        self._slots: Final = _Slots()
        self._remembered: dict[tuple[str, int], Any] = {}

    def put_together(self, own: Sequence[int], parts: list[tuple[Part, slice]]) -> None:
        """Take in all parts, each with its span in the outline; `own` are the positions of what is in none of them."""
        self._own, self._parts = own, parts
        self._slots.add(self, own)
        lists: list[list[Any]] = [*self.values.values(), *self.groups.values(), *self.root.values()]
        before = [*map(len, lists)]
        for part, span in parts:
            self._slots.add(part, range(span.start, span.stop))
            self._take_in(part)
        # Hardly ever: nothing that rules look for anywhere stands in the root itself and in one of its parts.
        if mixed := [each for each, count in zip(lists, before, strict=True) if len(each) > count]:
            self._slots.sort(mixed)

    def _take_in(self, part: Part) -> None:
        self.pieces.append(part)
        for name, children in part.around.items():
            for child in children:
                self.append(self.root, name, child)
                if isinstance(child, Group):
                    child.parent = self.root
        for name, groups in part.groups.items():
            self.groups[name] += groups
        for key, values in part.values.items():
            self.values[key] += values
        self.repeated |= part.repeated

    def fill(self, nodes: Sequence[etree._Element]) -> None:
        """Take the nodes of a tree with that outline."""
        self._slots.fill(nodes)
        if self.against:
            self.nodes = [nodes[each] for each in self._own]
        for part, span in self._parts:
            if part.against:
                part.nodes = nodes[span]

    def empty(self) -> None:
        """Let go of them, and of all that they said."""
        self._slots.empty()
        self._remembered.clear()
        for piece in self.pieces:
            piece.nodes = ()

    def settle(self) -> None:
        super().settle()
        for part, _ in self._parts:
            part.settle()

    def release(self) -> None:
        del self.root.within
        self.pieces.clear()
        for group in self.entered:
            group.parent = None
        for part, _ in self._parts:
            for children in part.around.values():
                for child in children:
                    if isinstance(child, Group):
                        child.parent = None
            give_back(part)

    def once(self, key: str, group: Group, compute: Callable[[], Found]) -> Found:
        """What was computed for that group before, or now: however often a sender repeats what asks for it."""
        place = (key, id(group))
        if place not in self._remembered:
            self._remembered[place] = compute()
        found: Found = self._remembered[place]
        return found

    def everywhere(self, name: str, *steps: str) -> Iterator[Group]:
        """The groups at the end of a path that may begin anywhere."""
        for group in self.groups.get(name, ()):
            yield from group.below(*steps) if steps else (group,)
