"""Evidence of a ledger that exchanged its key: before the document came, while it did, and after."""

from collections.abc import Mapping

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway, build
from edi_gateway.ledger import note
from edi_gateway.ledger.keys import LedgerKey
from edi_gateway.ledger.note import Signature
from edi_gateway.receipts import bundle
from edi_gateway.settings import load
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from edi_gateway.workflows.rotate import keys_text
from tests.support import rotation
from tests.support.evidence import check_files, gathered
from tests.support.gateway import Ticking, order, transmission

WHEN = ("before", "while", "after")


def _recorded(gateway: Gateway, number: str) -> str:
    return gateway.record(gateway.examine(transmission(order(number), "globex"))).id


@pytest.fixture
def documents(gateway: Gateway) -> Mapping[str, str]:
    return rotation.across(gateway, _recorded)


def _keys(gateway: Gateway) -> tuple[LedgerKey, LedgerKey]:
    old, new = gateway.notary.keys
    return old, new


@pytest.mark.parametrize("when", WHEN)
def test_the_evidence_holds_for_who_has_all_keys_in_whatever_order(
    gateway: Gateway, documents: Mapping[str, str], when: str
) -> None:
    packed = gathered(gateway, documents[when])
    old, new = _keys(gateway)
    bare = "\n".join(key.verifier.vkey for key in (old, new))
    for trusted in (keys_text((old, new)), keys_text((new, old)), bare):
        checked = check_evidence(packed, Trust(trusted))
        assert checked.receipt.trusted
        assert "ledger-keys" not in _codes(checked)


def _codes(checked: CheckedEvidence) -> set[str]:
    return {point.check for point in checked.not_checked}


@pytest.mark.parametrize("when", WHEN)
def test_the_evidence_is_the_same_once_the_old_key_is_gone(
    gateway: Gateway, documents: Mapping[str, str], when: str
) -> None:
    packed = gathered(gateway, documents[when])
    kept = rotation.keep(gateway, rotation.first(gateway))
    rotation.destroy(gateway, kept)
    fresh = build(load(data_dir=gateway.settings.data_dir, database_url=gateway.settings.database_url), Ticking())
    fresh.directory.refreshed()
    assert fresh.notary.signer_of(kept) is None
    assert gathered(fresh, documents[when]) == packed
    fresh.close()


def test_one_key_proves_what_it_has_signed_and_no_more(gateway: Gateway, documents: Mapping[str, str]) -> None:
    old, new = (key.line for key in _keys(gateway))
    packed = {when: gathered(gateway, id) for when, id in documents.items()}
    with pytest.raises(Unproven, match=r"^receipt\.json: the note carries no signature of a known key"):
        check_evidence(packed["before"], Trust(new))
    for when in ("before", "while"):
        with pytest.raises(Unproven, match=r"^checkpoints/9\.checkpoint: the note carries no signature of a known key"):
            check_evidence(packed[when], Trust(old))
    assert "ledger-keys" not in _codes(check_evidence(packed["after"], Trust(new)))


def test_who_has_one_of_two_keys_that_signed_is_told_of_the_other(
    gateway: Gateway, documents: Mapping[str, str]
) -> None:
    old, new = _keys(gateway)
    checked = check_evidence(gathered(gateway, documents["while"]), Trust(new.line))
    (told,) = (point.says for point in checked.not_checked if point.check == "ledger-keys")
    assert old.verifier.key_id.hex() in told


@pytest.mark.parametrize("when", WHEN)
def test_without_a_key_the_evidence_agrees_with_itself(
    gateway: Gateway, documents: Mapping[str, str], when: str
) -> None:
    assert not check_evidence(gathered(gateway, documents[when]), Trust(None)).receipt.trusted


def test_a_checkpoint_by_a_key_that_was_retired_before_is_refused(
    gateway: Gateway, documents: Mapping[str, str]
) -> None:
    """Whoever stole the old key can still sign; who knows until when it signed is not deceived."""
    files = bundle.unpack(gathered(gateway, documents["while"]))
    old = gateway.notary.signer_of(rotation.first(gateway))
    assert old
    text = note.text_of(files["checkpoints/9.checkpoint"])
    files["checkpoints/9.checkpoint"] = note.compose(text, [Signature(old.verifier, old.sign(text.encode()))])
    with pytest.raises(Unproven, match=r"^checkpoints/9\.checkpoint: key not valid then"):
        check_files(files, keys_text(gateway.notary.keys))


def test_a_flipped_bit_in_the_signature_of_either_of_two_keys_is_found(
    gateway: Gateway, documents: Mapping[str, str]
) -> None:
    id = documents["while"]
    gateway.record(gateway.examine(transmission(order("later"), "globex")))
    files, keys = bundle.unpack(gathered(gateway, id)), keys_text(gateway.notary.keys)
    for name in (bundle.RECEIPT, bundle.RECEIPT_CHECKPOINT):
        for at in range(files[name].index("— ".encode()), len(files[name])):
            altered = bytearray(files[name])
            altered[at] ^= 1 << at % 8
            with pytest.raises(Unproven, match=f"^{name}: "):
                check_files(files | {name: bytes(altered)}, keys)
