"""Asking a witness over HTTP (c2sp.org/tlog-witness): one answer, small and soon, or a Fault that says why not."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

import httpx

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger import witnessing
from edi_gateway.ledger.encoding import decode_decimal
from edi_gateway.ledger.witnessing import Conflict, Request
from edi_gateway.workflows.witness import Disputed

TIMEOUT = 10.0
"""Seconds for each step: connecting, sending, waiting."""

DEADLINE = 20.0
"""Seconds for the body of an answer, however steadily it drips."""

MAX_ANSWER = 131_072
"""Bytes; an ML-DSA-44 cosignature takes 3,300."""

_ADD = "/add-checkpoint"
_SIZE = "text/x.tlog.size"
_WHY = {
    400: "it does not understand the request",
    403: "it trusts another key of this log: its operator has to add the ledger's present vkey",
    404: "it does not know this log, or this is not its address: its operator has to add the ledger's vkey",
    429: "it is asked too often",
}


class HttpWitness:
    """Implements `workflows.witness_ports.Cosigner`, over a connection that is kept alive.

    `url` is the witness's submission prefix; `transport` replaces the network, `elapsed` is a monotonic clock in
    seconds. Raises Misuse for a URL that is not http or https.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: Path | None = None,
        timeout: float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._elapsed = elapsed
        self._target = _target(url)
        verify = ssl.create_default_context(cafile=ca_file)
        # Uncompressed, so that a limit on what arrives is a limit on what is kept.
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}
        self._http = httpx.Client(
            verify=verify, transport=transport, timeout=timeout, headers=headers, follow_redirects=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def add_checkpoint(self, request: Request) -> bytes | Conflict:
        with self._asked(request) as response:
            body = self._read(response)
            if response.status_code == 200:
                return body
            if response.status_code == 409 and response.headers.get("Content-Type") == _SIZE:
                return self._conflict(body)
            raise self._refusal(response.status_code, body)

    def latest(self, origin: str) -> bytes | None:
        path = f"{self._target.path.removesuffix(_ADD)}/{sha256(origin.encode()).hexdigest()}/checkpoint"
        with self._answered("GET", self._target.copy_with(path=path)) as response:
            body = self._read(response)
        return body if response.status_code == 200 else None

    @contextmanager
    def _asked(self, request: Request) -> Iterator[httpx.Response]:
        with self._answered("POST", self._target, witnessing.marshal(request)) as response:
            yield response

    @contextmanager
    def _answered(self, method: str, url: httpx.URL, content: bytes | None = None) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(method, url, content=content) as response:
                yield response
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Fault(f"The witness at {self.url} can't be reached: {str(error) or type(error).__name__}") from error

    def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Fault(f"The witness at {self.url} answered in a compressed form that was not asked for.")
        body, deadline = bytearray(), self._elapsed() + DEADLINE
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                raise Fault(f"The witness at {self.url} answered with more than {MAX_ANSWER} bytes.")
            if self._elapsed() > deadline:
                raise Fault(f"The witness at {self.url} did not end its answer within {DEADLINE:g} seconds.")
        return bytes(body)

    def _conflict(self, body: bytes) -> Conflict:
        try:
            line, end, rest = body.decode("ascii").partition("\n")
            if not end or rest:
                raise Unproven("it is not one line")
            return Conflict(decode_decimal(line, "it"))
        except (UnicodeDecodeError, Unproven) as error:
            raise Fault(f"The witness at {self.url} named no usable size: {_shown(body)}") from error

    def _refusal(self, status: int, body: bytes) -> Fault:
        if status in (409, 422):
            # Without a size, a conflict is one of root hashes at the same size.
            return Disputed(f"The witness at {self.url} holds another history of this ledger: {_shown(body)}")
        why = _WHY.get(status, "redirects are not followed" if 300 <= status < 400 else _shown(body))
        return Fault(f"The witness at {self.url} answered {status}: {why}.")


def _target(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Misuse(f"{url!r} is not the address of a witness: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        raise Misuse(f"{url!r} is not the address of a witness: it is to begin with https:// or http://.")
    return parsed.copy_with(path=parsed.path.rstrip("/") + _ADD)


def _shown(body: bytes) -> str:
    return repr(body[:200].decode("utf-8", "replace"))
