import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, cosignature, note
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.signature_types import COSIGNATURE, MLDSA_COSIGNATURE, cosigned_subtree, time_of

ORIGIN, WITNESS = "gw.example.com/ledger", "witness.example.com/w1"
LOG_KEY = Ed25519PrivateKey.generate()
LOG = note.verifier_of(ORIGIN, LOG_KEY.public_key())
KEYS = {"Ed25519": Ed25519PrivateKey.generate(), "ML-DSA-44": MLDSA44PrivateKey.generate()}
CHECKPOINT = Checkpoint(ORIGIN, 70_000, bytes(range(32)))
SIGNED = checkpoint.sign(CHECKPOINT, LOG_KEY)
AT = 1_795_000_000

both = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)


def _line(key, at=AT, name=WITNESS, cosigned=CHECKPOINT):
    return cosignature.cosign(name, key, cosigned, at).line.encode()


def _verifier(key, name=WITNESS):
    return cosignature.cosigner(name, key.public_key())


@both
def test_a_cosigned_checkpoint_is_opened_with_the_key_of_log_or_witness(key):
    cosigned = SIGNED + _line(key)
    for verifiers in ([LOG], [_verifier(key)], [LOG, _verifier(key)]):
        assert checkpoint.open(cosigned, ORIGIN, verifiers) == CHECKPOINT


@both
def test_who_signed_a_note_is_told_with_the_time(key):
    opened = note.read(SIGNED + _line(key), [_verifier(key), LOG])
    assert opened.text == checkpoint.marshal(CHECKPOINT)
    assert [(one.verifier, one.time) for one in opened.signatures] == [(LOG, None), (_verifier(key), AT)]


@both
def test_a_witnesss_key_is_read_back_as_it_was_written(key):
    verifier = _verifier(key)
    assert note.parse_vkey(verifier.vkey) == verifier
    assert verifier.type == (COSIGNATURE if isinstance(key, Ed25519PrivateKey) else MLDSA_COSIGNATURE)


@both
def test_the_lines_of_a_witness_are_verified_against_the_checkpoint(key):
    (found,) = cosignature.verify(CHECKPOINT, _line(key), [_verifier(key)])
    assert (found.verifier, found.time) == (_verifier(key), AT)
    assert cosignature.verify(CHECKPOINT, found.line.encode(), [_verifier(key)]) == (found,)


@both
def test_the_lines_of_unknown_keys_are_ignored(key):
    stranger = _line(Ed25519PrivateKey.generate(), name="other.example")
    assert len(cosignature.verify(CHECKPOINT, stranger + _line(key), [_verifier(key)])) == 1
    with pytest.raises(Unproven, match="no signature of a known key"):
        cosignature.verify(CHECKPOINT, stranger, [_verifier(key)])


@both
@pytest.mark.parametrize(
    "other",
    [
        Checkpoint(ORIGIN, 70_001, CHECKPOINT.root),
        Checkpoint(ORIGIN, 70_000, bytes(32)),
        Checkpoint("gw.example.com/other", 70_000, CHECKPOINT.root),
    ],
    ids=["size", "root", "origin"],
)
def test_a_cosignature_of_another_checkpoint_is_refused(key, other):
    with pytest.raises(Unproven, match="does not verify"):
        cosignature.verify(CHECKPOINT, _line(key, cosigned=other), [_verifier(key)])


@both
def test_a_cosignature_with_another_time_is_refused(key):
    made = cosignature.cosign(WITNESS, key, CHECKPOINT, AT)
    later = note.Signature(made.verifier, (AT + 1).to_bytes(8, "big") + made.signature[8:])
    with pytest.raises(Unproven, match="does not verify"):
        cosignature.verify(CHECKPOINT, later.line.encode(), [made.verifier])


