"""A partner's client: sign a document, post it, check the receipt; fetch what the gateway has of it.

with Client("https://gw.example.com", vkey=VKEY) as client:
    answer = client.post(sign(document, "xmldsig", private_key, certificate))
if answer.accepted:
    save(answer.receipt)
"""

import hashlib
import json
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, cast

import httpx
from lxml import etree

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.model.request import HttpRequest
from edi_gateway.signing import cms, jws, pades, ubl, xmldsig
from edi_gateway.signing.http_message import sign_request
from edi_gateway.signing.jws import PrivateKey
from edi_gateway.syntax.mime import sniff
from edi_gateway.syntax.pdf.places import places
from edi_gateway.syntax.xml import parse
from edi_gateway.workflows.check import CheckedReceipt, check_receipt

Format = Literal["xmldsig", "xades", "cms", "smime", "jws", "pades"]
"""How to sign; `xades` is an XML signature with the time and the certificate signed along."""

PATH = "/v1/documents"
ATTEMPTS = 5
LONGEST_WAIT = 30
"""Seconds; a Retry-After of more is not waited for any longer."""

_EVENTS = {200: "accepted", 201: "accepted", 403: "rejected", 409: "conflict", 422: "rejected"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A document ready to be posted. `digest` is that of the signed content, `sha256:` and hex, as receipts name it."""

    body: bytes
    content_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered. `receipt` is JSON, and `checked`, which only a receipt that holds has, what it says.

    A refused document has a `problem` (RFC 9457), and a receipt too, where the sender was identified.
    """

    status: int
    receipt: bytes | None
    checked: CheckedReceipt | None
    problem: Mapping[str, Any] | None

    @property
    def accepted(self) -> bool:
        return self.problem is None

    @property
    def repeated(self) -> bool:
        """The document was accepted before; this is the receipt given then."""
        return self.status == 200


def sign(
    document: bytes,
    format: Format,
    private_key: xmldsig.PrivateKey,
    certificate: bytes | None = None,
    *,
    placement: xmldsig.Placement = "root",
) -> Signed:
    """Sign a document (XML, contract JSON, or PDF). `certificate` is DER; CMS, S/MIME, XAdES and PAdES need it.

    A PDF that was signed with this certificate last stays as it is: signed anew, it would be another one.
    Raises Misuse for a key, certificate or placement that doesn't fit, Rejection for a document that isn't XML where it
    has to be.
    """
    now = datetime.now(UTC)
    if placement != "root" and format not in ("xmldsig", "xades"):
        raise Misuse(f"A signature of the format {format} has no place in the document.")
    match format:
        case "xmldsig" | "xades":
            document = ubl.with_place(document) if placement == "ubl" else document
            canonical = etree.tostring(
                parse(document).getroottree(), method="c14n", exclusive=True, with_comments=False
            )
            at = now if format == "xades" else None
            body = xmldsig.sign(document, private_key, certificate, xades_time=at, placement=placement)
            return Signed(body, "application/xml", _digest(canonical))
        case "jws":
            body = jws.sign(document, private_key, certificate=certificate, signed_at=now)
            return Signed(body, "application/jose", _digest(document))
    if certificate is None:
        raise Misuse("CMS, S/MIME and PDF are signed with a certificate.")
    if format == "pades":
        is_signed = pades.is_signed(document, certificate)
        body = document if is_signed else pades.sign(document, cast(pades.SigningKey, private_key), certificate)
        return Signed(body, "application/pdf", _digest(places(body)[-1].blanked(body)))
    signing_key = cast(cms.SigningKey, private_key)
    if format == "cms":
        return Signed(cms.sign(document, signing_key, certificate), "application/cms", _digest(document))
    content_type, body = cms.sign_smime(document, sniff(document), signing_key, certificate)
    return Signed(body, content_type, _digest(document))


class Client:
    """A connection to a gateway, kept alive between documents. Without `vkey`, receipts only agree with themselves.

    `transport` replaces the network, and the proxies that the environment names; `sleep` waits for seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        vkey: str | None = None,
        ca_file: Path | None = None,
        insecure: bool = False,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        verify = False if insecure else ssl.create_default_context(cafile=ca_file)
        self._http = httpx.Client(verify=verify, transport=transport, timeout=60)
        self._url = url.rstrip("/").removesuffix(PATH) + PATH
        self._vkey = vkey
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def post(self, signed: Signed) -> Answer:
        """Post a signed document; where the gateway is busy, wait and send the same bytes again.

        Raises Fault when it can't be reached, and Unproven when the receipt doesn't hold or is for something else.
        """
        response = self._send(signed)
        if response.status_code in (200, 201):
            return Answer(response.status_code, response.content, self._check(response, response.content, signed), None)
        problem = _problem(response)
        if "receipt" not in problem:
            return Answer(response.status_code, None, None, problem)
        receipt = json.dumps(problem["receipt"], ensure_ascii=False, separators=(",", ":")).encode()
        return Answer(response.status_code, receipt, self._check(response, receipt, signed), problem)

    def fetch(self, path: str, private_key: PrivateKey) -> bytes:
        """What the gateway answers to a GET of `path` (with its query), signed (RFC 9421) with a key that is enrolled.

        Raises Fault when it can't be reached, Misuse for what it refuses, and for a path that is none.
        """
        url = httpx.URL(self._url).join(path) if path.startswith("/v1/") else None
        if url is None:
            raise Misuse("What is fetched has a path that begins with /v1/.")
        raw = url.raw_path.decode("ascii").partition("?")
        asked = HttpRequest("GET", url.scheme, url.netloc.decode("ascii"), raw[0], raw[2] or None)
        fields = sign_request(asked, private_key, datetime.now(UTC), secrets.token_urlsafe(16))
        try:
            response = self._http.get(url, headers=fields)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Fault(f"{url} can't be reached: {error}") from error
        if response.status_code != 200:
            problem = _problem(response)
            raise Misuse(f"refused: {problem.get('code', response.status_code)}: {problem.get('detail')}")
        return response.content

    def _send(self, signed: Signed) -> httpx.Response:
        try:
            for attempt in range(1, ATTEMPTS + 1):
                response = self._http.post(
                    self._url, content=signed.body, headers={"Content-Type": signed.content_type}
                )
                if response.status_code != 503 or attempt == ATTEMPTS:
                    break
                after = response.headers.get("Retry-After", "")
                self._sleep(min(int(after) if after.isdecimal() else 1, LONGEST_WAIT))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Fault(f"{self._url} can't be reached: {error}") from error
        return response

    def _check(self, response: httpx.Response, receipt: bytes, signed: Signed) -> CheckedReceipt:
        checked = check_receipt(receipt, self._vkey)
        event, digests = checked.statement.get("type"), checked.statement.get("digests")
        if event != f"document.{_EVENTS.get(response.status_code)}":
            raise Unproven(f"the answer is {response.status_code}, but its receipt says {event}")
        digests = digests if isinstance(digests, dict) else {}
        same = digests.get("transmission") == _digest(signed.body)
        # Signed anew it has other bytes; the receipt for the first ones names the same content.
        again = response.status_code == 200 and digests.get("document") == signed.digest
        if not (same or again):
            raise Unproven("the receipt is for something else than what was sent")
        return checked


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"status": response.status_code, "title": response.reason_phrase, "detail": response.text[:200]}


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
