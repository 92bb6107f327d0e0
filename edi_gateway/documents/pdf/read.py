"""Read the document that a PDF carries: an embedded file, which its own format's reader judges."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from edi_gateway.documents.grading import graded
from edi_gateway.documents.parsing import tree
from edi_gateway.documents.pdf import hybrid, rules
from edi_gateway.documents.rulesets import Judging
from edi_gateway.model.document import Finding, Reading, Ruleset
from edi_gateway.model.transmission import Readable, Unverified
from edi_gateway.syntax.pdf.inspection import EmbeddedFile, Inspection, inspect

MEDIA_TYPE: Final = "application/pdf"
RULESET: Final = Ruleset("gw-pdf", "1")

CONTRACT: Final = "contract.json"
"""What a contract record is called inside a PDF."""
_TYPES: Final = {CONTRACT: "application/json"} | dict.fromkeys(hybrid.ROOTS, "application/xml")

Read = Callable[[Readable, Judging], Reading]


def read(content: Readable, judging: Judging, within: Read) -> Reading:
    """Judge a PDF, then the document inside with `within`: its findings have their places in the embedded file.

    The PDF has to be whole: nothing was changed after anybody signed it, nothing in it runs. PDF/A is not asked for.
    Raises Rejection: "document-malformed", "pdf-limits", and what `within` raises; Fault where no PDF can be read now.
    """
    octets = content.source or content.content
    found = inspect(octets)
    levels = judging.profile.levels if judging.profile else {}
    findings = graded(rules.check(found, octets, signed=content.format == "pades"), levels)
    if any(finding.refuses for finding in findings):
        return Reading(None, findings, (RULESET,), "signature")
    # By any of its names: another reader may go by another of them.
    carried = [each for each in found.embedded if any(name.lower() in _TYPES for name in each.names)]
    if len(carried) != 1 or carried[0].ambiguous or carried[0].octets is None or carried[0].name.lower() not in _TYPES:
        return _without(carried, findings, _revisions(octets, found), judging)
    return _read(carried[0], found, content, findings, judging, within)


def _read(
    file: EmbeddedFile,
    found: Inspection,
    content: Readable,
    findings: tuple[Finding, ...],
    judging: Judging,
    within: Read,
) -> Reading:
    assert file.octets is not None
    findings = (*findings, _carried(file, file.octets))
    carried = Unverified(content.format, _TYPES[file.name.lower()], file.octets)
    if file.name.lower() in hybrid.ROOTS:
        root = tree(carried)
        if another := hybrid.another_kind(file, root):
            return Reading(None, (*findings, another), (RULESET,), "wellformed")
        carried = replace(carried, tree=root)
    reading = within(carried, judging)
    said = hybrid.check(file, found.metadata, reading.document)
    return replace(reading, findings=(*findings, *said, *reading.findings), ruleset=(RULESET, *reading.ruleset))


def _carried(file: EmbeddedFile, octets: bytes) -> Finding:
    """Which file was judged: its name and digest are part of what the receipt binds."""
    return Finding(
        rule="GW-PDF-013",
        severity="information",
        stage="wellformed",
        message="The document is a file inside the PDF.",
        actual=f"{file.name} sha256:{sha256(octets).hexdigest()}",
    )


def _revisions(octets: bytes, found: Inspection) -> Iterator[bytes]:
    """The PDF as each of its signers had it, oldest first: no more than signatures came between any two of them."""
    ends = {sum(each.byte_range[2:]) for each in found.signatures if not each.timestamp} | {len(octets)}
    return (octets[:end] for end in sorted(ends))


def _without(
    carried: Sequence[EmbeddedFile], findings: tuple[Finding, ...], revisions: Iterable[bytes], judging: Judging
) -> Reading:
    """No document in the PDF, or nobody can say which: a record that was sent before may name it."""
    if carried:
        names = ", ".join(each.name for each in carried)
        finding = Finding("GW-PDF-015", "error", "wellformed", rules.SEVERAL, actual=names[:200])
        return Reading(None, (*findings, finding), (RULESET,), "wellformed")
    record_of = judging.record_of or (lambda _: None)
    document = next(filter(None, (record_of(sha256(each).hexdigest()) for each in revisions)), None)
    if document is None:
        finding = Finding("GW-PDF-014", "error", "wellformed", rules.NONE, expected=", ".join(_TYPES))
        return Reading(None, (*findings, finding), (RULESET,), "wellformed")
    judging.admit(document.type, document.format)
    return Reading(document, findings, (RULESET,), "rules")
