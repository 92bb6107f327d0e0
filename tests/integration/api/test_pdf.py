"""PDFs at the door: contracts and hybrid invoices, signed in the PDF or around it."""

import json
from collections.abc import Callable

import pytest

from edi_gateway.gateway import Gateway
from edi_gateway.model.transmission import Transmission
from edi_gateway.receipts import bundle
from edi_gateway.signing import cms
from edi_gateway.syntax.pdf import inspection
from edi_gateway.workflows.check_evidence import Trust, check_evidence
from tests.support import pdf_attacks as attacks
from tests.support.client import Client
from tests.support.evidence import gathered
from tests.support.gateway import certificate, contract, private_key
from tests.support.hybrid import CORE, hybrid, invoice_of
from tests.support.pdf import page, signed_by, with_file, with_text
from tests.support.pdf_archival import with_timestamp

CONTRACT = with_file(page(), "contract.json", contract())


def in_cms(pdf: bytes) -> tuple[bytes, str]:
    return cms.sign(pdf, private_key("acme"), certificate("acme")), "application/cms"


def in_smime(pdf: bytes) -> tuple[bytes, str]:
    content_type, body = cms.sign_smime(pdf, "application/pdf", private_key("acme"), certificate("acme"))
    return body, content_type


def in_itself(pdf: bytes) -> tuple[bytes, str]:
    return signed_by(pdf, "acme"), "application/pdf"


def test_a_contract_signed_as_a_pdf_is_accepted_and_kept_as_it_came(client: Client) -> None:
    body = signed_by(CONTRACT, "globex", "acme")
    answer = client.post(body, "application/pdf")
    assert answer.status_code == 201
    statement = answer.json()["statement"]
    assert (statement["sender"], statement["receiver"]) == ("acme", "globex")
    assert statement["document"]["contract"].pop("terms").startswith("sha256:")
    assert statement["document"] == {
        "format": "contract-1",
        "type": "contract",
        "number": "FC-2026-014#1",
        "issueDate": "2026-11-23",
        "contract": {"parties": ["acme", "globex"]},
    }
    assert statement["signature"]["format"] == "pades"
    kept = client.get(f"{answer.headers['location']}/content", client.token("officer"))
    assert kept.content == body
    told = client.get(answer.headers["location"], client.token("officer")).json()
    rules = {each["rule"]: each["actual"] for each in told["report"]["findings"]}
    assert rules["GW-PDF-011"].startswith("globex ")
    assert rules["GW-PDF-013"].startswith("contract.json sha256:")


def test_the_same_contract_with_a_timestamp_appended_gets_the_first_receipt_again(client: Client) -> None:
    body = signed_by(CONTRACT, "acme")
    first = client.post(body, "application/pdf")
    again = client.post(with_timestamp(body), "application/pdf")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content


@pytest.mark.parametrize("sign", [in_cms, in_smime, in_itself])
def test_a_hybrid_invoice_is_accepted_however_it_is_signed(
    client: Client, sign: Callable[[bytes], tuple[bytes, str]]
) -> None:
    answer = client.post(*sign(hybrid(invoice_of(CORE))))
    assert answer.status_code == 201
    statement = answer.json()["statement"]
    assert (statement["document"]["type"], statement["document"]["format"]) == ("invoice", "cii-d22b-invoice")
    assert statement["validation"]["ruleset"][0]["name"] == "gw-pdf"


def test_what_the_sender_did_to_a_pdf_is_recorded_and_what_others_did_is_not(client: Client) -> None:
    before = client.gateway.ledger.head().size
    others = client.post(with_text(signed_by(CONTRACT, "acme"), "10,000,000"), "application/pdf")
    assert (others.status_code, others.json()["code"]) == (401, "signature-invalid")
    assert client.gateway.ledger.head().size == before
    own = client.post(signed_by(attacks.with_annotation(signed_by(CONTRACT, "globex")), "acme"), "application/pdf")
    assert (own.status_code, own.json()["code"]) == (422, "document-invalid")
    assert "GW-PDF-006" in {each["rule"] for each in own.json()["findings"]}
    assert own.json()["receipt"]["statement"]["type"] == "document.rejected"


def test_a_pdf_that_takes_too_much_is_a_recorded_refusal(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "INSPECTOR", "tests.support.pdf_engines")
    inspection._POOL.close()
    answer = client.post(
        attacks.signed_in_no_field(b"%PDF-1.7 toil \nstartxref\n0\n%%EOF\n", "acme"), "application/pdf"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "pdf-limits")
    assert answer.json()["findings"][0]["rule"] == "GW-PDF-001"
    killed = client.post(
        attacks.signed_in_no_field(b"%PDF-1.7 killed \nstartxref\n0\n%%EOF\n", "acme"), "application/pdf"
    )
    assert killed.status_code == 503
    inspection._POOL.close()


def test_no_pdf_is_read_before_its_signature_holds(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "INSPECTOR", "a.module.that.is.none")
    inspection._POOL.close()
    for body in (CONTRACT, signed_by(CONTRACT, "mallory"), attacks.transplanted(signed_by(CONTRACT, "acme"), "acme")):
        assert client.post(body, "application/pdf").status_code == 401
    assert client.post(signed_by(CONTRACT, "acme"), "application/pdf").status_code == 503


def test_a_pdf_hidden_in_a_small_message_does_not_stop_the_event_loop(client: Client) -> None:
    quoted = attacks.in_quoted_printable(CONTRACT)
    assert not inspection.may_hold(quoted[1], quoted[0])
    assert client.post(*quoted).status_code == 201


def test_a_pdf_is_judged_on_request_whether_it_is_signed_or_not(client: Client) -> None:
    def told(body: bytes) -> dict[str, object]:
        headers = {"Content-Type": "application/pdf", "Authorization": f"Bearer {client.token('officer')}"}
        answer = client.request("POST", "/v1/validations", content=body, headers=headers)
        found: dict[str, object] = json.loads(answer.content)
        return found

    assert (told(CONTRACT)["verdict"], told(CONTRACT)["signature"]) == ("accepted", "none")
    assert told(signed_by(CONTRACT, "mallory"))["signature"] == "notChecked"
    changed = told(with_text(signed_by(CONTRACT, "mallory"), "10,000,000"))
    assert changed["verdict"] == "rejected"


def test_evidence_of_a_pdf_with_a_timestamp_holds_without_reading_the_pdf(
    sqlite_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = with_timestamp(signed_by(CONTRACT, "globex", "acme"))
    arrived = Transmission(body, "application/pdf", sqlite_gateway.clock(), {"content-type": "application/pdf"})
    recorded = sqlite_gateway.record(sqlite_gateway.examine(arrived))
    monkeypatch.setattr(inspection, "INSPECTOR", "a.module.that.is.none")
    inspection._POOL.close()
    packed = gathered(sqlite_gateway, recorded.id)
    assert check_evidence(packed, Trust(sqlite_gateway.notary.vkey)).receipt.trusted
    assert len(bundle.unpack(packed)[bundle.DOCUMENT]) < len(body)
