import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.encoding import encode_base64
from edi_gateway.ledger.tree import EMPTY_ROOT

ORIGIN = "gw.example.com/ledger"
KEY = Ed25519PrivateKey.generate()
VERIFIER = note.verifier_of(ORIGIN, KEY.public_key())
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 70_000, ROOT)
TEXT = f"{ORIGIN}\n70000\n{encode_base64(ROOT)}\n"


def test_a_checkpoint_is_three_lines():
    assert checkpoint.marshal(CHECKPOINT) == TEXT
    assert checkpoint.parse(TEXT) == CHECKPOINT


def test_a_signed_checkpoint_is_opened_with_the_logs_key():
    assert checkpoint.open(checkpoint.sign(CHECKPOINT, KEY), ORIGIN, [VERIFIER]) == CHECKPOINT


def test_extension_lines_of_others_are_read_past():
    assert checkpoint.parse(TEXT + "extension\nanother one\n") == CHECKPOINT


def test_a_checkpoint_of_another_log_is_refused_though_the_key_signed_it():
    signed = note.sign(ORIGIN, KEY, TEXT.replace("ledger", "other"))
    with pytest.raises(Unproven, match="is of the log"):
        checkpoint.open(signed, ORIGIN, [VERIFIER])


def test_the_empty_tree_has_one_root():
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert checkpoint.parse(checkpoint.marshal(empty)) == empty
    with pytest.raises(Unproven, match="empty tree"):
        checkpoint.parse(TEXT.replace("70000", "0"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        "\n" + TEXT,
        TEXT + "\nextension\n",
        TEXT.replace(f"{ORIGIN}\n", ""),
        TEXT.replace("70000", "070000"),
        TEXT.replace("70000", "-1"),
        TEXT.replace("70000", "70000 "),
        TEXT.replace("70000", str(2**63)),
        TEXT.replace("=", ""),
        TEXT.replace(encode_base64(ROOT), encode_base64(ROOT[:31])),
    ],
)
def test_a_text_in_another_form_is_no_checkpoint(text):
    with pytest.raises(Unproven):
        checkpoint.parse(text)
