"""CRLs and OCSP responses over HTTP (RFC 4387, RFC 6960 §A.1): from the addresses that an operator lists, no others."""

from time import monotonic

import httpx

from edi_gateway.errors import Fault
from edi_gateway.trust.crl import MAX_CRL

TIMEOUT = 30.0
"""Seconds, for each wait and for the whole answer."""


class HttpList:
    """Implements `workflows.revocations.Source`: one address, and the PEM certificate of whoever signs what is there.

    The transport need not be secured: what comes counts by its signature. `transport` replaces the network.
    """

    def __init__(self, url: str, issuer: bytes | None = None, transport: httpx.BaseTransport | None = None) -> None:
        self.issuer = issuer
        self._url = httpx.URL(url)
        self._transport = transport

    @property
    def place(self) -> str:
        """The address, without a password or a query, which may be one."""
        return str(self._url.copy_with(userinfo=b"", query=None))

    def fetch(self) -> bytes:
        """Raises Fault."""
        deadline = monotonic() + TIMEOUT
        try:
            # No redirects: they would lead to addresses that nobody listed.
            with (
                httpx.Client(
                    timeout=TIMEOUT, transport=self._transport, follow_redirects=False, trust_env=False
                ) as http,
                http.stream("GET", self._url, headers={"Accept-Encoding": "identity"}) as response,
            ):
                return self._read(response, deadline)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Fault(f"{self.place} can't be reached ({type(error).__name__}).") from error

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        if response.status_code != httpx.codes.OK:
            raise Fault(f"{self.place} answered with HTTP status {response.status_code}.")
        found = bytearray()
        for piece in response.iter_raw():
            found += piece
            if len(found) > MAX_CRL:
                raise Fault(f"{self.place} answered with more than {MAX_CRL} bytes.")
            if monotonic() > deadline:
                raise Fault(f"{self.place} took longer than {TIMEOUT:g} seconds.")
        return bytes(found)
