"""Read a verified Cross Industry Invoice: schema first, then our own rules where the schema is kept."""

from collections.abc import Callable

from lxml import etree

from edi_gateway.documents.cii import arithmetic, extract
from edi_gateway.documents.cii import layout as at
from edi_gateway.documents.cii.amounts import Message
from edi_gateway.documents.cii_names import ROOT
from edi_gateway.documents.parsing import tree
from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.documents.stages import Own, judged
from edi_gateway.documents.ubl import rules
from edi_gateway.documents.ubl.arithmetic import RULESET as SUMS
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Document, Finding, Reading, Ruleset
from edi_gateway.model.partner import Identifier
from edi_gateway.model.profile import Tolerances
from edi_gateway.model.transmission import Readable

RULESET = Ruleset("gw-cii", "1")

__all__ = ["ROOT", "peek", "read"]


def read(content: Readable, judging: Judging = DEFAULT) -> Reading:
    """Read an invoice or credit note.

    An enveloped signature, which the verifier has taken out, stood directly under the root: the schema has no place for
    one, and judges the tree without it. Rule ids are `XSD-…`, `GW-DOC-…`, and those of the rule sets that the document
    claims to keep, or else `GW-SUM-…`. Raises Rejection: "document-malformed" for what isn't XML, "document-unknown"
    for another root, "document-not-permitted" for what was not agreed with the sender.
    """
    root = tree(content)
    if root.tag != ROOT:
        raise Rejection("document-unknown", "The root element is not CrossIndustryInvoice.")
    references = extract.references(root)
    document = extract.document(root, references)
    judging.admit(document.type, document.format)
    claims = judging.chosen(ROOT, document.profile, extract.text_at(root, at.PROCESS))
    own = [Own(RULESET, lambda: rules.check(document, root, _places(root), references))]
    if not claims:
        own.append(Own(SUMS, lambda: _sums(document, root, judging.tolerances)))
    return judged(content, root, document, judging, claims, own)


def _sums(document: Document, root: etree._Element, within: Tolerances) -> tuple[Finding, ...]:
    is_extension = at.EXTENSION in (document.profile or "")
    allowed = arithmetic.extended(within, root) if is_extension else within
    return arithmetic.check(root, Message(document.currency, at.QUANTITIES), allowed)


def _places(root: etree._Element) -> Callable[[int], etree._Element | None]:
    sender, receiver = extract.directions(root)
    paths = (at.NUMBER, at.ISSUE_DATE, sender, receiver, at.PAYABLE)
    return lambda number: extract.first(root, paths[number - 1])


def peek(root: etree._Element) -> tuple[Identifier, ...]:
    """The identifiers that a tree not yet verified claims for its sender; empty when it can't be read."""
    if root.tag != ROOT:
        return ()
    sender = extract.party_at(root, extract.directions(root)[0], at.SHARED)
    return sender.identifiers if sender else ()
