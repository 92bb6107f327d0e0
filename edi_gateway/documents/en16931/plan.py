"""Rules, arranged by the places where they are asked."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from edi_gateway.documents.en16931.places import Place, Questions, Rules, Section, Where
from edi_gateway.documents.en16931.rule import ByNames, Check, Context, Fired, Given, Judgement, Repeated, fired
from edi_gateway.documents.en16931.tree import Group, Invoice, Piece

Lists = Callable[[Place], Sequence[Hashable]]
Asking = tuple[str, Check]
Open = tuple[Group, Where | None, Questions]
_NONE: Final[Rules] = ()


class Plan:
    """What is asked at each place: the judgements of its contexts, and what is looked for as an invoice is laid out."""

    def __init__(
        self,
        judgements: Iterable[Judgement],
        lists: Lists = lambda _: (),
        unwanted: Callable[[Place], Rules] = lambda _: _NONE,
        unwanted_attribute: Callable[[Place, str], Rules] = lambda *_: _NONE,
    ) -> None:
        self.lists = lists
        self.unwanted = unwanted
        self.unwanted_attribute = unwanted_attribute
        self._by_name = _by_name(judgements)

    def sections(self, place: Place) -> Sequence[Section]:
        """What is asked of groups there, context by context."""
        return tuple(
            _section(context.where, askings)
            for context, askings in self._by_name.get(place.name, ())
            if context.is_at(place)
        )


def _section(where: Where | None, askings: Sequence[Asking]) -> Section:
    once = frozenset(name for _, check in askings if isinstance(check, Repeated) for name in check.names)
    return Section(where, once, askings, [each for each in askings if not isinstance(each[1], Repeated)])


def _by_name(judgements: Iterable[Judgement]) -> Mapping[str, Sequence[tuple[Context, Sequence[Asking]]]]:
    order: dict[Context, list[Asking]] = {}
    for rule, context, check in judgements:
        order.setdefault(context, []).append((rule.id, check))
    found: dict[str, list[tuple[Context, Sequence[Asking]]]] = {}
    for context, askings in order.items():
        for name in context.names:
            found.setdefault(name, []).append((context, askings))
    return found


def judge(invoice: Invoice) -> Iterator[Fired]:
    """All that the judgements find, piece by piece."""
    for piece in invoice.pieces:
        # To find out what names answer costs as much as to ask; it is worth it when the form is used again.
        asked = _asked(piece) if piece.is_first else piece.lasting("open", partial(_open, piece))
        for group, where, askings in asked:
            if where is None or where(group):
                for rule, check in askings:
                    for at, expected, actual in check(group):
                        yield fired(rule, group if at is None else at, expected, actual)


def _asked(piece: Piece) -> Iterator[Open]:
    """All questions, but for what nothing that stands twice can break. What a check looks at is in the piece."""
    repeated = piece.repeated
    for group in piece.entered:
        for where, once, all, others in group.place.sections:
            yield group, where, others if once.isdisjoint(repeated) else _needed(all, repeated)


def _needed(askings: Questions, repeated: Collection[str]) -> Questions:
    return [each for each in askings if not (isinstance(each[1], Repeated) and each[1].names.isdisjoint(repeated))]


def _open(piece: Piece) -> Sequence[Open]:
    """What names don't answer. To most questions, they say that nothing is wrong."""
    left = (
        (group, where, [(rule, check) for rule, check in askings if not _is_kept(check, group)])
        for group, where, askings in _asked(piece)
    )
    return [each for each in left if each[2]]


def _is_kept(check: Check, group: Group) -> bool:
    """Whether names alone tell that the check finds nothing."""
    if isinstance(check, ByNames):
        return not check.check(group)
    return isinstance(check, Given) and not group.follow(check.route)
