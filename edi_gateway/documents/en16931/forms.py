"""Forms: invoices and parts of them, laid out once for an outline, and filled with what each document says.

What senders' programs write differs in what it says far more often than in which elements there are. So when an outline
comes for the second time, what was laid out for it is emptied and kept, and filled with the next one: all that depends
on names alone, which is most of it, is there already. To keep what comes once would cost more than it saves.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final, Generic, Protocol, TypeVar

from lxml import etree

from edi_gateway.documents.en16931.outline import Outline

MAX_NODES: Final = 1000
"""Of an outline for which forms are kept. Larger documents seldom come twice with the same one; their parts do."""
MAX_KEPT: Final = 40_000
"""Nodes of all outlines and forms that are kept, the newest ones; each takes half a kilobyte."""
MAX_NAMES: Final = 200
"""Characters of a node's names, on the average: UBL's take some 80, and a sender may invent longer ones."""
MAX_SEEN: Final = 10_000
"""Outlines that came once of which it is known; then all of these are forgotten."""


class Form:
    """What is laid out. `home` and `answers` say what for."""

    home: "Known[Any]"
    answers: tuple[bool, ...]

    def settle(self) -> None:
        """Prepare to be used again."""
        raise NotImplementedError

    def release(self) -> None:
        """Fall apart: so that all is freed at once, and not when somebody looks for cycles."""
        raise NotImplementedError


Laid = TypeVar("Laid", bound=Form, covariant=True)
Kept = TypeVar("Kept", bound=Form)
Question = tuple[int, Callable[[etree._Element], bool]]
"""A node's position in the outline, and what else decides, beside names, where it belongs."""


class Layout(Protocol[Laid]):
    """How forms are laid out for one outline."""

    questions: Sequence[Question]
    """What has to be known beside names."""

    def lay_out(self, answers: Sequence[bool]) -> Laid:
        """A form, for documents with these answers."""


class Known(Generic[Kept]):
    """An outline's layout, and the forms that nobody uses now, by answers."""

    def __init__(self, outline: Outline, layout: Layout[Kept], forms: "Forms[Kept]") -> None:
        self.layout: Final = layout
        self.size: Final = len(outline.tags)
        self.forms: Final = forms
        self.is_kept = False
        self.idle: dict[tuple[bool, ...], list[Kept]] = {}

    def answers(self, nodes: Sequence[etree._Element]) -> tuple[bool, ...]:
        """What a tree says to the questions."""
        return tuple([ask(nodes[position]) for position, ask in self.layout.questions])


class Forms(Generic[Kept]):
    """All forms of one kind: what is known of outlines."""

    def __init__(self, layout: Callable[[Outline], Layout[Kept]]) -> None:
        self._layout = layout
        self._known: dict[Outline, Known[Kept]] = {}
        self._kept = 0
        self._seen = set[int]()
        self._changing = Lock()

    def known(self, outline: Outline) -> Known[Kept]:
        """What is known of an outline. It is remembered when it comes for the second time."""
        found = self._known.get(outline)
        if found is None:
            found = Known(outline, self._layout(outline), self)
            if found.size <= MAX_NODES and self._was_seen(outline) and outline.characters <= MAX_NAMES * found.size:
                return self._remember(outline, found)
        return found

    def _remember(self, outline: Outline, known: Known[Kept]) -> Known[Kept]:
        with self._changing:
            if outline not in self._known:
                self._known[outline] = known
                self._kept += known.size
                known.is_kept = True
            return self._known[outline]

    def lend(self, known: Known[Kept], answers: tuple[bool, ...]) -> Kept:
        """A form that nobody else uses until it is given back."""
        if answers in known.idle:
            with self._changing:
                if idle := known.idle.pop(answers, None):
                    self._kept -= known.size
                    form = idle.pop()
                    if idle:
                        known.idle[answers] = idle
                    return form
        form = known.layout.lay_out(answers)
        form.home, form.answers = known, answers
        return form

    def take_back(self, form: Kept) -> None:
        """Keep a form where there is room and its outline is remembered, or release it."""
        known = form.home
        if known.is_kept:
            form.settle()
        forgotten = []
        with self._changing:
            count = 1 + len(known.idle.get(form.answers, ()))
            if known.is_kept and count * known.size <= MAX_KEPT // 2:
                known.idle.setdefault(form.answers, []).append(form)
                self._kept += known.size
            else:
                forgotten.append(form)
            while self._kept > MAX_KEPT:
                forgotten += self._forget(next(iter(self._known)))
        for each in forgotten:
            each.release()

    def _forget(self, outline: Outline) -> list[Kept]:
        """Its idle forms, which are to be released."""
        known = self._known.pop(outline)
        known.is_kept = False
        idle = [form for forms in known.idle.values() for form in forms]
        known.idle.clear()
        self._kept -= known.size * (1 + len(idle))
        return idle

    def _was_seen(self, outline: Outline) -> bool:
        """Whether it came before. Two with one hash are taken for one: then one is kept that came once."""
        key = hash(outline)
        if key in self._seen:
            return True
        if len(self._seen) >= MAX_SEEN:
            self._seen = set()
        self._seen.add(key)
        return False


def give_back(form: Form) -> None:
    """To where it was lent."""
    form.home.forms.take_back(form)
