"""Findings as people read them on a terminal."""

import click

from edi_gateway.cli.findings import told
from edi_gateway.cli.output import pairs, table
from edi_gateway.cli.visible import visible

FINDING = {
    "rule": "BR-CO-16",
    "severity": "fatal",
    "message": "The amount due is wrong.",
    "terms": ["BT-115"],
    "expected": "2.00",
    "actual": "1.00",
    "locations": [{"line": 7, "xpath": "/Invoice/cbc:ID"}, {"pointer": "/currency"}],
}
BAD = "FC\x1b[2J\n2026 accepted\u202e"
SHOWN = r"FC\x1b[2J\n2026 accepted\u202e"


def lines(*findings: dict[str, object]) -> list[str]:
    return [click.unstyle(line) for line in told(findings)]


def test_a_finding_is_told_with_its_places_and_what_was_expected() -> None:
    assert lines(FINDING) == [
        "  fatal       BR-CO-16  The amount due is wrong. (BT-115)",
        "      line 7: /Invoice/cbc:ID",
        "      /currency",
        "      expected 2.00, found 1.00",
    ]


def test_a_finding_without_a_place_is_told_without_one() -> None:
    finding = {"rule": "GW-PDF-011", "severity": "information", "message": "Signed.", "actual": "globex ab12"}
    assert lines(finding) == ["  information GW-PDF-011  Signed.", "      found globex ab12"]


def test_a_place_may_be_a_line_alone() -> None:
    assert lines({"rule": "X", "severity": "fatal", "message": "m", "locations": [{"line": 3}]})[1] == "      line 3"


def test_what_a_partner_wrote_stays_in_its_line_and_moves_no_cursor() -> None:
    told_of = lines({**FINDING, "message": BAD, "actual": BAD, "locations": [{"pointer": BAD}]})
    assert told_of == [
        f"  fatal       BR-CO-16  {SHOWN} (BT-115)",
        f"      {SHOWN}",
        f"      expected 2.00, found {SHOWN}",
    ]
    assert pairs({"number": BAD}) == [f"  number  {SHOWN}"]
    assert table(["number"], [[BAD]], "none") == ["NUMBER", SHOWN]


def test_letters_of_any_language_are_left_as_they_are() -> None:
    assert visible("Rechnung für 東京 №7") == "Rechnung für 東京 №7"
