"""What an XSD has to say about a tree, as findings: all of it, each with its place, in the words of the field.

libxml2 stops looking into an element's content at the first child that it doesn't expect there. Those behind it are
judged one by one where a schema declares every element globally, with one type, as UBL's do: so that a sender sees all
faults at once.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from lxml import etree

from edi_gateway.documents.schema import compiled
from edi_gateway.documents.xpath import PREFIXES, Children, clip, display_name, unnamed
from edi_gateway.model.document import MAX_ECHO, Finding, Location

MAX_FINDINGS: Final = 200
"""So many are kept of one document."""
MAX_EXPECTED: Final = 1000
"""Characters of what a schema expects: its own words, not the sender's."""
_LARGE: Final = 64 * 1024
_CHUNK: Final = 64 * 1024
_MAX_ALONE: Final = 2000
_UNEXPECTED: Final = "This element is not expected."

_ANY: Final = "an element of another namespace"

_SUBJECT = re.compile(r"Element '([^']*)'(?:, attribute '([^']*)')?: ")
# From the start of what is said: a sender's value, elsewhere in a message, may be made of nothing but these words.
_EXPECTED = re.compile(
    r"((?:This element is not expected|Missing child element\(s\))\.) Expected is (?:one of )?\( (.*) \)\.$"
)
_TYPED = re.compile(
    r"'(.*)' is not a valid value of the (?:local )?(?:atomic|list|union) type(?: '([^']*)')?\.$", re.DOTALL
)
_FACET = re.compile(
    r"\[facet '(\w+)'\] The value '(.*)' (has a length of '\d+'; .*|(?:is|has) [^']*(?:'[^']*'|\{.*\}))\.$", re.DOTALL
)
_CLARK = re.compile(r"\{([^{}]*)\}")


def violations(
    format: str,
    root: etree._Element,
    content: bytes,
    emptied: etree._Element | None = None,
    globally: bool = True,
) -> tuple[tuple[Finding, ...], bool]:
    """Judge `root`, and `content` from which it was parsed, by the XSD of `format`: findings, and whether there are
    more than `MAX_FINDINGS`. What is said about the content of `emptied` is left out. `globally` says that the schema
    declares every element so.

    Collecting places costs libxml2 the square of the faults among siblings, and an error log grows without bound. So a
    large document is read once without either; where that finds too many faults, they are given without places.
    """
    with compiled(format) as schema:
        if len(content) > _LARGE and len(crowd := _stream(schema, content)) > MAX_FINDINGS:
            namespace = etree.QName(root).namespace
            return tuple(_finding(entry, namespace, Location()) for entry in crowd[:MAX_FINDINGS]), True
        judge = _Judge(schema, root, emptied, globally)
        found = tuple(islice(judge.findings(root), MAX_FINDINGS + 1))
    return found[:MAX_FINDINGS], len(found) > MAX_FINDINGS or judge.alone > _MAX_ALONE


def _stream(schema: etree.XMLSchema, content: bytes) -> list[etree._LogEntry]:
    """The first faults, a little more than `MAX_FINDINGS`, or all of them; without places."""
    parser = etree.XMLParser(
        schema=schema, encoding="UTF-8", resolve_entities=False, no_network=True, remove_comments=True
    )
    log: list[etree._LogEntry] = []
    try:
        for start in range(0, len(content), _CHUNK):
            parser.feed(content[start : start + _CHUNK])
            log = _schema_entries(parser.feed_error_log)
            if len(log) > MAX_FINDINGS:
                return log
        parser.close()
    except etree.XMLSyntaxError:
        log = _schema_entries(parser.feed_error_log)
    return log


def _schema_entries(log: etree._ListErrorLog) -> list[etree._LogEntry]:
    return [entry for entry in islice(log, MAX_FINDINGS + 1) if entry.domain == etree.ErrorDomains.SCHEMASV]


class _Judge:
    """One document before one schema. `alone` counts the elements that were judged by themselves."""

    def __init__(
        self, schema: etree.XMLSchema, root: etree._Element, emptied: etree._Element | None, globally: bool
    ) -> None:
        self._schema = schema
        self._globally = globally
        self._namespace = etree.QName(root).namespace
        self._children = Children(root)
        self._emptied = emptied
        self.alone = 0

    def findings(self, root: etree._Element) -> Iterator[Finding]:
        """In document order. Without recursion: how deep misplaced elements are nested is the sender's choice."""
        stack = [self._faults([root])]
        while stack:
            fault = next(stack[-1], None)
            if fault is None:
                stack.pop()
                continue
            judged, entry = fault
            culprit, exact = self._children.follow(judged, entry.path or "")
            if culprit is self._emptied and entry.type == etree.ErrorTypes.SCHEMAV_ELEMENT_CONTENT:
                continue
            location = self._children.locate(culprit)
            yield _finding(entry, self._namespace, location if exact else replace(location, line=entry.line))
            if self._globally and exact and culprit is not judged and _UNEXPECTED in entry.message:
                stack.append(self._faults(self._behind(culprit)))

    def _faults(self, elements: Iterable[etree._Element]) -> Iterator[tuple[etree._Element, etree._LogEntry]]:
        for element in elements:
            if not self._schema.validate(element):
                for entry in list(self._schema.error_log):
                    yield element, entry

    def _behind(self, unexpected: etree._Element) -> Iterator[etree._Element]:
        """What libxml2 left unjudged: the siblings behind `unexpected`, each to be judged as if it were a document."""
        for sibling in unexpected.itersiblings(etree.Element):
            self.alone += 1
            if self.alone > _MAX_ALONE:
                return
            yield sibling


def _finding(entry: etree._LogEntry, namespace: str | None, location: Location) -> Finding:
    subject = _SUBJECT.match(entry.message)
    said = entry.message[subject.end() :] if subject else entry.message
    name = display_name(subject[1], namespace) if subject else None
    message, expected, actual = _explain(said, name, namespace)
    if subject and subject[2] and f"'{subject[2]}'" not in message:
        message = f"Attribute {clip(_CLARK.sub('', subject[2]))}: {message}"
    return Finding(
        rule=f"XSD-{entry.type_name}",
        severity="fatal",
        stage="schema",
        message=f"{name or (unnamed(subject[1]) if subject else 'An element')}: {message}"[:MAX_ECHO],
        expected=expected,
        actual=actual,
        locations=() if location == Location() else (location,),
    )


def _explain(said: str, name: str | None, namespace: str | None) -> tuple[str, str | None, str | None]:
    """Message, expected, actual: with fixed prefixes for namespaces, and no more of the sender's text than is due."""
    if match := _EXPECTED.match(said):
        names = ", ".join(display_name(each, namespace) or _ANY for each in match[2].split(", "))
        return match[1], names[:MAX_EXPECTED], name if said.startswith(_UNEXPECTED) else None
    if match := _TYPED.match(said):
        value = clip(match[1])
        return f"'{value}' is not a valid value of {match[2] or 'its type'}.", match[2], value
    if match := _FACET.match(said):
        value = clip(match[2])
        return f"The value '{value}' {match[3]}.", f"{match[1]}: {match[3]}"[:MAX_EXPECTED], value
    if said.startswith("No matching global declaration"):
        return "The schema knows no such element.", None, name
    return _CLARK.sub(lambda match: f"{PREFIXES.get(match[1], '*')}:", said), None, None
