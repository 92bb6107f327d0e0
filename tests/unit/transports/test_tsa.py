"""What an authority answers over HTTP counts only where it is a timestamp for what was asked."""

from collections.abc import Callable
from functools import partial
from threading import Event

import httpx
import pytest

from edi_gateway.errors import Fault
from edi_gateway.timestamps.reply import MAX_REPLY
from edi_gateway.timestamps.token import check_token
from edi_gateway.transports.tsa import HttpAuthority
from tests.support.tsa import NOW, YEAR, Authority, make_authority, refusal, serving

NOTE = b"a checkpoint\n"


@pytest.fixture(scope="module")
def tsa() -> Authority:
    return make_authority()


def ask(tsa: Authority, reply: Callable[[bytes], bytes], status: int = 200) -> bytes:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=iter([reply(request.content)])))
    return HttpAuthority("clock", "http://tsa.example/", tsa.roots, 5, transport).stamp(NOTE)[0]


def test_an_honest_answer_becomes_a_token_in_the_form_that_is_kept(tsa: Authority) -> None:
    token = ask(tsa, partial(tsa.reply, certificates=(tsa.root, tsa.certificate, tsa.between)))
    assert check_token(token, NOTE, tsa.roots).gen_time == NOW


def test_the_request_is_posted_as_the_standard_has_it(tsa: Authority) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=iter([tsa.reply(request.content)]))

    HttpAuthority("clock", "http://tsa.example/q", tsa.roots, 5, httpx.MockTransport(answer)).stamp(NOTE)
    assert (asked[0].method, str(asked[0].url)) == ("POST", "http://tsa.example/q")
    assert asked[0].headers["Content-Type"] == "application/timestamp-query"


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ({"nonce": 1}, "Nonce"),
        ({"nonce": None}, "Nonce"),
        ({"imprint": bytes(64)}, "Mismatch between messages"),
        ({"at": NOW + 2 * YEAR}, "certificate"),
        ({"certificates": ()}, "does not bring the certificate"),
    ],
    ids=["another nonce", "no nonce", "another message", "expired", "no certificate"],
)
def test_a_lie_is_a_fault_that_names_the_authority(tsa: Authority, lie: dict, words: str) -> None:
    with pytest.raises(Fault, match=f"(?s)clock.*{words}"):
        ask(tsa, partial(tsa.reply, **lie))


def test_an_authority_with_another_root_is_a_fault(tsa: Authority) -> None:
    with pytest.raises(Fault, match="gave no timestamp that holds"):
        ask(tsa, make_authority("other").reply)


def test_a_refusal_is_told_in_the_authority_s_own_words(tsa: Authority) -> None:
    with pytest.raises(Fault, match="refused: rejection: come back: tomorrow"):
        ask(tsa, lambda _: refusal(2, "come back", "tomorrow"))
    with pytest.raises(Fault, match="refused: status 99"):
        ask(tsa, lambda _: refusal(99))


def test_a_grant_without_a_token_is_a_fault(tsa: Authority) -> None:
    with pytest.raises(Fault, match="malformed"):
        ask(tsa, lambda _: refusal(0))


@pytest.mark.parametrize("reply", [b"", b"<html>", b"\x30\x80", b"\xff" * 100], ids=["none", "html", "ber", "noise"])
def test_an_answer_that_is_no_timestamp_is_a_fault(tsa: Authority, reply: bytes) -> None:
    with pytest.raises(Fault, match="malformed"):
        ask(tsa, lambda _: reply)


def test_an_answer_is_not_read_beyond_its_limit(tsa: Authority) -> None:
    with pytest.raises(Fault, match=f"more than {MAX_REPLY} bytes"):
        ask(tsa, lambda _: bytes(MAX_REPLY + 1))


def test_an_error_of_http_is_a_fault(tsa: Authority) -> None:
    with pytest.raises(Fault, match="HTTP status 503"):
        ask(tsa, tsa.reply, 503)


def test_an_authority_that_hangs_is_given_up(tsa: Authority) -> None:
    end = Event()

    def hang(_: bytes) -> None:
        end.wait(60)

    with serving(hang) as url:
        with pytest.raises(Fault, match="clock did not answer in time"):
            HttpAuthority("clock", url, tsa.roots, 0.1).stamp(NOTE)
        end.set()


def test_an_answer_that_takes_too_long_as_a_whole_is_given_up(tsa: Authority) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=iter([b"a", b"b"])))
    with pytest.raises(Fault, match="took longer than 0 seconds"):
        HttpAuthority("clock", "http://tsa.example/", tsa.roots, 0, transport).stamp(NOTE)


def test_a_fault_does_not_tell_the_password_in_the_address(tsa: Authority) -> None:
    with serving(lambda _: None) as url:
        address = url.replace("//", "//user:secret@")
        with pytest.raises(Fault, match="clock can't be reached") as caught:
            HttpAuthority("clock", address, tsa.roots, 5).stamp(NOTE)
    assert "secret" not in str(caught.value)
