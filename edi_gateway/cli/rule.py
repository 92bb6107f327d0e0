"""What a rule means that a finding names."""

from dataclasses import asdict

import click

from edi_gateway.cli.options import json_option
from edi_gateway.cli.output import show
from edi_gateway.documents.explain import explain
from edi_gateway.errors import Misuse


@click.command(epilog="Example: edi-gateway rule BR-CO-15")
@click.argument("rule")
@json_option
def rule(rule: str) -> None:
    """Say what RULE means, with an example that fails and one that passes."""
    found = explain(rule.strip().upper() if not rule.startswith("JSON-") else rule)
    if found is None:
        raise Misuse(f"There is no rule {rule[:100]}.")
    show(asdict(found), found.text.rstrip("\n"))
