"""The client against witnesses that answer anything at all."""

import gzip
from hashlib import sha256

import httpx
import pytest

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger.witnessing import Conflict, Request, marshal
from edi_gateway.transports.witness import DEADLINE, MAX_ANSWER, HttpWitness
from edi_gateway.workflows.witness import Disputed

URL = "https://witness.example/w1"
REQUEST = Request(3, (bytes(32),), b"a signed checkpoint")
SIZE = {"Content-Type": "text/x.tlog.size"}


def _ask(answer, **given):
    seen = []

    def transport(request):
        seen.append(request)
        return answer() if callable(answer) else answer

    with HttpWitness(given.pop("url", URL), transport=httpx.MockTransport(transport), **given) as witness:
        return witness.add_checkpoint(REQUEST), *seen


def test_a_checkpoint_is_posted_to_the_witness_and_its_lines_come_back():
    lines, request = _ask(httpx.Response(200, content="— witness.example AAAA\n".encode()))
    assert lines == "— witness.example AAAA\n".encode()
    assert (request.method, str(request.url)) == ("POST", f"{URL}/add-checkpoint")
    assert request.content == marshal(REQUEST)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://127.0.0.1:8444", "http://127.0.0.1:8444/add-checkpoint"),
        ("https://witness.example/", "https://witness.example/add-checkpoint"),
        ("https://witness.example/a/b/", "https://witness.example/a/b/add-checkpoint"),
    ],
)
def test_the_address_is_a_prefix(url, target):
    _, request = _ask(httpx.Response(200), url=url)
    assert str(request.url) == target


@pytest.mark.parametrize("url", ["witness.example", "ftp://witness.example", "https://", "https://w/?a=b", ""])
def test_what_is_no_address_of_a_witness_is_refused(url):
    with pytest.raises(Misuse, match="is not the address of a witness"):
        HttpWitness(url)


def _shown(answer):
    seen = []

    def transport(request):
        seen.append(request)
        return answer

    with HttpWitness(f"{URL}/", transport=httpx.MockTransport(transport)) as witness:
        return witness.latest("gw.example.com/ledger"), *seen


def test_what_a_witness_cosigned_last_is_asked_for_by_the_digest_of_the_name():
    shown, request = _shown(httpx.Response(200, content=b"a checkpoint"))
    assert shown == b"a checkpoint"
    name = sha256(b"gw.example.com/ledger").hexdigest()
    assert (request.method, str(request.url)) == ("GET", f"{URL}/{name}/checkpoint")


@pytest.mark.parametrize("status", [302, 404, 503])
def test_a_witness_may_show_nothing(status):
    assert _shown(httpx.Response(status, content=b"a checkpoint"))[0] is None


def test_what_a_witness_shows_has_an_end():
    with pytest.raises(Fault, match="more than"):
        _shown(httpx.Response(200, content=bytes(MAX_ANSWER + 1)))


def test_a_conflict_names_the_size_to_start_from():
    assert _ask(httpx.Response(409, content=b"70000\n", headers=SIZE))[0] == Conflict(70_000)


@pytest.mark.parametrize(
    "body", [b"", b"70000", b"070000\n", b"-1\n", b"1\n2\n", b"1\r\n", b"\xff\n", b"99999999999999999999\n"]
)
def test_a_conflict_with_an_unusable_size_is_a_fault(body):
    with pytest.raises(Fault, match="no usable size"):
        _ask(httpx.Response(409, content=body, headers=SIZE))


@pytest.mark.parametrize("answer", [httpx.Response(422, text="no"), httpx.Response(409, text="no")])
def test_a_witness_that_knows_another_history_is_told_from_one_that_is_down(answer):
    with pytest.raises(Disputed, match=r"witness\.example/w1 holds another history of this ledger: 'no'"):
        _ask(answer)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (302, "302: redirects are not followed"),
        (400, "400: it does not understand"),
        (403, "403: it trusts another key"),
        (404, "404: it does not know this log"),
        (429, "429: it is asked too often"),
        (503, "503: 'later'"),
        (202, "202: 'later'"),
    ],
)
def test_any_other_answer_is_a_fault_that_says_why(status, why):
    with pytest.raises(Fault, match=why) as caught:
        _ask(httpx.Response(status, text="later", headers={"Location": "https://elsewhere.example"}))
    assert not isinstance(caught.value, Disputed)


def test_at_most_200_characters_of_an_answer_are_repeated():
    with pytest.raises(Fault) as caught:
        _ask(httpx.Response(500, text="~" * 1000))
    assert str(caught.value).count("~") == 200


def _broken(error):
    def answer():
        raise error

    return answer


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout(""), httpx.RemoteProtocolError("odd")]
)
def test_a_witness_that_does_not_answer_is_a_fault(error):
    with pytest.raises(Fault, match=r"can't be reached: (refused|ReadTimeout|odd)"):
        _ask(_broken(error))


def _dripping(chunk, count):
    def drip():
        for _ in range(count):
            yield chunk

    return httpx.Response(200, content=drip())


def test_an_endless_answer_is_cut_off():
    with pytest.raises(Fault, match=f"more than {MAX_ANSWER} bytes"):
        _ask(_dripping(b"x" * 1000, 1_000_000))


def test_an_answer_that_drips_is_not_waited_for():
    clock = iter(range(0, 1000, 5))
    with pytest.raises(Fault, match="did not end its answer"):
        _ask(_dripping(b"x", 1_000_000), elapsed=lambda: next(clock))
    assert next(clock) <= DEADLINE + 15


def test_a_compressed_answer_is_not_unpacked():
    packed = httpx.Response(200, content=gzip.compress(bytes(1_000_000)), headers={"Content-Encoding": "gzip"})
    with pytest.raises(Fault, match="compressed form"):
        _ask(packed)
    _, request = _ask(httpx.Response(200))
    assert request.headers["Accept-Encoding"] == "identity"
