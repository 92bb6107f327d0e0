"""A tree's outline: names and attributes of all that is in it, read in one go, and not what it says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from lxml import etree


class Outline(NamedTuple):
    """Of each node in document order: its name (no text for what isn't an element), how many nodes are directly in it,
    and the names of its attributes. Two trees with equal outlines differ in nothing but what they say."""

    tags: tuple[Any, ...]
    counts: tuple[int, ...]
    attributes: tuple[tuple[str, ...], ...]

    @property
    def characters(self) -> int:
        """How long all names are together."""
        return sum(len(str(tag)) for tag in self.tags) + sum(len(name) for names in self.attributes for name in names)


def outlined(root: etree._Element) -> tuple[Sequence[etree._Element], Outline]:
    """The nodes of a tree, and its outline."""
    # Lists first: to lxml, each is a loop of its own over nodes at hand.
    nodes = list(root.iter())
    tags = [node.tag for node in nodes]
    attributes = [tuple(node.keys()) for node in nodes]
    return nodes, Outline(tuple(tags), tuple(map(len, nodes)), tuple(attributes))
