"""Judging documents in files, without a gateway."""

import json

import pytest
from click.testing import CliRunner
from lxml import etree

from edi_gateway.cli import main
from tests.support.cii import INVOICE as CII
from tests.support.gateway import signed
from tests.support.hybrid import CORE, hybrid, invoice_of
from tests.support.pdf import page, signed_by
from tests.support.shell import Shell
from tests.support.ubl import INVOICE, ORDER, changed, drop, set_text

WRONG = changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "1.00"))


def test_files_are_judged_without_a_gateway(shell: Shell) -> None:
    invoice, order = shell.write("invoice.xml", INVOICE), shell.write("order.xml", ORDER)
    lines = shell.ok("check", invoice, order).splitlines()
    assert lines[0] == f"{invoice}: accepted (ubl-2.1-invoice.xsd 2.1, gw-ubl 1, en16931 1.3.16)"
    assert lines[1].startswith(f"{order}: accepted")
    assert not (shell.folder / "data").exists()


def test_a_refused_file_exits_with_1_and_says_all_that_is_wrong(shell: Shell) -> None:
    result = shell.run("check", shell.write("wrong.xml", WRONG), shell.write("right.xml", INVOICE))
    assert result.exit_code == 1
    assert result.stderr == "edi-gateway: 1 of 2 refused\n"
    first, finding, place, said, second = result.stdout.splitlines()
    assert first.split(": ")[1].startswith("refused")
    assert finding.split()[:2] == ["fatal", "BR-CO-16"]
    assert finding.endswith("(BT-115, BT-112, BT-113, BT-114)")
    assert place.strip() == "line 153: /Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"
    assert said.strip() == "expected 5044.91, found 1.00"
    assert second.split(": ")[1].startswith("accepted")


