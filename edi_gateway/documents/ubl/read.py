"""Read a verified UBL document: schema first, then our own rules where the schema is kept."""

from typing import Final

from lxml import etree

from edi_gateway.documents.parsing import tree
from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.documents.stages import Own, judged
from edi_gateway.documents.ubl import arithmetic, extract, rules
from edi_gateway.documents.ubl.layout import EXTENSION_CONTENT, PROFILE_ID
from edi_gateway.documents.ubl.tables import LAYOUTS
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Reading
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Readable

ROOTS: Final = tuple(LAYOUTS)
"""The Clark names of the root elements that are read here."""


def read(content: Readable, judging: Judging = DEFAULT) -> Reading:
    """Read one of the UBL documents in `ROOTS`.

    Rule ids are `XSD-<libxml2's name of the fault>`, `GW-DOC-…`, and those of the rule sets that the document claims to
    keep, or else `GW-SUM-…`. A document that breaks the schema yields as much of a Document as can be read, and isn't
    judged any further. Raises Rejection: "document-malformed" for what isn't XML, "document-unknown" for another root,
    "document-not-permitted" for what was not agreed with the sender.
    """
    root = tree(content)
    layout = LAYOUTS.get(str(root.tag))
    if layout is None:
        raise Rejection("document-unknown", f"The root element is not one of {', '.join(sorted(map(_local, ROOTS)))}.")
    judging.admit(layout.type, layout.format)
    references = extract.references(layout, root)
    document = extract.document(layout, root, references)
    claims = judging.chosen(layout.root, document.profile, root.findtext(PROFILE_ID))
    own = [Own(rules.RULESET, lambda: rules.check(document, root, rules.places(layout, root), references))]
    if not claims:
        valid = not judging.rules_only
        own.append(Own(arithmetic.RULESET, lambda: arithmetic.check(root, judging.tolerances, valid=valid)))
    emptied = _emptied(root) if content.format == "xmldsig" else None
    return judged(content, root, document, judging, claims, own, emptied=emptied, globally=True)


def peek(root: etree._Element) -> tuple[Identifier, ...]:
    """The identifiers that a tree not yet verified claims for its sender; empty when it can't be read."""
    layout = LAYOUTS.get(str(root.tag))
    if layout is None:
        return ()
    sender = extract.party_at(root, extract.directions(layout, root)[0])
    return sender.identifiers if sender else ()


def _local(clark: str) -> str:
    return clark.rpartition("}")[2]


def _emptied(root: etree._Element) -> etree._Element | None:
    """The ext:ExtensionContent that held nothing but the Signature, which the verifier has taken out.

    The schema wants one element in it (xs:any). Only one Signature was taken out, so only one may be empty for it.
    """
    contents = extract.elements(root, EXTENSION_CONTENT)
    return next((each for each in contents if len(each) == 0 and not (each.text or "").strip()), None)
