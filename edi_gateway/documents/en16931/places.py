"""Places in an invoice: a name, the names around it, and what is asked there. Looked up once in a process.

Names have the usual prefixes, whatever the sender's are: `cac:` for groups, `cbc:` for values; a name of another
namespace is written in full.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, NamedTuple, Protocol

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
AMOUNTS: Final = "amounts"
PRICES: Final = "prices"
BINARIES: Final = "binaries"
"""Three of the lists that what stands at a place is put in."""
MAX_PLACES: Final = 20_000
"""Places remembered. Invoices use some hundreds; a sender may invent others, and then all are learnt anew."""
_LONG: Final = 200
"""Characters of a name that count as a place."""
_MAX_DEPTH: Final = 16
"""Names on a path that a rule may speak of."""

Rules = tuple[str, ...]
"""Ids of rules."""
Where = Callable[[Any], bool]
Questions = Sequence[tuple[str, Callable[[Any], Sequence[Any]]]]
"""Rules with their checks."""


class Section(NamedTuple):
    """What is asked of groups at a place: `all`, or, where nothing of `once` stands twice anywhere, `others`. `where`
    says which groups are meant, if not all."""

    where: Where | None
    once: frozenset[str]
    all: Questions
    others: Questions


class Asked(Protocol):
    """What the rules ask, place by place."""

    def sections(self, place: "Place") -> Sequence[Section]:
        """Of the groups there."""

    def lists(self, place: "Place") -> Sequence[Hashable]:
        """The lists that what stands there is put in."""

    def unwanted(self, place: "Place") -> Rules:
        """The rules against anything there."""

    def unwanted_attribute(self, place: "Place", name: str) -> Rules:
        """The rules against an attribute there."""


class Place:
    """Where elements stand: below the same names, from the root on. `below` knows the places of their children."""

    __slots__ = (
        "admits",
        "asked",
        "below",
        "depth",
        "is_value",
        "lists",
        "name",
        "parent",
        "root",
        "sections",
        "unwanted",
    )

    def __init__(self, asked: Asked, name: str, parent: "Place | None", places: "Places") -> None:
        self.asked = asked
        self.name = name
        self.parent = parent
        self.root: str = name if parent is None else parent.root
        """The root's name."""
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.is_value = name.startswith("cbc:")
        self.sections = asked.sections(self)
        self.lists = asked.lists(self)
        self.unwanted = asked.unwanted(self)
        self.admits = frozenset(name for name in _USUAL if not asked.unwanted_attribute(self, name)).issuperset
        """Whether nothing is against those attributes; of any that is not among the usual ones, it isn't sure."""
        self.below = _Below(self, places)

    @property
    def path(self) -> str | None:
        """The names below the root; none for it, and for what is too deep to be spoken of by its path."""
        if not 0 < self.depth <= _MAX_DEPTH:
            return None
        names, place = list[str](), self
        while place.parent is not None:
            names.append(place.name)
            place = place.parent
        return "/".join(reversed(names))

    def against(self, attribute: str) -> Rules:
        """The rules against an attribute of that name."""
        return self.asked.unwanted_attribute(self, attribute)


_USUAL: Final = ("currencyID", "unitCode", "schemeID", "listID", "mimeCode", "filename", "name")


class _Below(dict[Any, Place | None]):
    """Children by Clark name; None for what isn't an element."""

    __slots__ = ("_place", "_places")

    def __init__(self, place: Place, places: "Places") -> None:
        super().__init__()
        self._place = place
        self._places = places

    def __missing__(self, tag: Any) -> Place | None:
        found = Place(self._place.asked, text(tag), self._place, self._places) if isinstance(tag, str) else None
        if self._places.count < MAX_PLACES:
            self._places.count += 1 + len(str(tag)) // _LONG
            self[tag] = found
        return found


class Places:
    """All places of one syntax that were looked up."""

    def __init__(self, asked: Asked) -> None:
        self.count = 0
        self._asked = asked
        self._roots: dict[str, Place] = {}

    def root(self, name: str) -> Place:
        """The place of a root of that name."""
        if self.count >= MAX_PLACES:
            # A new table, and not an emptied one: another thread may be walking the old one.
            self.count, self._roots = 0, {}
        found = self._roots.get(name)
        if found is None:
            found = Place(self._asked, name, None, self)
            self.count += 1
            self._roots[name] = found
        return found


def text(tag: str) -> str:
    """A Clark name with its usual prefix."""
    namespace, _, local = tag.rpartition("}")
    prefix = _PREFIXES.get(namespace[1:])
    return f"{prefix}:{local}" if prefix else tag
