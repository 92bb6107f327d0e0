"""The official rules of EN 16931, run by Saxon: the second opinion, and the oracle of our own engine."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from edi_gateway.documents.schema import compiled
from edi_gateway.errors import Fault, Misuse
from edi_gateway.transports import saxon
from edi_gateway.transports.saxon import OfficialRules
from tests.support import cii
from tests.support.invoices import invoice
from tests.support.mutations import mutated
from tests.support.ubl import CBC, CREDIT_NOTE, INVOICE, changed, drop, set_text

DRAWN = 40


@pytest.fixture(scope="module")
def official() -> Iterator[OfficialRules]:
    with OfficialRules() as rules:
        yield rules


def fired(official: OfficialRules, content: bytes) -> set[tuple[str, str]]:
    opinion = official.judge(etree.fromstring(content))
    assert opinion.failed is None
    return {(finding.rule, finding.flag) for finding in opinion.findings}


@pytest.mark.parametrize("content", [INVOICE, CREDIT_NOTE], ids=["invoice", "credit note"])
def test_the_demonstration_s_documents_keep_every_official_rule(official: OfficialRules, content: bytes) -> None:
    assert fired(official, content) == set()


def test_invoices_that_mutations_begin_with_keep_the_schema_and_every_official_rule(official: OfficialRules) -> None:
    for seed in range(DRAWN):
        root = etree.fromstring(etree.tostring(invoice(Random(seed))))
        with compiled("ubl-2.1-invoice" if root.tag.endswith("Invoice") else "ubl-2.1-credit-note") as schema:
            schema.assertValid(root)
        assert official.judge(root) == saxon.Opinion(()), seed


def test_a_finding_says_where(official: OfficialRules) -> None:
    content = changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "1.005"))
    root = etree.fromstring(content)
    findings = {finding.rule: finding for finding in official.judge(root).findings}
    assert findings.keys() == {"BR-CO-16", "BR-DEC-18", "UBL-DT-01"}
    assert findings["UBL-DT-01"].flag == "fatal"
    assert root.find(findings["UBL-DT-01"].path) is next(root.iter(f"{CBC}PayableAmount"))


def test_a_rule_of_the_whole_document_is_at_the_root(official: OfficialRules) -> None:
    (finding,) = official.judge(etree.fromstring(changed(INVOICE, drop("cbc:ID")))).findings
    assert (finding.rule, finding.path) == ("BR-02", ".")


def test_a_value_that_stops_the_official_rules_is_told(official: OfficialRules) -> None:
    content = changed(INVOICE, set_text("cac:LegalMonetaryTotal/cbc:PayableAmount", "much"))
    assert "much" in (official.judge(etree.fromstring(content)).failed or "")
    assert fired(official, INVOICE) == set()


def test_the_engine_sees_no_document_type(official: OfficialRules, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0088")
    entity = f'<!DOCTYPE Invoice [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    content = INVOICE.replace(b"<Invoice", entity + b"<Invoice", 1)
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
    assert official.judge(root) == saxon.Opinion(())


def test_an_engine_that_dies_is_our_fault_and_another_takes_its_place(official: OfficialRules) -> None:
    assert official.process_id
    os.kill(official.process_id, signal.SIGKILL)
    with pytest.raises(Fault, match="did not answer"):
        fired(official, INVOICE)
    assert fired(official, INVOICE) == set()


def test_an_engine_that_takes_too_long_is_ended() -> None:
    with OfficialRules(patience=0.01) as rules, pytest.raises(Fault, match="could not be started"):
        rules.judge(etree.fromstring(INVOICE))


def test_an_engine_is_renewed_after_so_many_documents() -> None:
    with OfficialRules(renewed_after=1) as rules:
        fired(rules, INVOICE)
        before = rules.process_id
        fired(rules, INVOICE)
        assert rules.process_id != before


def test_there_are_official_rules_for_some_rule_sets_only() -> None:
    with pytest.raises(Misuse, match="en16931"):
        saxon.stylesheet("peppol")
    assert saxon.official_for("gw-ubl", etree.fromstring(INVOICE)) is None


def test_a_syntax_has_its_own_official_rules() -> None:
    names = [saxon.official_for("en16931", etree.fromstring(each)) for each in (INVOICE, CREDIT_NOTE, cii.INVOICE)]
    assert names == ["en16931", "en16931", "factur-x-en16931"]


def test_the_version_is_the_one_that_the_stylesheet_names() -> None:
    assert [saxon.version(name) for name in saxon.STYLESHEETS] == ["1.3.16", "1.09.2"]


def test_rules_that_ask_something_else_under_the_same_id_are_compared_with_nothing() -> None:
    assert saxon.shared(saxon.UBL) == saxon.rule_ids(saxon.UBL)
    ours = saxon.shared(saxon.CII)
    assert len(ours) == 214 - len(saxon.OTHERWISE[saxon.CII])
    assert {"BR-CO-10", "BR-CO-16", "BR-S-08", "BR-S-09"} <= ours
    assert saxon.OTHERWISE[saxon.CII].keys() <= saxon.rule_ids(saxon.CII)
    named = saxon.Opinion(tuple(saxon.OfficialFinding(each, "", ".") for each in ("BR-CO-17", "FX-SCH-A-000176")))
    assert saxon.compared(named, {"BR-CO-15"}, saxon.CII)["agrees"]
    assert saxon.compared(named, {"BR-CO-16"}, saxon.CII)["onlyHere"] == ["BR-CO-16"]


def test_the_same_seed_makes_the_same_document() -> None:
    assert [(etree.tostring(mutated(seed)[0]), mutated(seed)[1]) for seed in range(5)] == [
        (etree.tostring(mutated(seed)[0]), mutated(seed)[1]) for seed in range(5)
    ]
