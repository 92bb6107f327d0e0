"""EN 16931: the European core invoice, judged by rules of our own that agree with the official validator's."""

from edi_gateway.documents.en16931.cii.examples import example as cii_example
from edi_gateway.documents.en16931.findings import findings
from edi_gateway.documents.en16931.judge import CII_RULES, RULES, RULESET, judge
from edi_gateway.documents.en16931.rule import Fired, Rule

__all__ = ["CII_RULES", "RULES", "RULESET", "Fired", "Rule", "cii_example", "findings", "judge"]
