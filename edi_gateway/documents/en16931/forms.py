"""Forms: invoices laid out once for an outline, and filled with what each document of that outline says.

What senders' programs write differs in what it says far more often than in which elements there are. So when an outline
comes for the second time, the invoice that was judged is emptied and kept, and the next one is filled into it: all that
depends on names alone, which is most of it, is there already. To keep what comes once would cost more than it saves.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from lxml import etree

from edi_gateway.documents.en16931.outline import Outline, outlined

MAX_NODES: Final = 1000
"""Of an outline for which a form is kept. Larger documents seldom come twice with the same one."""
MAX_KEPT: Final = 40_000
"""Nodes of all outlines that are remembered, the newest ones; each takes half a kilobyte."""
MAX_NAMES: Final = 200
"""Characters of a node's names, on the average: UBL's take some 80, and a sender may invent longer ones."""
MAX_SEEN: Final = 10_000
"""Outlines that came once of which it is known; then all of these are forgotten."""
MAX_IDLE: Final = 2
"""Forms of one outline, and sorts of them, that are kept: one is enough, but for threads that judge at a time."""

Form = TypeVar("Form", bound="Fillable")
Laid = TypeVar("Laid", bound="Fillable", covariant=True)
Question = tuple[int, Callable[[etree._Element], bool]]
"""A node's position in the outline, and what else decides, beside names, where it belongs."""


class Fillable(Protocol):
    """What is laid out."""

    def fill(self, nodes: Sequence[etree._Element]) -> None:
        """Take a tree's nodes."""

    def empty(self) -> None:
        """Let go of them."""

    def release(self) -> None:
        """Fall apart, so that nothing has to look for cycles."""


class Layout(Protocol[Laid]):
    """How forms are laid out for one outline."""

    questions: Sequence[Question]
    """What has to be known beside names."""

    def lay_out(self, answers: Sequence[bool]) -> Laid:
        """A form, for documents with these answers."""


class _Known(NamedTuple):
    layout: Layout[Any]
    idle: dict[tuple[bool, ...], list[Any]]


class Forms(Generic[Form]):
    """The forms that nobody uses now, by outline."""

    def __init__(self, layout: Callable[[Outline], Layout[Form]]) -> None:
        self._layout = layout
        self._known: dict[Outline, _Known] = {}
        self._kept = 0
        self._seen = set[int]()
        self._changing = Lock()

    @contextmanager
    def filled(self, root: etree._Element) -> Iterator[Form]:
        """Lend a form with what the tree says in it."""
        nodes, outline = outlined(root)
        remembered = self._known.get(outline) if len(nodes) <= MAX_NODES else None
        known = remembered or _Known(self._layout(outline), {})
        answers = tuple([ask(nodes[position]) for position, ask in known.layout.questions])
        form: Form = _taken(known.idle.get(answers, [])) or known.layout.lay_out(answers)
        form.fill(nodes)
        yield form
        if not (remembered or self._remember(outline, known)) or not _keep(known, answers, form):
            form.release()

    def _remember(self, outline: Outline, known: _Known) -> bool:
        """Whether that outline is one to be remembered."""
        if len(outline.tags) > MAX_NODES or not self._was_seen(outline):
            return False
        if outline.characters > MAX_NAMES * len(outline.tags):
            return False
        with self._changing:
            if outline not in self._known:
                self._known[outline] = known
                self._kept += len(outline.tags)
            while self._kept > MAX_KEPT:
                oldest = next(iter(self._known))
                self._kept -= len(oldest.tags)
                _forget(self._known.pop(oldest))
        return True

    def _was_seen(self, outline: Outline) -> bool:
        """Whether it came before. Two with one hash are taken for one: then one is kept that came once."""
        key = hash(outline)
        if key in self._seen:
            return True
        if len(self._seen) >= MAX_SEEN:
            self._seen = set()
        self._seen.add(key)
        return False


def _keep(known: _Known, answers: tuple[bool, ...], form: Fillable) -> bool:
    """Empty the form, and keep it if it is one more that may be kept."""
    if answers not in known.idle and len(known.idle) >= MAX_IDLE:
        return False
    idle = known.idle.setdefault(answers, [])
    if len(idle) >= MAX_IDLE:
        return False
    form.empty()
    idle.append(form)
    return True


def _taken(idle: list[Any]) -> Any:
    try:
        return idle.pop()  # one step, so that no two threads get the same
    except IndexError:
        return None


def _forget(known: _Known) -> None:
    for idle in list(known.idle.values()):
        while form := _taken(idle):
            form.release()
