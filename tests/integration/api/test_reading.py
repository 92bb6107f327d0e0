"""Reading documents: who sees what, page by page, and byte for byte."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scitt_cose.receipt import verify_receipt

from edi_gateway.access import create_token
from edi_gateway.receipts import bundle
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.statement import commit
from edi_gateway.workflows.check_evidence import Trust, check_evidence
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import NOW, enrol, invoice, order, order_response, signed


@dataclass(frozen=True)
class Trade:
    """Three documents between acme and globex, one of them refused; initech has nothing to do with it."""

    client: Client
    order: str
    invoice: str
    refused: str
    receipts: dict[str, bytes]
    bodies: dict[str, bytes]
    officer: str
    operator: str
    acme: str
    globex: str
    initech: str

    def ids(self, token: str, **query: object) -> list[str]:
        answer = self.client.get("/v1/documents", token, **query)
        assert answer.status_code == 200
        return [document["id"] for document in answer.json()["documents"]]


@pytest.fixture(scope="module")
def trade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trade]:
    with serving(tmp_path_factory.mktemp("trade") / "data") as client:
        enrol(client.gateway, "initech", "0088:7300030000005")
        ids, receipts, bodies = [], {}, {}
        broken = invoice("INV-2").replace(b"<cbc:DueDate>", b"<cbc:DueDate>x", 1)
        for document, owner in ((order("PO-1"), "globex"), (invoice("INV-1"), "acme"), (broken, "acme")):
            content_type, body = signed(document, owner, "smime" if owner == "globex" else "xmldsig")
            answer = client.post(body, content_type)
            id = answer.headers["location"].rpartition("/")[2]
            ids.append(id)
            bodies[id] = body
            content = answer.content
            receipts[id] = content if answer.status_code == 201 else content.partition(b'"receipt": ')[2][:-1]
        yield Trade(
            client,
            *ids,
            receipts=receipts,
            bodies=bodies,
            officer=client.token("officer"),
            operator=client.token("operator"),
            acme=client.token("partner", "acme"),
            globex=client.token("partner", "globex"),
            initech=client.token("partner", "initech"),
        )


PARTS = ("", "/content", "/receipt", "/evidence")
READING = ("/v1/documents", *(f"/v1/documents/{{}}{part}" for part in PARTS))


@pytest.mark.parametrize("path", READING)
def test_without_a_token_nothing_is_read(trade: Trade, path: str) -> None:
    answer = trade.client.get(path.format(trade.invoice))
    assert_problem(answer, 401, "token-missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", READING)
@pytest.mark.parametrize("token", ["edg_" + "A" * 43, "nonsense", "ÿ"])
def test_with_a_token_that_nobody_made_nothing_is_read(trade: Trade, path: str, token: str) -> None:
    headers = {"Authorization": b"Bearer " + token.encode("latin-1")}
    answer = trade.client.request("GET", path.format(trade.invoice), headers=headers)
    assert_problem(answer, 401, "token-invalid")
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_another_scheme_is_no_token(trade: Trade) -> None:
    credentials = base64.b64encode(f"user:{trade.officer}".encode()).decode()
    answer = trade.client.request("GET", "/v1/documents", headers={"Authorization": f"Basic {credentials}"})
    assert_problem(answer, 401, "token-missing")


@pytest.mark.parametrize("path", READING)
def test_an_operator_does_not_read_documents(trade: Trade, path: str) -> None:
    assert_problem(trade.client.get(path.format(trade.invoice), trade.operator), 403, "role-insufficient")


def test_a_token_ends_when_it_said_it_would(client: Client) -> None:
    expires_at = client.clock.now + timedelta(hours=1)
    token = create_token(client.gateway, "officer", "for an hour", expires_at=expires_at)
    client.clock.now = expires_at - timedelta(milliseconds=2)
    assert client.get("/v1/documents", token).status_code == 200
    client.clock.now = expires_at
    assert_problem(client.get("/v1/documents", token), 401, "token-invalid")


def test_the_query_is_not_looked_at_before_the_token(trade: Trade) -> None:
    assert_problem(trade.client.get("/v1/documents", limit="many"), 401, "token-missing")


def test_an_officer_sees_everything_newest_first(trade: Trade) -> None:
    assert trade.ids(trade.officer) == [trade.refused, trade.invoice, trade.order]


def test_a_partner_sees_what_it_sent_and_what_was_accepted_for_it(trade: Trade) -> None:
    assert trade.ids(trade.acme) == [trade.refused, trade.invoice, trade.order]
    assert trade.ids(trade.globex) == [trade.invoice, trade.order]
    assert trade.ids(trade.initech) == []


@pytest.mark.parametrize("part", PARTS)
def test_a_partner_reads_what_it_may_see(trade: Trade, part: str) -> None:
    assert trade.client.get(f"/v1/documents/{trade.refused}{part}", trade.acme).status_code == 200
    assert trade.client.get(f"/v1/documents/{trade.invoice}{part}", trade.globex).status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_not_yours_and_not_there_are_the_same_answer(trade: Trade, part: str) -> None:
    nobodys = "01a20846-fe09-701d-81b1-fe6ed4f9cf0a"
    not_yours = trade.client.get(f"/v1/documents/{trade.invoice}{part}", trade.initech)
    not_there = trade.client.get(f"/v1/documents/{nobodys}{part}", trade.initech)
    assert_problem(not_yours, 404, "not-found")
    assert not_yours.text.replace(trade.invoice, nobodys) == not_there.text
    assert_problem(trade.client.get(f"/v1/documents/{trade.refused}{part}", trade.globex), 404, "not-found")


@pytest.mark.parametrize("id", ["x", "%00" * 36, "%ff" * 36, "ä" * 36, "a" * 5000])
def test_what_cannot_be_an_id_is_not_found(trade: Trade, id: str) -> None:
    assert_problem(trade.client.get(f"/v1/documents/{id}", trade.officer), 404, "not-found")


def test_content_comes_back_as_it_arrived_and_no_browser_opens_it(trade: Trade) -> None:
    for id, body in trade.bodies.items():
        answer = trade.client.get(f"/v1/documents/{id}/content", trade.officer)
        assert answer.content == body
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox")
    smime = trade.client.get(f"/v1/documents/{trade.order}/content", trade.officer).headers["content-type"]
    assert smime.startswith("multipart/signed; protocol=")
    assert "boundary=" in smime


def test_the_receipt_is_the_first_one_byte_for_byte(trade: Trade) -> None:
    for id, receipt in trade.receipts.items():
        assert trade.client.get(f"/v1/documents/{id}/receipt", trade.officer).content == receipt


def test_the_evidence_is_a_zip_that_holds_by_itself_and_brings_the_first_receipt(trade: Trade) -> None:
    for id, receipt in trade.receipts.items():
        answer = trade.client.get(f"/v1/documents/{id}/evidence", trade.officer)
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"] == f'attachment; filename="{id}.zip"'
        checked = check_evidence(answer.content, Trust(trade.client.gateway.notary.vkey))
        assert receipts.to_json(checked.receipt.receipt) == receipt
        assert bundle.unpack(answer.content)[bundle.BODY] == trade.bodies[id]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/cose", 'application/cose; cose-type="cose-sign1"'),
        ("application/scitt-receipt+cose", "application/scitt-receipt+cose"),
        ("application/cose, */*;q=0.1", 'application/cose; cose-type="cose-sign1"'),
        ('application/cose; cose-type="cose-sign1"', 'application/cose; cose-type="cose-sign1"'),
        ("application/json;q=0.5, application/scitt-receipt+cose", "application/scitt-receipt+cose"),
        ("application/json, application/cose", "application/json"),
        ("application/cose;q=0", "application/json"),
        ("text/html, */*", "application/json"),
        ("text/html", "application/json"),
        ("application/*", "application/json"),
        (",;q=x", "application/json"),
        ("*/*;q=2", "application/json"),
    ],
)
def test_the_receipt_is_given_in_the_form_that_is_asked_for(trade: Trade, accept: str, given: str) -> None:
    headers = {"Authorization": f"Bearer {trade.officer}", "Accept": accept}
    answer = trade.client.request("GET", f"/v1/documents/{trade.invoice}/receipt", headers=headers)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["vary"]) == (200, given, "Accept")
    assert (answer.content == trade.receipts[trade.invoice]) == (given == "application/json")


def test_a_cose_receipt_proves_the_entry_of_the_first_receipt(trade: Trade) -> None:
    headers = {"Authorization": f"Bearer {trade.globex}", "Accept": "application/cose"}
    answer = trade.client.request("GET", f"/v1/documents/{trade.order}/receipt", headers=headers)
    first = receipts.parse(trade.receipts[trade.order])
    public_key = Ed25519PublicKey.from_public_bytes(trade.client.gateway.notary.verifier.public_key)
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    entry = commit(first.statement, first.salt)
    found = verify_receipt(answer.content, leaf_entry_hex=entry.hex(), log_public_key_pem=pem)
    assert found.ok, found.errors
    assert found.leaf_index == first.index
    assert found.tree_size == trade.client.gateway.ledger.head().size
    assert found.subject == f"urn:uuid:{trade.order}"


def test_a_record_says_what_became_of_the_document(trade: Trade) -> None:
    record = trade.client.get(f"/v1/documents/{trade.refused}", trade.officer).json()
    assert (record["verdict"], record["code"]) == ("rejected", "document-invalid")
    assert (record["sender"], record["type"], record["number"]) == ("acme", "invoice", "INV-2")
    assert record["report"]["summary"]["fatal"] + record["report"]["summary"]["error"] > 0
    assert record["report"]["findings"]
    for link in record["links"].values():
        assert trade.client.get(link, trade.officer).status_code == 200


def test_an_accepted_invoice_is_found_by_each_of_its_words(trade: Trade) -> None:
    (found,) = trade.client.get("/v1/documents", trade.officer, number="INV-1").json()["documents"]
    assert found["id"] == trade.invoice
    assert (found["receiver"], found["issueDate"], found["currency"]) == ("globex", "2026-11-23", "EUR")
    assert found["payable"] == "5044.91"
    assert trade.ids(trade.officer, sender="globex") == [trade.order]
    assert trade.ids(trade.officer, receiver="globex", verdict="accepted") == [trade.invoice]
    assert trade.ids(trade.officer, type="order") == [trade.order]
    assert trade.ids(trade.officer, verdict="rejected") == [trade.refused]
    assert trade.ids(trade.officer, q="NV-") == [trade.refused, trade.invoice]
    assert trade.ids(trade.officer, q="%") == []
    assert trade.ids(trade.officer, number="INV-1", sender="globex") == []


def test_from_is_included_and_to_is_not(trade: Trade) -> None:
    moment = trade.client.get(f"/v1/documents/{trade.invoice}", trade.officer).json()["receivedAt"]
    assert trade.ids(trade.officer, **{"from": moment}) == [trade.refused, trade.invoice]
    assert trade.ids(trade.officer, to=moment) == [trade.order]
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    assert trade.ids(trade.officer, **{"from": tomorrow}) == []


def test_a_partners_filter_does_not_widen_what_it_sees(trade: Trade) -> None:
    assert trade.ids(trade.initech, sender="acme") == []
    assert trade.ids(trade.globex, verdict="rejected") == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"verdict": "maybe"},
        {"type": "novel"},
        {"from": "yesterday"},
        {"from": "2026-11-23"},
        {"from": "2026-11-23T12:00:00"},
        {"to": "1795435200"},
        {"cursor": "x"},
        {"q": ""},
        {"q": "a\x00b"},
        {"number": "n" * 201},
        {"colour": "blue"},
    ],
)
def test_a_query_that_makes_no_sense_is_400(trade: Trade, query: dict[str, str]) -> None:
    answer = trade.client.get("/v1/documents", trade.officer, **query)
    assert_problem(answer, 400, "query-invalid")
    assert next(iter(query)) in answer.json()["detail"]


def test_pages_follow_each_other_without_gap_or_repetition(client: Client) -> None:
    officer = client.token("officer")
    posted = [
        client.post_signed(order_response(f"OR-{number}"), "acme").headers["location"].rpartition("/")[2]
        for number in range(7)
    ]
    read: list[str] = []
    cursor = {}
    for size in (3, 3, 1):
        page = client.get("/v1/documents", officer, limit=3, **cursor).json()
        assert len(page["documents"]) == size
        read += [document["id"] for document in page["documents"]]
        cursor = {"cursor": page["next"]}
        # Whatever arrives meanwhile is newer than the first page, and moves nothing.
        client.post_signed(order(f"PO-{len(read)}"), "globex")
    assert page["next"] is None
    assert read == posted[::-1]
    full = client.get("/v1/documents", officer, limit=10).json()
    assert full["next"] is None
