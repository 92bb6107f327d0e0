"""Keys with the sizes that they sign."""

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import note
from edi_gateway.ledger.keys import MAX_KEYS, LedgerKey, open_by, parse_keys
from tests.support.ledger import MemoryLog

LOG, NEWER = MemoryLog(), MemoryLog()
LOG.append([b"entry"] * 10)
SIGNED = LOG.checkpoint()


def test_a_verifier_key_alone_signs_at_every_size():
    assert parse_keys(LOG.vkey) == (LedgerKey(LOG.verifier),)
    assert all(parse_keys(LOG.vkey)[0].signs(size) for size in (0, 1, 2**62))


def test_lines_are_read_as_they_are_written():
    keys = (LedgerKey(LOG.verifier, 0, 20), LedgerKey(NEWER.verifier, 11))
    assert parse_keys("".join(f"{key.line}\n" for key in keys)) == keys
    assert parse_keys(f"# of the gateway\n\n{LOG.vkey}  7\t9\r\n") == (LedgerKey(LOG.verifier, 7, 9),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there are 0 verifier keys"),
        ("# nothing\n\n", "there are 0 verifier keys"),
        (f"{LOG.vkey}\n" * (MAX_KEYS + 1), "there are 101 verifier keys"),
        (f"{LOG.vkey} 1 2 3", "more than its first and its last"),
        (f"{LOG.vkey} 01", "is not a decimal number"),
        (f"{LOG.vkey} -1", "is not a decimal number"),
        (f"{LOG.vkey} 3 2", "ends before it begins"),
        (f"{LOG.vkey}\n{MemoryLog('other.example/ledger').vkey}", "of different logs"),
        ("nonsense", "not of the form"),
    ],
    ids=[
        "nothing",
        "a comment",
        "too many",
        "three sizes",
        "a leading zero",
        "a minus",
        "backwards",
        "two logs",
        "no key",
    ],
)
def test_what_is_no_such_line_is_refused(text: str, said: str):
    with pytest.raises(Unproven, match=said):
        parse_keys(text)


@pytest.mark.parametrize(
    ("bounds", "holds"), [("", True), (" 10", True), (" 0 10", True), (" 11", False), (" 0 9", False)]
)
def test_a_key_proves_a_checkpoint_from_its_first_size_to_its_last(bounds: str, holds: bool):
    keys = parse_keys(LOG.vkey + bounds)
    if holds:
        assert open_by(SIGNED, keys).size == 10
    else:
        with pytest.raises(
            Unproven, match=r"key not valid then: the checkpoint of size 10 is signed by \S+, which signs"
        ):
            open_by(SIGNED, keys)


def test_one_valid_key_is_enough_but_a_wrong_signature_of_another_is_a_lie():
    text = note.text_of(SIGNED)
    newer = note.signature(LOG.origin, NEWER.key, text)
    both = note.compose(text, [*note.read(SIGNED, [LOG.verifier]).signatures, newer])
    for keys in (f"{LOG.vkey} 0 9\n{NEWER.vkey} 10", f"{LOG.vkey} 0 10\n{NEWER.vkey} 11"):
        assert open_by(both, parse_keys(keys)).size == 10
    wrong = note.compose(
        text, [*note.read(SIGNED, [LOG.verifier]).signatures, note.Signature(NEWER.verifier, bytes(64))]
    )
    with pytest.raises(Unproven, match="does not verify"):
        open_by(wrong, parse_keys(f"{LOG.vkey}\n{NEWER.vkey} 11"))


def test_a_key_that_did_not_sign_proves_nothing():
    with pytest.raises(Unproven, match="no signature of a known key"):
        open_by(SIGNED, parse_keys(NEWER.vkey))
