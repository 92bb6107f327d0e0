"""Changes to documents, each a function of the root, by XPaths with the prefixes of a family of documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

Change = Callable[[etree._Element], object]


def changed(content: bytes, *changes: Change) -> bytes:
    """The document after each change."""
    root = etree.fromstring(content)
    for change in changes:
        change(root)
    return etree.tostring(root)


@dataclass(frozen=True)
class Changing:
    """What is found, and put, in these namespaces."""

    namespaces: Mapping[str, str]

    def at(self, root: etree._Element, path: str) -> etree._Element:
        """The first element there, by XPath."""
        found: list[etree._Element] = root.xpath(path, namespaces=dict(self.namespaces))
        assert found, path
        return found[0]

    def text(self, path: str, value: str) -> Change:
        return lambda root: setattr(self.at(root, path), "text", value)

    def attribute(self, path: str, name: str, value: str) -> Change:
        return lambda root: self.at(root, path).set(name, value)

    def drop(self, path: str) -> Change:
        def change(root: etree._Element) -> None:
            element = self.at(root, path)
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

        return change

    def put(self, path: str, fragment: str) -> Change:
        """Elements behind the one at the path."""

        def change(root: etree._Element) -> None:
            place = self.at(root, path)
            for new in reversed(self._parsed(fragment)):
                place.addnext(new)

        return change

    def put_before(self, path: str, fragment: str) -> Change:
        def change(root: etree._Element) -> None:
            place = self.at(root, path)
            for new in self._parsed(fragment):
                place.addprevious(new)

        return change

    def _parsed(self, fragment: str) -> list[etree._Element]:
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in self.namespaces.items())
        return list(etree.fromstring(f"<x{declared}>{fragment}</x>"))
