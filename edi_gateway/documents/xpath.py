"""Where in an XML document: XPaths with fixed prefixes, whatever prefixes its sender chose."""

import re
from collections import defaultdict
from itertools import islice
from typing import Final

from lxml import etree

from edi_gateway.model.document import Location

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII: Final = "urn:un:unece:uncefact:data:standard:"
PREFIXES: Final = {
    f"{_UBL}CommonAggregateComponents-2": "cac",
    f"{_UBL}CommonBasicComponents-2": "cbc",
    f"{_UBL}CommonExtensionComponents-2": "ext",
    f"{_UBL}CommonSignatureComponents-2": "sig",
    f"{_UBL}SignatureAggregateComponents-2": "sac",
    f"{_UBL}SignatureBasicComponents-2": "sbc",
    f"{_CII}ReusableAggregateBusinessInformationEntity:100": "ram",
    f"{_CII}QualifiedDataType:100": "qdt",
    f"{_CII}UnqualifiedDataType:100": "udt",
    f"{_CII}ReusableAggregateBusinessInformationEntity:128": "ram",
    f"{_CII}QualifiedDataType:128": "qdt",
    f"{_CII}UnqualifiedDataType:128": "udt",
    "http://www.w3.org/2000/09/xmldsig#": "ds",
    "http://uri.etsi.org/01903/v1.3.2#": "xades",
    "http://uri.etsi.org/01903/v1.4.1#": "xades141",
}
"""Namespace to prefix, in every XPath that the gateway gives; the root element's own namespace has none."""

MAX_NAME = 60
MAX_VALUE = 80
"""Characters of one value of the sender's, which may appear twice in a finding."""
MAX_XPATH = 500
"""Characters. An element that lies deeper is located by the deepest ancestor whose path fits."""

MAX_SIBLINGS = 20_000
"""Children of one element that are told apart; what lies behind them is located at their parent."""

_VERSION: Final = re.compile(r"[0-9]{1,9}$", re.ASCII)
_ANY_VERSION: Final = frozenset(_VERSION.sub("", each) for each in PREFIXES)
_STEP = re.compile(r"/([^/\[]+)(?:\[(\d+)\])?")


def display_name(clark: str, root_namespace: str | None) -> str | None:
    """`{namespace}local` with its fixed prefix; None for a foreign namespace or a name too long to be repeated."""
    namespace, _, local = clark.rpartition("}")
    namespace = namespace[1:]
    if len(local) > MAX_NAME:
        return None
    if namespace == (root_namespace or ""):
        return local
    prefix = PREFIXES.get(namespace)
    return f"{prefix}:{local}" if prefix else None


def unnamed(clark: str) -> str:
    """What an element is called whose name is not repeated: by its namespace, where that is another version of one
    that is read. To whoever wrote it, its prefix looks right."""
    namespace = clark.rpartition("}")[0][1:]
    if not namespace:
        return "An element of no namespace"
    if _VERSION.sub("", namespace) in _ANY_VERSION:
        return f"An element of the namespace {namespace}"
    return "An element"


def clip(text: str) -> str:
    """A value of the sender's, cut to `MAX_VALUE`."""
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


class Children:
    """The child elements of what was asked about, each parent looked through once, however many questions follow."""

    def __init__(self, root: etree._Element) -> None:
        self._namespace = etree.QName(root).namespace
        self._parents: dict[etree._Element, dict[str, list[etree._Element]]] = {}
        self._places: dict[etree._Element, tuple[str, int, int]] = {}

    def locate(self, element: etree._Element) -> Location:
        """The element's XPath, with an index only among several siblings that read the same, and its line."""
        ancestors = [*reversed(list(element.iterancestors())), element]
        path = ""
        for step in ancestors:
            name = self._step(step)
            if name is None or len(path) + len(name) >= MAX_XPATH:
                break
            path = f"{path}/{name}"
        return Location(xpath=path, line=element.sourceline)

    def follow(self, start: etree._Element, path: str) -> tuple[etree._Element, bool]:
        """The element that libxml2 calls `path` (xmlGetNodePath, its first step being `start`), and True; where the
        path leads nowhere, the last element on it, and False.

        A step is a name with the sender's own prefix, counted among siblings of that name; or, for an element without
        prefix but with a namespace, `*`, counted among all siblings.
        """
        element = start
        for name, index in _STEP.findall(path)[1:]:
            same = self._look(element).get(name, ())
            place = int(index or 1) - 1
            if place >= len(same):
                return element, False
            element = same[place]
        return element, True

    def _look(self, parent: etree._Element) -> dict[str, list[etree._Element]]:
        """Children by the name that libxml2 counts them under; noting where each stands among its likes."""
        if parent in self._parents:
            return self._parents[parent]
        children = list(islice(parent.iterchildren(etree.Element), MAX_SIBLINGS))
        by_name: dict[str, list[etree._Element]] = defaultdict(list, {"*": children})
        by_display: dict[str, list[etree._Element]] = defaultdict(list)
        for place, child in enumerate(children, 1):
            local = etree.QName(child).localname
            by_name[f"{child.prefix}:{local}" if child.prefix else local].append(child)
            if display := display_name(str(child.tag), self._namespace):
                by_display[display].append(child)
            else:
                self._places[child] = ("*", place, len(children))
        for display, same in by_display.items():
            self._places.update({child: (display, place, len(same)) for place, child in enumerate(same, 1)})
        self._parents[parent] = by_name
        return by_name

    def _step(self, element: etree._Element) -> str | None:
        parent = element.getparent()
        if parent is None:
            return display_name(str(element.tag), self._namespace) or "*"
        self._look(parent)
        name, place, of = self._places.get(element, (None, 0, 0))
        return f"{name}[{place}]" if of > 1 else name
