"""Keys are exchanged while partners go on sending: a partner's own, and the ledger's. Nobody is refused for it."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from edi_gateway.gateway import Gateway, build
from edi_gateway.model.moment import system_clock
from edi_gateway.settings import load
from edi_gateway.workflows.check import check_receipt
from edi_gateway.workflows.rotate import keys_text
from edi_gateway.workflows.verify import verify_ledger
from tests.support import jws, keys, rotation
from tests.support.gateway import ACME_ID, GLOBEX_ID, contract, enrol, make_gateway, order, private_key, signed
from tests.support.programs import PATIENCE
from tests.support.promises import Keep
from tests.support.servers import serving

TURN = 10
"""Documents that are sent over one connection: each new one may lead to another worker."""


@dataclass
class Signer:
    """Somebody who posts one document after another. `owner` names the key; `documents` makes the next request."""

    owner: str
    documents: Callable[[int, str], tuple[str, bytes]]
    receipts: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    switched: Event = field(default_factory=Event)

    def post(self, port: int, count: int) -> None:
        for start in range(0, count, TURN):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            for number in range(start, min(start + TURN, count)):
                self._post(connection, number)
            connection.close()

    def _post(self, connection: http.client.HTTPConnection, number: int) -> None:
        owner = self.owner
        content_type, body = self.documents(number, owner)
        connection.request("POST", "/v1/documents", body, {"Content-Type": content_type})
        answer = connection.getresponse()
        (self.receipts if answer.status == 201 else self.refused).append(answer.read())
        self.used.add(owner)
        if owner != self.owner or len(self.used) > 1:
            self.switched.set()


def contracts(number: int, owner: str) -> tuple[str, bytes]:
    """Every other signature doesn't say which key made it, so that all of the sender's are tried."""
    document = contract(f"C-{number}")
    if number % 2:
        return "application/jose", jws.token({"alg": "ES256"}, private_key(owner), document)
    return signed(document, owner, "jws")


def orders(number: int, owner: str) -> tuple[str, bytes]:
    return signed(order(f"PO-{number}"), owner)


def test_a_partners_key_and_the_ledgers_are_exchanged_under_load_and_nobody_is_refused(
    tmp_path: Path, soak: bool, kept: Keep
) -> None:
    each = 5_000 if soak else 120
    data = tmp_path / "data"
    gateway = make_gateway(data, clock=system_clock)
    for id, identifier in (("acme", ACME_ID), ("globex", GLOBEX_ID)):
        enrol(gateway, id, identifier, private_key(id).public_key())
    acme, globex = Signer("acme", contracts), Signer("globex", orders)
    with serving(tmp_path, "--workers", "2", "--data-dir", data) as (_, url):
        port = int(url.rpartition(":")[2])
        with ThreadPoolExecutor(2) as pool:
            posting = [pool.submit(one.post, port, each) for one in (acme, globex)]
            for step in exchanging(gateway, acme):
                reached(acme, posting[0], step, each)
            for one in posting:
                one.result(PATIENCE + each)
    assert (acme.refused, globex.refused) == ([], [])
    assert (len(acme.receipts), len(globex.receipts)) == (each, each)
    assert acme.used == {"acme", "acme's next"}
    hold(data, [*acme.receipts, *globex.receipts])
    gateway.close()
    kept("P1", 2 * each)


def exchanging(gateway: Gateway, acme: Signer) -> Iterator[float]:
    """Each step is taken once that part of all documents was posted, by somebody beside the server."""
    yield 0.1
    old = keys.of(gateway, "acme")
    keys.add(gateway, "acme's next")
    # From this very moment on the partner signs with it.
    acme.owner = "acme's next"
    yield 0.3
    assert acme.switched.wait(PATIENCE)
    keys.retire(gateway, old)
    yield 0.5
    rotation.add(gateway)
    yield 0.7
    rotation.retire(gateway, rotation.first(gateway))


def reached(one: Signer, posting: Future[None], part: float, count: int) -> None:
    while len(one.receipts) + len(one.refused) < part * count and not posting.done():
        time.sleep(0.005)


def hold(data: Path, receipts: list[bytes]) -> None:
    """The ledger is whole, under both of its keys every receipt holds, and each names the key that signed."""
    gateway = build(load(data_dir=data))
    verify_ledger(gateway.ledger, "localhost/ledger", full=True)
    trusted = keys_text(gateway.notary.keys)
    statements = [check_receipt(receipt, trusted).statement for receipt in receipts]
    signers = {json.dumps(one["signature"]["key"]) for one in statements}
    assert len(signers) == 3
    assert len({json.loads(receipt)["vkey"] for receipt in receipts}) == 2
    gateway.close()