def test_json_is_one_object_a_line_for_each_file(shell: Shell) -> None:
    files = [shell.write("wrong.xml", WRONG), shell.write("right.xml", INVOICE)]
    result = shell.run("check", *files, "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["file"] for one in told] == [str(file) for file in files]
    assert [one["verdict"] for one in told] == ["rejected", "accepted"]
    (finding,) = told[0]["findings"]
    assert finding["rule"] == "BR-CO-16"
    assert finding["locations"] == [{"xpath": "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", "line": 153}]
    assert result.exit_code == 1


def test_pdfs_are_judged_by_the_document_inside(shell: Shell) -> None:
    invoice = shell.write("invoice.pdf", hybrid(invoice_of(CORE)))
    lines = shell.ok("check", invoice).splitlines()
    assert lines[0].startswith(f"{invoice}: accepted (gw-pdf 1, cii-d22b-invoice.xsd 100.D22B, gw-cii 1, en16931")
    assert lines[1].split()[:2] == ["information", "GW-PDF-013"]
    contract = shell.write("contract.pdf", signed_by(page(), "acme"))
    told = json.loads(shell.run("check", contract, "--json").stdout)
    assert (told["verdict"], told["signature"]) == ("rejected", "notChecked")
    assert [each["rule"] for each in told["findings"]] == ["GW-PDF-014"]
    assert "Whether a record that was sent names this PDF was not asked." in shell.run("check", contract).stdout
    assert "was sent names" not in shell.ok("check", invoice)


def test_a_profile_is_asked_of_what_does_not_claim_it(shell: Shell) -> None:
    plain = shell.write("plain.xml", changed(INVOICE, drop("cbc:CustomizationID")))
    assert shell.json("check", plain)["verdict"] == "accepted"
    result = shell.run("check", plain, "--profile", "en16931", "--json")
    assert [finding["rule"] for finding in json.loads(result.stdout)["findings"]] == ["BR-01"]


def test_rules_alone_are_asked_of_a_fragment(shell: Shell) -> None:
    fragment = shell.write("part.xml", b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')
    result = shell.run("check", fragment, "--profile", "en16931", "--stage", "rules", "--json")
    told = json.loads(result.stdout)
    assert {"BR-01", "BR-16"} <= {finding["rule"] for finding in told["findings"]}
    assert not any(finding["rule"].startswith(("XSD-", "GW-")) for finding in told["findings"])


def test_a_signed_file_is_judged_and_its_signature_said_to_be_unchecked(shell: Shell) -> None:
    file = shell.write("signed.xml", signed(INVOICE, "acme")[1])
    assert shell.json("check", file)["signature"] == "notChecked"
    assert "The signature was not checked." in shell.ok("check", file)


def test_svrl_is_for_one_file(shell: Shell) -> None:
    file = shell.write("wrong.xml", WRONG)
    report = etree.fromstring(shell.run("check", file, "--svrl").stdout.encode())
    assert [each.get("id") for each in report.iter("{*}failed-assert")] == ["BR-CO-16"]
    assert "one FILE" in shell.refused("check", file, file, "--svrl")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x00\x01"])
def test_a_file_that_is_no_document_is_refused_and_the_next_one_is_judged(shell: Shell, data: bytes) -> None:
    result = shell.run("check", shell.write("a", data), shell.write("b.xml", INVOICE), "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert [finding["rule"] for finding in first["findings"]] == ["GW-DOC-100"]
    assert (first["verdict"], second["verdict"]) == ("rejected", "accepted")


def test_a_profile_that_there_is_not_is_told(shell: Shell) -> None:
    file = shell.write("invoice.xml", INVOICE)
    assert "There is no rule set peppol: there is en16931." in shell.refused("check", file, "--profile", "peppol")


def test_colours_are_for_terminals_that_want_them(shell: Shell) -> None:
    words = ["check", str(shell.write("wrong.xml", WRONG))]
    assert "\x1b[31m" in CliRunner().invoke(main, words, color=True).stdout
    assert "\x1b[" not in CliRunner(env={"NO_COLOR": "1"}).invoke(main, words, color=True).stdout
    assert "\x1b[" not in CliRunner().invoke(main, words).stdout


def test_a_second_opinion_says_where_the_official_rules_differ(shell: Shell) -> None:
    wrong, order = shell.write("wrong.xml", WRONG), shell.write("order.xml", ORDER)
    result = shell.run("check", wrong, order, "--second-opinion", "--json")
    first, second = (json.loads(line)["secondOpinion"] for line in result.stdout.splitlines())
    assert (first["asked"], first["agrees"], first["version"]) == (True, True, "1.3.16")
    assert second == {"asked": False}
    said = shell.run("check", wrong, order, "--second-opinion").stdout
    assert "Second opinion (en16931 1.3.16): the official rules agree." in said
    assert "Second opinion: no official rules for this are at hand." in said


def test_a_cross_industry_invoice_has_a_second_opinion_too(shell: Shell) -> None:
    wrong = changed(CII, lambda root: setattr(next(root.iter("{*}DuePayableAmount")), "text", "1.00"))
    files = [shell.write("right.xml", CII), shell.write("wrong.xml", wrong), shell.write("ubl.xml", INVOICE)]
    result = shell.run("check", *files, "--second-opinion", "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["verdict"] for each in told] == ["accepted", "rejected", "accepted"]
    opinions = [each["secondOpinion"] for each in told]
    assert [(each["name"], each["agrees"]) for each in opinions] == [
        ("factur-x-en16931", True),
        ("factur-x-en16931", True),
        ("en16931", True),
    ]


def test_a_rule_is_explained(shell: Shell) -> None:
    said = shell.ok("rule", "br-co-15")
    assert said.startswith("BR-CO-15 (fatal)")
    assert "Fails:" in said
    assert shell.json("rule", "GW-DOC-001")["severity"] == "error"
    assert "There is no rule BR-999." in shell.refused("rule", "BR-999")


def test_what_comes_in_is_judged_as_a_file_is(shell: Shell) -> None:
    result = CliRunner().invoke(main, ["check", "-", "--json"], input=WRONG)
    told = json.loads(result.stdout)
    assert (told["file"], told["verdict"], result.exit_code) == ("-", "rejected", 1)
    assert [finding["rule"] for finding in told["findings"]] == ["BR-CO-16"]


def test_rules_that_a_broken_schema_keeps_from_being_asked_are_named(shell: Shell) -> None:
    broken = shell.write("broken.xml", changed(INVOICE, drop("cbc:ID")))
    assert "The rules were not asked" in shell.run("check", broken).stdout
    assert "were not asked" not in shell.run("check", shell.write("wrong.xml", WRONG)).stdout


def test_an_invoice_that_claims_no_rules_is_not_taken_for_one_that_keeps_them(shell: Shell) -> None:
    plain = shell.write("plain.xml", changed(INVOICE, drop("cbc:CustomizationID")))
    said = "The rules of EN 16931 were not asked"
    assert said in shell.ok("check", plain)
    assert said not in shell.run("check", plain, "--profile", "en16931").stdout
    assert said not in shell.ok("check", shell.write("order.xml", ORDER), shell.write("invoice.xml", INVOICE))
