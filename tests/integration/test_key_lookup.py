"""Workers learn of partners' keys while they serve: nobody is turned away for what another worker knows already."""

from dataclasses import replace

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.model.transmission import Transmission
from edi_gateway.partners.keyring import Directory
from edi_gateway.storage.directory import SqlDirectory
from tests.support import jws, keys
from tests.support.gateway import NOW, certificate, contract, enrol_key, order_response, private_key, transmission


class Reads:
    """A directory that tells how often it was compared with the database."""

    def __init__(self, source: SqlDirectory) -> None:
        self._source = source
        self.count = 0

    def current(self) -> Directory:
        return self._source.current()

    def refreshed(self) -> Directory:
        self.count += 1
        return self._source.refreshed()


@pytest.fixture
def worker(sqlite_gateway: Gateway) -> tuple[Gateway, Reads]:
    """A worker whose copy of the directory never grows old by itself."""
    reads = Reads(SqlDirectory(sqlite_gateway.engine, lambda: 0.0))
    reads.current()
    return replace(sqlite_gateway, desk=replace(sqlite_gateway.desk, directory=reads)), reads


def unnamed(number: str, owner: str) -> Transmission:
    """A contract of acme's whose signature doesn't say which key made it."""
    return Transmission(jws.token({"alg": "ES256"}, private_key(owner), contract(number)), "application/jose", NOW)


def test_a_new_key_is_taken_at_once_even_where_the_signature_names_none(worker: tuple[Gateway, Reads]) -> None:
    gateway, reads = worker
    assert gateway.examine(unnamed("C-1", "acme")).code is None
    assert reads.count == 0
    enrol_key(gateway, "acme", certificate("acme's next"))
    assert gateway.examine(unnamed("C-2", "acme's next")).code is None
    assert reads.count == 1


def test_a_signature_that_is_wrong_costs_one_look_at_the_database(worker: tuple[Gateway, Reads]) -> None:
    gateway, reads = worker
    genuine = transmission(order_response("OR-1"), "acme")
    with pytest.raises(Rejection, match="signature-invalid"):
        gateway.examine(replace(genuine, body=genuine.body.replace(b"OR-1", b"OR-9")))
    assert reads.count == 1


def test_an_end_is_known_within_the_age_of_a_copy(worker: tuple[Gateway, Reads]) -> None:
    gateway, reads = worker
    keys.retire(gateway, keys.of(gateway, "acme"))
    assert gateway.examine(transmission(order_response("OR-1"), "acme", at=gateway.clock())).code is None
    reads.refreshed()
    assert gateway.examine(transmission(order_response("OR-2"), "acme", at=gateway.clock())).code == "key-not-valid"
