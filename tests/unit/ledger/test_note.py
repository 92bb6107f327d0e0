import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import note
from edi_gateway.ledger.encoding import decode_base64, decode_decimal, encode_base64

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
NAME = "gw.example.com/ledger"
VERIFIER = note.verifier_of(NAME, KEY.public_key())
TEXT = "first\n\nthird\n"
NOTE = note.sign(NAME, KEY, TEXT)


def _line(signed):
    return signed.rpartition(b"\n\n")[2]


def test_a_signed_note_gives_back_its_text():
    assert note.open(NOTE, [VERIFIER]) == TEXT


def test_the_same_text_and_key_always_make_the_same_note():
    assert note.sign(NAME, KEY, TEXT) == NOTE


def test_a_verifier_key_is_read_back_as_it_was_written():
    assert note.parse_vkey(VERIFIER.vkey) == VERIFIER


def test_a_text_that_ends_in_an_empty_line_keeps_it():
    assert note.open(note.sign(NAME, KEY, "text\n\n"), [VERIFIER]) == "text\n\n"


def test_signatures_of_unknown_keys_are_ignored():
    stranger = _line(note.sign("witness.example.com", OTHER, TEXT))
    namesake = _line(note.sign(NAME, OTHER, TEXT))
    unheard_of = f"— {NAME} {encode_base64(b'1234' + bytes(2420))}\n".encode()
    assert note.open(NOTE + stranger + namesake + unheard_of, [VERIFIER]) == TEXT


def test_a_note_without_a_known_signature_is_refused():
    with pytest.raises(Unproven, match="no signature of a known key"):
        note.open(NOTE, [note.verifier_of(NAME, OTHER.public_key())])
    with pytest.raises(Unproven, match=r"no signature of a known key: .*, not by none$"):
        note.open(NOTE, [])


def test_a_note_without_a_known_signature_names_who_signed_it_and_who_should_have():
    other = note.verifier_of(NAME, OTHER.public_key())
    signed, wanted = (f"{NAME}+{one.key_id.hex()}" for one in (VERIFIER, other))
    with pytest.raises(Unproven) as caught:
        note.open(NOTE, [other])
    assert str(caught.value).endswith(f": it is signed by {signed}, not by {wanted}")


def test_names_that_strangers_choose_are_shown_short_and_few():
    lines = "".join(f"— \u202e{number}{'x' * 200} {encode_base64(bytes(68))}\n" for number in range(9)).encode()
    with pytest.raises(Unproven, match=r"signed by \\u202e0x{93}\+00000000 and .* and 6 more, not by") as caught:
        note.open(TEXT.encode() + b"\n" + lines, [VERIFIER])
    assert str(caught.value).isascii()


def test_one_bad_signature_of_a_known_key_spoils_the_note():
    witness = note.verifier_of("witness.example.com", OTHER.public_key())
    lie = _line(note.sign("witness.example.com", OTHER, "another text\n"))
    assert note.open(NOTE + lie, [VERIFIER]) == TEXT
    with pytest.raises(Unproven, match=r"witness\.example\.com does not verify"):
        note.open(NOTE + lie, [VERIFIER, witness])


def test_sixteen_signatures_are_read_and_more_than_a_hundred_are_not():
    stranger = _line(note.sign("witness.example.com", OTHER, TEXT))
    assert note.open(NOTE + stranger * 99, [VERIFIER]) == TEXT
    with pytest.raises(Unproven, match="more than 100"):
        note.open(NOTE + stranger * 100, [VERIFIER])


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda signed: signed.replace("— ".encode(), b"- "), id="hyphen for a dash"),
        pytest.param(lambda signed: signed.replace(b"\n\n", b"\r\n\r\n"), id="carriage returns"),
        pytest.param(lambda signed: signed + b"\n", id="an empty line at the end"),
        pytest.param(lambda signed: signed[:-2] + b"\n", id="base64 without padding"),
        pytest.param(lambda signed: signed[:-1] + b" \n", id="a space at the end"),
        pytest.param(lambda signed: signed.replace(NAME.encode() + b" ", NAME.encode() + b"  "), id="two spaces"),
        pytest.param(lambda signed: signed.replace(NAME.encode() + b" ", b" "), id="an empty name"),
        pytest.param(lambda signed: signed.replace(b"gw.", b"gw+"), id="a plus in the name"),
        pytest.param(lambda signed: signed + "— other.example AAAA\n".encode(), id="a key id and no signature"),
        pytest.param(lambda signed: b"x" * 1_000_000 + signed, id="too long"),
    ],
)
def test_a_note_in_another_form_is_refused(spoil):
    with pytest.raises(Unproven):
        note.open(spoil(NOTE), [VERIFIER])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "return\r\n", "\x00\n"])
def test_a_text_that_no_note_can_carry_is_not_signed(text):
    with pytest.raises(ValueError, match="text of a note"):
        note.sign(NAME, KEY, text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\x01b", "\ud800"])
def test_a_name_that_no_note_can_carry_does_not_sign(name):
    with pytest.raises(ValueError, match="key name"):
        note.sign(name, KEY, TEXT)


@pytest.mark.parametrize("name", ["gw.example.com/ledger", "ledger", "bücher.example/λ"])
def test_a_name_outside_ascii_signs_too(name):
    verifier = note.verifier_of(name, KEY.public_key())
    assert note.open(note.sign(name, KEY, TEXT), [note.parse_vkey(verifier.vkey)]) == TEXT


def test_a_public_key_off_the_curve_verifies_nothing():
    verifier = note.Verifier(NAME, note.ED25519, b"\xff" * 32)
    signed = f"{TEXT}\n— {NAME} {encode_base64(verifier.key_id + bytes(64))}\n".encode()
    with pytest.raises(Unproven):
        note.open(signed, [verifier])


@pytest.mark.parametrize("text", ["AAA", "AAA=\n", "AB==", "A_==", "====", "AA =", "AA==AA==", "\u0660"])
def test_base64_has_one_spelling(text):
    with pytest.raises(Unproven):
        decode_base64(text, "it")


@pytest.mark.parametrize("text", ["", "00", "01", "+1", "-1", "1 ", "1\n", "1_0", "٣", str(2**63), "9" * 5000])
def test_a_decimal_has_one_spelling_and_fits_64_bits(text):
    with pytest.raises(Unproven):
        decode_decimal(text, "it")
    assert decode_decimal(str(2**63 - 1), "it") == 2**63 - 1
