"""A tree's outline: names and attributes of all that is in it, read in one go, and not what it says."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from lxml import etree


class Outline(NamedTuple):
    """Of each node in document order: its name (no text for what isn't an element), how many nodes are directly in it,
    and the names of its attributes; `around` are the names of the elements that a part stands in.

    Two trees with equal outlines differ in nothing but what they say."""

    tags: tuple[Any, ...]
    counts: tuple[int, ...]
    attributes: tuple[tuple[str, ...], ...]
    around: tuple[Any, ...] = ()

    @property
    def characters(self) -> int:
        """How long all names are together."""
        return sum(len(str(tag)) for tag in self.tags) + sum(len(name) for names in self.attributes for name in names)


class Split(NamedTuple):
    """An outline in parts. `own` are the positions of what is in none of them, with `frame` for its outline."""

    own: Sequence[int]
    frame: Outline
    parts: Sequence[tuple[slice, Outline]]


def outlined(root: etree._Element) -> tuple[Sequence[etree._Element], Outline]:
    """The nodes of a tree, and its outline."""
    # Lists first: to lxml, each is a loop of its own over nodes at hand.
    nodes = list(root.iter())
    tags = [node.tag for node in nodes]
    attributes = [tuple(node.keys()) for node in nodes]
    return nodes, Outline(tuple(tags), tuple(map(len, nodes)), tuple(attributes))


def split(outline: Outline, opened: Collection[str] = (), held: Collection[Any] = ()) -> Split:
    """Part by part: each child of the root is one that holds others, or has the name of one that does (`held`). Of
    children with a name in `opened`, their own children are parts instead."""
    tags, counts, attributes, _ = outline
    own, within, parts = [0], [0], list[tuple[slice, Outline]]()
    around, holder, left = tags[:1], 0, counts[0]
    outer: list[tuple[tuple[Any, ...], int, int]] = []
    position = 1
    while position < len(tags):
        while not left:
            around, holder, left = outer.pop()
        left -= 1
        start, tag, count = position, tags[position], counts[position]
        position += 1
        if (count and tag not in opened) or tag in held:
            while count:
                count += counts[position] - 1
                position += 1
            span = slice(start, position)
            parts.append((span, Outline(tags[span], counts[span], attributes[span], around)))
            continue
        within[holder] += 1
        own.append(start)
        within.append(0)
        if count:
            outer.append((around, holder, left))
            around, holder, left = (*around, tag), len(own) - 1, count
    names = tuple([tags[each] for each in own])
    if not held and (several := {part.tags[0] for _, part in parts}.intersection(names)):
        return split(outline, opened, several)
    return Split(own, Outline(names, tuple(within), tuple([attributes[each] for each in own])), parts)
