"""What nobody can go below with these libraries: the bare steps, each measured alone, in the same run as the gateway.

The floor for one document is the sum of its document path (on two processes, as two workers would), of HTTP alone (the
same server, load and body, answered without looking at it), and of one row in a group commit. Two floors are measured:
one of the libraries as they come, and one under the allocator settings with which the gateway starts its workers.
"""

import asyncio
import hashlib
import os
import sqlite3
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from fastapi import FastAPI, Request, Response
from lxml import etree

from benchmarks.load import post, request_bytes
from benchmarks.servers import running
from edi_gateway.documents.schema import compiled

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_BATCH = 16

app = FastAPI()
_ANSWER = b'{"answer": "' + b"." * 1900 + b'"}'


@app.post("/v1/documents")
async def accept(request: Request) -> Response:
    """HTTP alone: the body is read, and an answer of a receipt's size goes back."""
    await request.body()
    return Response(_ANSWER, 201, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds per document, with two workers."""

    path: float
    http: float
    commit: float

    @property
    def seconds(self) -> float:
        return self.path + self.http + self.commit


def measure(
    documents: list[bytes], certificate: bytes, connections: int, folder: Path, environment: Mapping[str, str]
) -> Floor:
    """All three, each in processes that start with `environment`."""
    with _set(environment):
        return Floor(
            document_path(documents, certificate), http_alone(documents, connections), group_commit(documents, folder)
        )


@contextmanager
def _set(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def document_path(documents: list[bytes], certificate: bytes, processes: int = 2) -> float:
    """Seconds per document with `processes` at it: hash, parse, canonicalise twice, verify, validate by schema."""
    share = len(documents) // processes
    # Started anew, not forked: the C library reads its settings when a process starts.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(_documents, [documents[:5]] * processes, [certificate] * processes))  # import, compile, warm up
        parts = [documents[i * share : (i + 1) * share] for i in range(processes)]
        start = time.perf_counter()
        list(pool.map(_documents, parts, [certificate] * processes))
        return (time.perf_counter() - start) / (share * processes)


def _documents(documents: list[bytes], certificate: bytes) -> None:
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    with compiled("ubl-2.1-invoice") as schema:
        for document in documents:
            _document(document, key, schema)


def _document(document: bytes, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, schema: etree.XMLSchema) -> None:
    hashlib.sha256(document).digest()
    root = etree.fromstring(document)
    signature = root.find(f"{_DS}Signature")
    assert signature is not None
    info, value = signature[0], signature[1]
    octets = etree.tostring(info, method="c14n", exclusive=True)
    raw = b64decode(value.text or "")
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(raw, octets, padding.PKCS1v15(), hashes.SHA256())
    else:
        half = len(raw) // 2
        der = utils.encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
        key.verify(der, octets, ec.ECDSA(hashes.SHA256()))
    root.remove(signature)
    content = etree.tostring(root, method="c14n", exclusive=True)
    digest = info.findtext(f"{_DS}Reference/{_DS}DigestValue") or ""
    assert hashlib.sha256(content).digest() == b64decode(digest)
    assert schema.validate(root)


def http_alone(documents: list[bytes], connections: int, workers: int = 2) -> float:
    """Seconds per request of the bare server under the same load."""
    requests = [request_bytes(document, "application/xml") for document in documents]
    with running("benchmarks.floor:app", workers) as server:
        asyncio.run(post(server.port, requests[: len(requests) // 10], connections))
        return 1 / asyncio.run(post(server.port, requests, connections)).rate


def group_commit(documents: list[bytes], folder: Path) -> float:
    """Seconds per row of a document's size, in durable commits of 16."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "floor.db"
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (id INTEGER, body BLOB)"):
        connection.execute(statement)
    start = time.perf_counter()
    for first in range(0, len(documents), _BATCH):
        connection.execute("BEGIN IMMEDIATE")
        rows = list(enumerate(documents[first : first + _BATCH], start=first))
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.execute("COMMIT")
    seconds = (time.perf_counter() - start) / len(documents)
    connection.close()
    return seconds
