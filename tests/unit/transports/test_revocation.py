"""Fetching CRLs and OCSP responses: from one address, bounded, and nothing of it believed here."""

from collections.abc import Callable

import httpx
import pytest

from edi_gateway.errors import Fault
from edi_gateway.transports import revocation
from edi_gateway.transports.revocation import HttpList

URL = "http://user:secret@crl.example/issuing.crl?token=secret"


def _list(answer: Callable[[httpx.Request], httpx.Response]) -> HttpList:
    return HttpList(URL, transport=httpx.MockTransport(answer))


def test_what_is_at_the_address_is_given_as_it_is() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path))
        return httpx.Response(200, stream=httpx.ByteStream(b"a list"))

    assert _list(answer).fetch() == b"a list"
    assert asked == [("GET", "/issuing.crl")]


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_any_other_answer_is_a_fault_and_no_redirect_is_followed(status: int) -> None:
    with pytest.raises(Fault, match=f"HTTP status {status}"):
        _list(lambda _: httpx.Response(status, headers={"Location": "http://elsewhere.example/"})).fetch()


def test_whoever_can_not_be_reached_is_named_without_secrets() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to user:secret")

    with pytest.raises(Fault, match=r"http://crl\.example/issuing\.crl can't be reached") as caught:
        _list(answer).fetch()
    assert "secret" not in str(caught.value)


def test_more_than_a_list_can_have_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "MAX_CRL", 10)
    with pytest.raises(Fault, match="more than 10 bytes"):
        _list(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"x" * 11))).fetch()
    monkeypatch.setattr(revocation, "TIMEOUT", -1.0)
    with pytest.raises(Fault, match="longer than"):
        _list(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"x"))).fetch()
