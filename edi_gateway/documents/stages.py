"""The stages of judging an XML document: its schema, and where that is kept, our own rules and those that it claims."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from lxml import etree

from edi_gateway.documents.rulesets import Judging, RuleSet
from edi_gateway.documents.schema import catalogue
from edi_gateway.documents.violations import violations
from edi_gateway.model.document import Document, Finding, Reading, Ruleset
from edi_gateway.model.transmission import Readable


class Own(NamedTuple):
    """Rules of the gateway, and what they find in the document."""

    ruleset: Ruleset
    findings: Callable[[], Iterable[Finding]]


def judged(
    content: Readable,
    root: etree._Element,
    document: Document,
    judging: Judging,
    claims: Sequence[RuleSet],
    own: Sequence[Own],
    *,
    emptied: etree._Element | None = None,
    globally: bool = False,
) -> Reading:
    """What validation makes of a document that was read from `root`. `emptied` and `globally` are as `violations` has
    them. A document that breaks its schema isn't judged any further."""
    schema = catalogue()[document.format]
    asked = () if judging.rules_only and judging.ruleset else own
    ruleset = (
        *(() if judging.rules_only else (Ruleset(schema.ruleset_name, schema.version),)),
        *(each.ruleset for each in asked),
        *(each.ruleset for each in claims),
    )
    if not judging.rules_only:
        findings, truncated = violations(document.format, root, content.content, emptied, globally)
        if findings:
            return Reading(document, findings, ruleset, "schema", truncated)
    ours = (finding for each in asked for finding in each.findings())
    theirs = (finding for each in claims for finding in each.judge(root))
    return Reading(document, (*ours, *theirs), ruleset, "rules")
