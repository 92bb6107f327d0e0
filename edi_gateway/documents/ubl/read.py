"""Read a verified UBL document: schema first, then our own rules where the schema is kept."""

from typing import Final

from lxml import etree

from edi_gateway.documents.schema import catalogue
from edi_gateway.documents.ubl import extract, rules
from edi_gateway.documents.ubl.extract import Groups
from edi_gateway.documents.ubl.layout import EXTENSION_CONTENT
from edi_gateway.documents.ubl.tables import LAYOUTS
from edi_gateway.documents.violations import violations
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Reading, Ruleset
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Verified
from edi_gateway.syntax import xml

ROOTS: Final = tuple(LAYOUTS)
"""The Clark names of the root elements that are read here."""


def read(verified: Verified) -> Reading:
    """Read one of the UBL documents in `ROOTS`.

    Rule ids are `XSD-<libxml2's name of the fault>` and `GW-DOC-…`. A document that breaks the schema yields as much of
    a Document as can be read, and our rules aren't asked. Raises Rejection("document-malformed") for what isn't XML,
    and Rejection("document-unknown") for another root.
    """
    root = _tree(verified)
    layout = LAYOUTS.get(str(root.tag))
    if layout is None:
        raise Rejection("document-unknown", f"The root element is not one of {', '.join(sorted(map(_local, ROOTS)))}.")
    schema = catalogue()[layout.format]
    ruleset = (Ruleset(schema.ruleset_name, schema.version), rules.RULESET)
    groups = extract.group(root)
    references = extract.references(layout, groups)
    document = extract.document(layout, root, groups, references)
    emptied = _emptied(groups) if verified.format == "xmldsig" else None
    findings, truncated = violations(layout.format, root, verified.content, emptied)
    if findings:
        return Reading(document, findings, ruleset, "schema", truncated)
    return Reading(document, tuple(rules.check(layout, document, root, groups, references)), ruleset, "rules")


def peek(root: etree._Element) -> tuple[Identifier, ...]:
    """The identifiers that a tree not yet verified claims for its sender; empty when it can't be read."""
    layout = LAYOUTS.get(str(root.tag))
    if layout is None:
        return ()
    groups = extract.group(root)
    sender = extract.party_at(groups, extract.directions(layout, groups)[0], root)
    return sender.identifiers if sender else ()


def _tree(verified: Verified) -> etree._Element:
    if verified.tree is not None:
        return verified.tree
    try:
        return xml.parse(verified.content)
    except Rejection as error:
        raise Rejection("document-malformed", error.detail) from error


def _local(clark: str) -> str:
    return clark.rpartition("}")[2]


def _emptied(groups: Groups) -> etree._Element | None:
    """The ext:ExtensionContent that held nothing but the Signature, which the verifier has taken out.

    The schema wants one element in it (xs:any). Only one Signature was taken out, so only one may be empty for it.
    """
    contents = extract.elements(groups, EXTENSION_CONTENT)
    return next((each for each in contents if len(each) == 0 and not (each.text or "").strip()), None)
