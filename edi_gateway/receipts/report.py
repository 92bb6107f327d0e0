"""What validation had to say about a document, as answers show it and the archive keeps it."""

from functools import cache
from typing import Any, get_args

from edi_gateway.model.document import Reading, Stage
from edi_gateway.receipts.statement import finding_json
from edi_gateway.syntax.json import sorted_by_name

STAGES: tuple[Stage, ...] = get_args(Stage)


def report_json(id: str, digest: str, reading: Reading) -> bytes:
    """The report as JSON. `digest` is that of the signed content, `sha256:` and hex."""
    document = reading.document
    severities = [finding.severity for finding in reading.findings]
    failed = frozenset(finding.stage for finding in reading.findings if finding.refuses)
    report: dict[str, Any] = {
        "documentId": id,
        "sha256": digest.removeprefix("sha256:"),
        "format": document.format if document else None,
        "profile": document.profile if document else None,
        "ruleset": [{"name": rules.name, "version": rules.version} for rules in reading.ruleset],
        "stages": _stages(reading.reached, failed),
        "summary": {severity: severities.count(severity) for severity in ("fatal", "error", "warning")},
        "truncated": reading.truncated,
        "findings": [finding_json(finding) for finding in reading.findings],
    }
    return sorted_by_name({name: value for name, value in report.items() if value is not None})


@cache
def _stages(last: Stage, failed: frozenset[Stage]) -> list[dict[str, str]]:
    reached = STAGES[: STAGES.index(last) + 1]
    return [
        {"name": stage, "outcome": "fail" if stage in failed else "pass" if stage in reached else "skipped"}
        for stage in STAGES
    ]
