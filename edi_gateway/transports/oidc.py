"""The keys of one OpenID Connect issuer, and of nobody else: fetched when they are needed, and kept for a while."""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any

import httpx

from edi_gateway.errors import Fault

MAX_ANSWER = 256 * 1024
"""Bytes of a description, or of a set of keys."""

FRESH = 600.0
"""Seconds for which keys are used without asking again."""

KEPT = 86_400.0
"""Seconds for which they are used while the issuer can't be reached."""

PAUSE = 30.0
"""Seconds between two times of asking, for a key that isn't known or after a failure."""


class IssuerKeys:
    """`url` is where the keys are; empty: where the issuer's description says, which has to be at the issuer itself
    (OpenID Connect Discovery §4). No redirect is followed. `transport` replaces the network.
    """

    def __init__(
        self,
        issuer: str,
        url: str,
        timeout: float,
        now: Callable[[], float] = monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._issuer = issuer
        self._url = url
        self._timeout = timeout
        self._now = now
        self._transport = transport
        self._lock = Lock()
        self._keys: Mapping[str, Any] | None = None
        self._fetched = self._asked = float("-inf")

    def current(self, *, lacking: bool = False) -> Mapping[str, Any]:
        """The set of keys (RFC 7517 §5). `lacking`: the one at hand lacks a key that a token names. Raises Fault."""
        # While one asks, others go on with what is at hand, if there is anything.
        if not self._lock.acquire(blocking=self._keys is None):
            return self._good(self._now())
        try:
            now = self._now()
            if (lacking or now - self._fetched > FRESH) and now - self._asked > PAUSE:
                self._asked = now
                self._refresh(now)
        finally:
            self._lock.release()
        return self._good(now)

    def _good(self, now: float) -> Mapping[str, Any]:
        if self._keys is None or now - self._fetched > KEPT:
            raise Fault("the keys of the issuer of identities can't be had")
        return self._keys

    def _refresh(self, now: float) -> None:
        try:
            self._keys = self._fetch_keys()
            self._fetched = now
        except Fault:
            # What is at hand is good for a while yet.
            if self._keys is None:
                raise

    def _fetch_keys(self) -> Mapping[str, Any]:
        keys = self._fetch(self._url or self._described())
        if not isinstance(keys.get("keys"), list):
            raise Fault("the issuer of identities gave no set of keys")
        return keys

    def _described(self) -> str:
        described = self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        url = described.get("jwks_uri")
        if described.get("issuer") != self._issuer or not isinstance(url, str):
            raise Fault("the issuer of identities describes another one than the settings name")
        if _origin(url) != _origin(self._issuer):
            raise Fault("the issuer's keys are elsewhere: name their address in the setting oidc_keys_url")
        return url

    def _fetch(self, url: str) -> Mapping[str, Any]:
        content = bytearray()
        try:
            with (
                httpx.Client(timeout=self._timeout, transport=self._transport, trust_env=False) as http,
                http.stream("GET", url, headers={"Accept": "application/json"}) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise Fault(f"the issuer of identities answered with HTTP status {response.status_code}")
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MAX_ANSWER:
                        raise Fault(f"the issuer of identities answered with more than {MAX_ANSWER} bytes")
            answer = json.loads(content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Fault(f"the issuer of identities can't be reached ({type(error).__name__})") from error
        except ValueError as error:
            raise Fault("the issuer of identities answered with something else than JSON") from error
        if not isinstance(answer, dict):
            raise Fault("the issuer of identities answered with something else than an object")
        return answer


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Fault("the issuer of identities names an address that is none") from error
    return parsed.scheme, parsed.host, parsed.port
