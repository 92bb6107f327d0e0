"""EN 16931: the European core invoice, judged by rules of our own that agree with the official validator's."""

from edi_gateway.documents.en16931.findings import findings
from edi_gateway.documents.en16931.judge import RULES, RULESET, judge
from edi_gateway.documents.en16931.rule import Fired, Rule

__all__ = ["RULES", "RULESET", "Fired", "Rule", "findings", "judge"]
