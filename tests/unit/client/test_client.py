"""The client against a gateway in this process, behind a transport that can lie."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from edi_gateway.client import Answer, Client, Format, Signed, sign
from edi_gateway.errors import Fault, Misuse, Rejection, Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.model.transmission import Transmission
from tests.support.gateway import certificate, contract, enrol_both, invoice, make_gateway, order, private_key
from tests.support.pdf import page, with_file

STATUSES = {"accepted": 201, "rejected": 422, "conflict": 409}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    opened = make_gateway(tmp_path_factory.mktemp("client") / "data")
    enrol_both(opened)
    yield opened
    opened.close()


def _answer(gateway: Gateway, request: httpx.Request) -> httpx.Response:
    content_type = request.headers["content-type"]
    transmission = Transmission(request.content, content_type, gateway.clock(), {"content-type": content_type})
    try:
        recorded = gateway.record(gateway.examine(transmission))
    except Rejection as rejection:
        return httpx.Response(401, json={"code": rejection.code})
    if recorded.repeated:
        return httpx.Response(200, content=recorded.receipt)
    status = STATUSES[recorded.submission.verdict]
    if status == 201:
        return httpx.Response(201, content=recorded.receipt)
    problem = {"code": recorded.submission.code, "receipt": json.loads(recorded.receipt)}
    return httpx.Response(status, json=problem)


def _client(gateway: Gateway, lie: Callable[[httpx.Response], httpx.Response] = lambda honest: honest) -> Client:
    transport = httpx.MockTransport(lambda request: lie(_answer(gateway, request)))
    return Client("https://gw.example.com", vkey=gateway.notary.verifier.vkey, transport=transport)


def _signed(document: bytes, owner: str, format: Format) -> Signed:
    return sign(document, format, private_key(owner), certificate(owner))


def _post(client: Client, signed: Signed) -> Answer:
    with client:
        return client.post(signed)


@pytest.mark.parametrize("format", ["xmldsig", "xades", "cms", "smime"])
def test_a_document_is_accepted_in_each_format(gateway: Gateway, format: Format) -> None:
    answer = _post(_client(gateway), _signed(order(f"PO-{format}"), "globex", format))
    assert (answer.status, answer.accepted, answer.repeated) == (201, True, False)
    assert answer.checked is not None
    assert answer.checked.trusted
    assert answer.checked.statement["sender"] == "globex"


@pytest.mark.parametrize("format", ["xmldsig", "xades"])
def test_a_document_signed_in_an_extension_is_accepted_and_known_again(gateway: Gateway, format: Format) -> None:
    document = order(f"PO-ubl-{format}")
    first, again = (
        _post(_client(gateway), sign(document, format, private_key("globex"), certificate("globex"), placement="ubl"))
        for _ in range(2)
    )
    assert (first.status, again.status, again.receipt) == (201, 200, first.receipt)


@pytest.mark.parametrize("format", ["cms", "smime", "jws", "pades"])
def test_only_an_xml_signature_has_a_place(format: Format) -> None:
    with pytest.raises(Misuse, match=format):
        sign(order(), format, private_key("globex"), certificate("globex"), placement="ubl")


def test_a_contract_is_accepted_as_jws(gateway: Gateway) -> None:
    assert _post(_client(gateway), _signed(contract("C-JWS"), "acme", "jws")).accepted


@pytest.mark.parametrize("format", ["pades", "cms", "smime"])
def test_a_pdf_is_accepted_signed_in_itself_or_around_it(gateway: Gateway, format: Format) -> None:
    pdf = with_file(page(), "contract.json", contract(f"C-{format}"))
    signed = _signed(pdf, "acme", format)
    answer = _post(_client(gateway), signed)
    assert answer.accepted
    assert answer.checked
    assert answer.checked.statement["digests"]["document"] == signed.digest


def test_a_pdf_that_is_signed_already_is_sent_as_it_is(gateway: Gateway) -> None:
    first = _signed(with_file(page(), "contract.json", contract("C-once")), "acme", "pades")
    again = _signed(first.body, "acme", "pades")
    assert again == first
    assert _signed(first.body, "globex", "pades").body != first.body
    assert [_post(_client(gateway), each).status for each in (first, again)] == [201, 200]


@pytest.mark.parametrize("formats", [("xmldsig", "xades"), ("cms", "smime"), ("smime", "cms")], ids="-".join)
def test_a_document_signed_anew_gets_the_first_receipt_which_names_its_content(
    gateway: Gateway, formats: tuple[Format, Format]
) -> None:
    document = order(f"PO-again-{formats[0]}")
    first, again = (_post(_client(gateway), _signed(document, "globex", format)) for format in formats)
    assert (first.status, again.status, again.receipt) == (201, 200, first.receipt)


def test_a_refusal_is_an_answer_with_its_problem_and_a_receipt(gateway: Gateway) -> None:
    answer = _post(_client(gateway), _signed(invoice("INV-foreign"), "globex", "xmldsig"))
    assert (answer.status, answer.accepted) == (422, False)
    assert answer.problem
    assert answer.problem["code"] == "party-mismatch"
    assert answer.checked
    assert answer.checked.statement["type"] == "document.rejected"


def test_a_conflict_is_an_answer_with_a_receipt(gateway: Gateway) -> None:
    _post(_client(gateway), _signed(order("PO-9"), "globex", "xmldsig"))
    answer = _post(_client(gateway), _signed(order("PO-9", "another contract"), "globex", "xmldsig"))
    assert (answer.status, answer.problem and answer.problem["code"]) == (409, "document-conflict")


def test_nobody_identified_is_an_answer_without_a_receipt(gateway: Gateway) -> None:
    signed = _signed(order("PO-10"), "globex", "xmldsig")
    tampered = Signed(signed.body.replace(b"EUR", b"USD"), signed.content_type, signed.digest)
    answer = _post(_client(gateway), tampered)
    assert (answer.status, answer.receipt, answer.checked) == (401, None, None)
    assert answer.problem == {"code": "signature-invalid"}


def test_an_answer_that_is_no_problem_of_ours_is_told_by_its_status(gateway: Gateway) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="<html>" * 100))
    answer = _post(Client("http://gw", transport=transport), _signed(order("PO-11"), "globex", "cms"))
    assert answer.problem == {"status": 502, "title": "Bad Gateway", "detail": ("<html>" * 100)[:200]}


def test_a_receipt_for_another_document_is_found_out(gateway: Gateway) -> None:
    other = _post(_client(gateway), _signed(order("PO-12"), "globex", "xmldsig"))
    client = _client(gateway, lambda honest: httpx.Response(201, content=other.receipt))
    with pytest.raises(Unproven, match="something else than what was sent"):
        _post(client, _signed(order("PO-13"), "globex", "xmldsig"))


def test_a_receipt_for_another_document_is_found_out_when_it_claims_to_be_the_first_one(gateway: Gateway) -> None:
    other = _post(_client(gateway), _signed(order("PO-14"), "globex", "xmldsig"))
    client = _client(gateway, lambda honest: httpx.Response(200, content=other.receipt))
    with pytest.raises(Unproven, match="something else than what was sent"):
        _post(client, _signed(order("PO-15"), "globex", "xmldsig"))


def test_a_refusal_that_is_sold_as_an_acceptance_is_found_out(gateway: Gateway) -> None:
    client = _client(gateway, lambda honest: httpx.Response(201, json=honest.json()["receipt"]))
    with pytest.raises(Unproven, match=r"201, but its receipt says document\.rejected"):
        _post(client, _signed(invoice("INV-16"), "globex", "xmldsig"))


def test_a_receipt_of_another_ledger_is_found_out(gateway: Gateway, tmp_path: Path) -> None:
    other = make_gateway(tmp_path / "other", origin="other.example/ledger")
    vkey = other.notary.verifier.vkey
    other.close()
    transport = httpx.MockTransport(lambda request: _answer(gateway, request))
    with pytest.raises(Unproven, match="no signature of a known key"):
        _post(Client("https://gw", vkey=vkey, transport=transport), _signed(order("PO-17"), "globex", "cms"))


def test_an_accepted_answer_that_is_no_receipt_is_unproven(gateway: Gateway) -> None:
    client = _client(gateway, lambda honest: httpx.Response(201, text="thank you"))
    with pytest.raises(Unproven, match="not JSON"):
        _post(client, _signed(order("PO-18"), "globex", "cms"))


def test_without_a_verifier_key_a_receipt_only_agrees_with_itself(gateway: Gateway) -> None:
    transport = httpx.MockTransport(lambda request: _answer(gateway, request))
    answer = _post(Client("https://gw", transport=transport), _signed(order("PO-19"), "globex", "cms"))
    assert answer.checked is not None
    assert not answer.checked.trusted


@pytest.mark.parametrize(("said", "waited"), [("3", 3), ("3600", 30), ("soon", 1), (None, 1)])
def test_where_the_gateway_is_busy_the_same_bytes_are_sent_again(said: str | None, waited: int) -> None:
    sent: list[bytes] = []
    slept: list[float] = []
    headers = {"Retry-After": said} if said else {}

    def busy_once(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(503 if len(sent) == 1 else 415, headers=headers, json={"code": "x"})

    client = Client("http://gw", transport=httpx.MockTransport(busy_once), sleep=slept.append)
    answer = _post(client, Signed(b"document", "application/xml", ""))
    assert (answer.status, sent, slept) == (415, [b"document"] * 2, [waited])


def test_who_stays_busy_is_given_up() -> None:
    slept: list[float] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(503, json={"code": "overloaded"}))
    answer = _post(Client("http://gw", transport=transport, sleep=slept.append), Signed(b"", "application/xml", ""))
    assert answer.problem == {"code": "overloaded"}
    assert len(slept) == 4


@pytest.mark.parametrize(
    "url", ["https://gw.example.com", "https://gw.example.com/", "https://gw.example.com/v1/documents"]
)
def test_the_address_may_name_the_gateway_or_its_door(url: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(415, json={})

    _post(Client(url, transport=httpx.MockTransport(answer)), Signed(b"", "application/xml", ""))
    assert asked == ["https://gw.example.com/v1/documents"]


def test_a_gateway_that_cannot_be_reached_is_a_fault_that_names_it() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    with pytest.raises(Fault, match=r"http://gw/v1/documents can't be reached: connection refused"):
        _post(Client("http://gw", transport=httpx.MockTransport(refuse)), Signed(b"", "application/xml", ""))


@pytest.mark.parametrize("format", ["cms", "smime", "xades"])
def test_what_is_signed_with_a_certificate_needs_one(format: Format) -> None:
    with pytest.raises(Misuse, match="certificate"):
        sign(order(), format, private_key("globex"))


def test_what_is_no_xml_cannot_be_signed_as_xml() -> None:
    with pytest.raises(Rejection):
        sign(b"{}", "xmldsig", private_key("globex"))
