"""How an invoice is laid out: part by part, each of which is known wherever it came before."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

from lxml import etree

from edi_gateway.documents.en16931.forms import Forms, Layout, Question, give_back
from edi_gateway.documents.en16931.outline import Outline, outlined, split
from edi_gateway.documents.en16931.tree import Invoice, Part


class Composed:
    """The layout of a whole invoice, put together from its parts' and that of what is in none of them."""

    def __init__(
        self, outline: Outline, frame: Callable[[Outline], Layout[Invoice]], parts: Forms[Part], opened: Collection[str]
    ) -> None:
        self._own, own, found = split(outline, opened)
        self._frame: Final = frame(own)
        self._parts: Final = [(span, parts.known(part)) for span, part in found]
        self._forms: Final = parts
        self.questions: Sequence[Question] = [
            *((self._own[position], ask) for position, ask in self._frame.questions),
            *((span.start + position, ask) for span, known in self._parts for position, ask in known.layout.questions),
        ]

    def lay_out(self, answers: Sequence[bool]) -> Invoice:
        left = iter(answers)
        invoice = self._frame.lay_out([*islice(left, len(self._frame.questions))])
        lent = [
            (self._forms.lend(known, tuple(islice(left, len(known.layout.questions)))), span)
            for span, known in self._parts
        ]
        invoice.put_together(self._own, lent)
        return invoice


def forms(
    frame: Callable[[Outline], Layout[Invoice]], part: Callable[[Outline], Layout[Part]], opened: Collection[str] = ()
) -> Forms[Invoice]:
    """The forms of one syntax."""
    parts = Forms(part)
    return Forms(lambda outline: Composed(outline, frame, parts, opened))


@contextmanager
def filled(forms: Forms[Invoice], root: etree._Element) -> Iterator[Invoice]:
    """Lend an invoice with what a tree says in it."""
    nodes, outline = outlined(root)
    known = forms.known(outline)
    invoice = forms.lend(known, known.answers(nodes))
    invoice.fill(nodes)
    yield invoice
    invoice.empty()
    give_back(invoice)