@both
def test_a_cosignature_without_a_time_is_not_a_witnesss(key):
    with pytest.raises(Unproven, match="does not say when"):
        cosignature.verify(CHECKPOINT, _line(key, at=0), [_verifier(key)])
    # A log that cosigns its own checkpoint may leave the time out.
    own = SIGNED + _line(key, at=0, name=ORIGIN)
    assert note.read(own, [_verifier(key, ORIGIN)]).signatures[0].time == 0


@both
@pytest.mark.parametrize("cut", [0, 7, 8, 40])
def test_a_cosignature_that_was_cut_off_is_refused(key, cut):
    made = cosignature.cosign(WITNESS, key, CHECKPOINT, AT)
    short = f"— {WITNESS} " + note.encode_base64(made.verifier.key_id + made.signature[:cut] + b"x") + "\n"
    with pytest.raises(Unproven):
        cosignature.verify(CHECKPOINT, short.encode(), [made.verifier])


@both
@pytest.mark.parametrize("at", [-1, 2**63])
def test_a_time_that_no_cosignature_may_have_is_not_signed(key, at):
    with pytest.raises(ValueError, match="time of a cosignature"):
        _line(key, at=at)


def test_a_time_that_no_cosignature_may_have_is_not_read():
    with pytest.raises(Unproven, match="usable time"):
        time_of((2**63).to_bytes(8, "big"))
    with pytest.raises(Unproven, match="usable time"):
        time_of(b"1234567")


def test_a_plain_signature_is_no_cosignature_though_the_key_is_the_same():
    key = KEYS["Ed25519"]
    plain = note.signature(WITNESS, key, checkpoint.marshal(CHECKPOINT))
    with pytest.raises(Unproven, match="no signature of a known key"):
        cosignature.verify(CHECKPOINT, plain.line.encode(), [_verifier(key)])
    posing = note.Signature(_verifier(key), plain.signature)
    with pytest.raises(Unproven, match="does not verify"):
        cosignature.verify(CHECKPOINT, posing.line.encode(), [_verifier(key)])


def test_ed25519_covers_extension_lines_and_ml_dsa_refuses_them():
    text = checkpoint.marshal(CHECKPOINT) + "extension\n"
    extended = note.sign(ORIGIN, LOG_KEY, text)
    for key in KEYS.values():
        with pytest.raises(Unproven):
            note.open(extended + _line(key), [_verifier(key)])
        assert note.open(extended + _line(key), [LOG]) == text


def test_a_text_that_is_no_checkpoint_is_not_cosigned():
    for key in KEYS.values():
        with pytest.raises(Unproven, match="not made of three"):
            note.open(note.sign(ORIGIN, LOG_KEY, "hello\n") + _line(key), [_verifier(key)])


def test_a_note_of_several_signers_is_composed_and_each_is_found():
    text = checkpoint.marshal(CHECKPOINT)
    made = [
        note.signature(ORIGIN, LOG_KEY, text),
        *(cosignature.cosign(WITNESS, key, CHECKPOINT, AT) for key in KEYS.values()),
    ]
    signed = note.compose(text, made)
    assert signed.startswith(SIGNED)
    assert list(note.read(signed, [one.verifier for one in made]).signatures) == made
    assert note.text_of(signed) == text


def test_names_that_do_not_fit_the_signed_message_are_refused():
    with pytest.raises(ValueError, match="1 to 255 bytes"):
        cosigned_subtree("w" * 256, 1, ORIGIN, 0, 1, bytes(32))
    with pytest.raises(ValueError, match="without a time"):
        cosigned_subtree("w", 1, ORIGIN, 1, 2, bytes(32))
    with pytest.raises(ValueError, match="key name"):
        cosignature.cosign("two words", KEYS["Ed25519"], CHECKPOINT, AT)


def test_a_key_of_the_wrong_length_is_no_verifier():
    with pytest.raises(ValueError, match="has 32 bytes"):
        note.new_verifier(WITNESS, COSIGNATURE, bytes(31))
