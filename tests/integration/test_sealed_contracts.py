"""What a contract record says is stored encrypted with its document, and read as if it weren't."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.storage import schema
from edi_gateway.storage.encrypting import encrypt_some
from edi_gateway.storage.sealed_contracts import seal_some
from edi_gateway.workflows.contracts import Contract
from edi_gateway.workflows.verify import verify_ledger
from tests.support import contracts, older, sealing
from tests.support.custody import erase
from tests.support.gateway import ORIGIN

TITLE = "Hoisting of NEEDLES"


@pytest.fixture
def sealed(gateway: Gateway) -> Iterator[Gateway]:
    """A gateway that encrypts, on each database in turn."""
    opened = sealing.encrypting(gateway)
    yield opened
    opened.close()


def stored(gateway: Gateway) -> list[tuple[bool, bool, bool]]:
    """Of each record, whether title, content and sealed are there."""
    query = "SELECT title IS NOT NULL, content IS NOT NULL, sealed IS NOT NULL FROM contracts ORDER BY leaf_index"
    with gateway.engine.connect() as connection:
        return [tuple(map(bool, row)) for row in connection.execute(text(query))]


def audited(gateway: Gateway) -> int:
    return verify_ledger(gateway.ledger, ORIGIN, full=True).documents


def told(contract: Contract) -> tuple[object, ...]:
    """What is told of a contract."""
    return contract.current.state, contract.current.terms, contract.current.signatures


def test_a_record_is_stored_encrypted_and_the_contract_is_told_of_as_any_other(gateway: Gateway):
    contracts.sign(gateway, title=TITLE)
    plain = told(contracts.only(gateway))
    opened = sealing.encrypting(gateway)
    contracts.sign(opened, title=TITLE, contract_id="FC-2")
    assert stored(opened) == [(True, True, False)] * 2 + [(False, False, True)] * 2
    state, terms, signatures = told(contracts.only(opened, "FC-2"))
    assert (state, replace(terms, contract_id="FC-1", digest=plain[1].digest)) == plain[:2]
    assert [each.party for each in signatures] == ["acme", "globex"]
    assert audited(opened) == 4
    opened.close()


def test_who_signs_something_else_is_told_where_the_two_differ(sealed: Gateway):
    contracts.sign(sealed, "acme", title=TITLE)
    other = contracts.post(sealed, contracts.record("globex", title="Another"), "globex")
    assert other.submission.code == "contract-conflict"
    assert other.submission.detail.endswith(": title.")


def test_without_its_key_a_contract_is_told_of_but_for_its_title(sealed: Gateway):
    contracts.sign(sealed, title=TITLE)
    (key,) = sealed.vault.keys.known()
    sealing.key_file(sealed, key.id).unlink()
    away = sealing.encrypting(sealed)
    contract = contracts.only(away)
    assert (contract.applies, contract.current.terms.title) == (True, None)
    away.close()


@pytest.mark.parametrize("change", ["sealed = other.sealed", "sealed = substr(contracts.sealed, 1, 40)"])
def test_a_record_that_was_changed_is_found(sealed: Gateway, change: str):
    contracts.sign(sealed, title=TITLE)
    other = "(SELECT sealed FROM contracts ORDER BY leaf_index DESC LIMIT 1) AS other"
    with sealed.engine.begin() as connection:
        sealing.unguarded(connection)
        first = "leaf_index = (SELECT min(leaf_index) FROM contracts)"
        connection.execute(text(f"UPDATE contracts SET {change} FROM {other} WHERE {first}"))
    with pytest.raises(Unproven, match=r"the contract of .* can't be decrypted"):
        audited(sealed)


def test_records_from_before_are_encrypted_with_their_documents(gateway: Gateway):
    contracts.sign(gateway, title=TITLE)
    before = told(contracts.only(gateway))
    opened = sealing.encrypting(gateway)
    assert encrypt_some(opened.engine, opened.vault).documents == 2
    assert stored(opened) == [(False, False, True)] * 2
    assert told(contracts.only(opened)) == before
    assert (seal_some(opened.engine, opened.vault), audited(opened)) == (0, 2)
    opened.close()


def test_records_are_encrypted_whose_documents_were_before(gateway: Gateway):
    contracts.sign(gateway, title=TITLE)
    opened = sealing.encrypting(gateway)
    contracts.sign(opened, title=TITLE, contract_id="FC-2")
    with opened.engine.connect() as connection:
        plain = connection.execute(text("SELECT title, content FROM contracts WHERE sealed IS NULL")).first()
    with opened.engine.begin() as connection:
        sealing.unguarded(connection)
        # As an earlier version left it.
        content = bytes(plain.content).replace(b'"FC-1"', b'"FC-2"')
        row = {"title": plain.title, "content": content}
        connection.execute(
            text("UPDATE contracts SET title = :title, content = :content WHERE sealed IS NOT NULL"), row
        )
        connection.execute(text("UPDATE contracts SET sealed = NULL"))
    assert (seal_some(opened.engine, opened.vault), seal_some(opened.engine, opened.vault)) == (2, 0)
    assert stored(opened) == [(True, True, False)] * 2 + [(False, False, True)] * 2
    assert audited(opened) == 4
    opened.close()


def test_a_record_whose_document_was_erased_is_gone(sealed: Gateway):
    first, _ = contracts.sign(sealed, title=TITLE)
    erase(sealed, first.id)
    assert stored(sealed) == [(False, False, True)]
    assert contracts.only(sealed).current.terms.title == TITLE


def test_contracts_from_before_there_was_a_place_for_it_stay_as_they_are(gateway: Gateway):
    contracts.sign(gateway, title=TITLE)
    with gateway.engine.begin() as connection:
        older.before_sealed_contracts(connection)
    schema.upgrade(gateway.engine)
    assert stored(gateway) == [(True, True, False)] * 2
    assert audited(gateway) == 2


def test_a_stolen_database_does_not_tell_what_was_agreed(sqlite_gateway: Gateway):
    contracts.sign(sqlite_gateway, title="Found NEEDLES")
    opened = sealing.encrypting(sqlite_gateway)
    contracts.sign(opened, title=TITLE, contract_id="FC-2")
    folder: Path = sqlite_gateway.settings.data_dir
    files = b"".join(each.read_bytes() for each in folder.iterdir() if each.is_file())
    assert (b"Found NEEDLES" in files, TITLE.encode() in files) == (True, False)
    opened.close()
