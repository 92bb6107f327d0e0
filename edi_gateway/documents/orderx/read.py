"""Read a verified Order-X document: schema first, then our own rules where the schema is kept."""

from collections.abc import Callable
from itertools import chain

from lxml import etree

from edi_gateway.documents.cii import arithmetic
from edi_gateway.documents.cii.amounts import Message
from edi_gateway.documents.cii.extract import first, party_at, text_at
from edi_gateway.documents.orderx import extract, requirements
from edi_gateway.documents.orderx import layout as at
from edi_gateway.documents.orderx.names import ROOT
from edi_gateway.documents.parsing import tree
from edi_gateway.documents.rulesets import DEFAULT, Judging
from edi_gateway.documents.stages import Own, judged
from edi_gateway.documents.ubl import rules
from edi_gateway.documents.ubl.arithmetic import RULESET as SUMS
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Document, Reading, Ruleset
from edi_gateway.model.partner import Identifier
from edi_gateway.model.transmission import Readable

RULESET = Ruleset("gw-order-x", "1")


def read(content: Readable, judging: Judging = DEFAULT) -> Reading:
    """Read an order, order change or order response.

    The guideline names the profile, whose schema and requirements judge it; where it is none of Order-X's, the widest
    profile's do. An enveloped signature stands under the root, as in an invoice. Rule ids are `XSD-…`, `GW-DOC-…`,
    `GW-ORDER-…` and `GW-SUM-…`. Raises Rejection: "document-malformed" for what isn't XML, "document-unknown" for
    another root, "document-not-permitted" for what was not agreed with the sender.
    """
    root = tree(content)
    if root.tag != ROOT:
        raise Rejection("document-unknown", "The root element is not SCRDMCCBDACIOMessageStructure.")
    profile, references = extract.profile_of(root), extract.references(root)
    document = extract.document(root, profile, references)
    judging.admit(document.type, document.format)
    claims = judging.chosen(ROOT, document.profile, text_at(root, at.PROCESS))
    own = (
        Own(
            RULESET,
            lambda: chain(rules.check(document, root, _places(root), references), requirements.check(root, profile)),
        ),
        Own(SUMS, lambda: arithmetic.check(root, _message(document), judging.tolerances)),
    )
    return judged(content, root, document, judging, claims, own)


def _message(document: Document) -> Message:
    """A change or a response may list some lines only, and the totals of them all."""
    return Message(document.currency, at.QUANTITIES, whole=document.type == "order")


def _places(root: etree._Element) -> Callable[[int], etree._Element | None]:
    sender, receiver = extract.directions(root)
    paths = (at.NUMBER, at.ISSUE_DATE, sender, receiver)
    return lambda number: first(root, paths[number - 1]) if number <= len(paths) else extract.payable(root)


def peek(root: etree._Element) -> tuple[Identifier, ...]:
    """The identifiers that a tree not yet verified claims for its sender; empty when it can't be read."""
    if root.tag != ROOT:
        return ()
    sender = party_at(root, extract.directions(root)[0], at.SHARED)
    return sender.identifiers if sender else ()
