"""How UBL is laid out: by names alone."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from edi_gateway.documents.en16931.forms import Question
from edi_gateway.documents.en16931.outline import Outline
from edi_gateway.documents.en16931.places import Place, Places, text
from edi_gateway.documents.en16931.tree import Group, Invoice, Part, Piece
from edi_gateway.documents.en16931.values import Value


class Frame:
    """What is in no part: the root, and the values in it."""

    questions: Sequence[Question] = ()

    def __init__(self, outline: Outline, places: Places) -> None:
        self._outline: Final = outline
        self._place: Final = places.root(text(str(outline.tags[0])))

    def lay_out(self, _: Sequence[bool]) -> Invoice:
        invoice = Invoice(self._place)
        _look(invoice, 0, self._place, self._outline.attributes[0])
        _collect(invoice, self._outline, invoice.root, 1, self._outline.counts[0])
        return invoice


class OfPart:
    """A part: an element in the root, and all that is in it."""

    questions: Sequence[Question] = ()

    def __init__(self, outline: Outline, places: Places) -> None:
        self._outline: Final = outline
        self._place: Final = places.root(text(str(outline.around[0])))

    def lay_out(self, _: Sequence[bool]) -> Part:
        part = Part(self._place)
        _collect(part, self._outline, part.around, 0, 1)
        return part


def _collect(piece: Piece, outline: Outline, group: Group, start: int, left: int) -> None:
    """`left` counts the nodes in `group` that are still to come."""
    nodes = zip(outline.tags, outline.counts, outline.attributes, strict=True)
    around: list[tuple[Group, int]] = []
    for position, (tag, count, attributes) in enumerate(islice(nodes, start, None), start):
        while not left:
            group, left = around.pop()
        left -= 1
        place = group.place.below[tag]
        if place is None:
            continue
        if place.unwanted or not place.admits(attributes):
            _look(piece, position, place, attributes)
        child: Value | Group
        if place.is_value:
            child = _listed(piece, position, place, count)
            inner = piece.enter(position, place, group) if count else None
        else:
            child = inner = piece.enter(position, place, group)
            if place.lists:
                _listed(piece, position, place, count)
        piece.append(group, place.name, child)
        if count and inner is not None:
            around.append((group, left))
            group, left = inner, count


def _listed(piece: Piece, position: int, place: Place, count: int) -> Value:
    value = piece.value(position, count)
    for key in place.lists:
        piece.values[key].append(value)
    return value


def _look(piece: Piece, position: int, place: Place, attributes: Sequence[str]) -> None:
    rules = (*place.unwanted, *(rule for name in attributes for rule in place.against(name)))
    piece.against += [(rule, position) for rule in rules]
