"""Signed notes that others wrote: the example in the specification, and those in the tests of Go's implementation."""

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.ledger import note

SPECIFIED_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPECIFIED = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"


def _open(text, *vkeys):
    return note.open(text if isinstance(text, bytes) else text.encode(), [note.parse_vkey(vkey) for vkey in vkeys])


def test_the_note_in_the_specification_verifies():
    assert _open(SPECIFIED, SPECIFIED_VKEY) == "This is an example message.\n"


@pytest.mark.parametrize("vkey", [SPECIFIED_VKEY, PETER, ENOCH])
def test_a_published_verifier_key_is_written_as_it_was_read(vkey):
    assert note.parse_vkey(vkey).vkey == vkey


@pytest.mark.parametrize("vkeys", [(PETER,), (ENOCH,), (PETER, ENOCH), (ENOCH, PETER, ENOCH)])
def test_a_note_of_two_signers_is_read_with_the_key_of_either(vkeys):
    assert _open(TEXT + "\n" + BY_PETER + BY_ENOCH, *vkeys) == TEXT


def test_no_piece_of_a_verifier_key_is_one():
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if end - start < len(PETER):
                with pytest.raises(Unproven):
                    note.parse_vkey(PETER[start:end])


def test_no_verifier_key_with_a_changed_character_is_one():
    for at in range(len(PETER)):
        with pytest.raises(Unproven):
            note.parse_vkey(PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        pytest.param(
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", id="wrong length, right id"
        ),
        pytest.param("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", id="unknown type, right id"),
    ],
)
def test_a_verifier_key_that_fits_its_id_but_no_algorithm_is_refused(vkey):
    with pytest.raises(Unproven):
        note.parse_vkey(vkey)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT, id="no signature"),
        pytest.param(TEXT + "\n", id="no signature after the blank line"),
        pytest.param(TEXT + "\n" + BY_PETER[:-1], id="no newline at the end"),
        pytest.param("\x01" + TEXT + "\n" + BY_PETER, id="control character"),
        pytest.param(b"\xff" + (TEXT + "\n" + BY_PETER).encode(), id="not UTF-8"),
        pytest.param(TEXT + "\n" + BY_PETER.replace("PeterNeumann", "Bad Name"), id="space in a name"),
        pytest.param(TEXT + "\n" + BY_PETER + "Unexpected line.\n", id="a line that is no signature"),
        pytest.param(TEXT + "\n" + BY_PETER * 101, id="too many signatures"),
        pytest.param(TEXT + "\n" + BY_PETER[:60] + "ABCD" + BY_PETER[60:], id="invalid signature"),
        pytest.param(TEXT + "\n" + BY_ENOCH, id="only an unknown signer"),
    ],
)
def test_a_note_that_the_reference_refuses_is_refused(text):
    with pytest.raises(Unproven):
        _open(text, PETER)
