import json

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.receipts import receipt
from edi_gateway.receipts.receipt import Receipt

RECEIPT = Receipt(b'{"a":{"b":[1,true,"\xc3\xa9\\n"]},"origin":"o"}', bytes(range(32)), 70_000, 'proof\n— "é"\n', "v+é")
MEMBERS = json.loads(receipt.to_json(RECEIPT))


def _json(**changes):
    members = {**MEMBERS, **changes}
    return json.dumps({name: value for name, value in members.items() if value is not ...}).encode()


def test_a_receipt_has_its_members_in_the_order_of_the_contract():
    assert list(MEMBERS) == ["version", "statement", "salt", "index", "proof", "vkey"]
    assert MEMBERS["version"] == 1
    assert MEMBERS["salt"] == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert MEMBERS["proof"] == RECEIPT.proof


def test_a_receipt_is_read_back_and_written_again_to_the_byte():
    assert receipt.parse(receipt.to_json(RECEIPT)) == RECEIPT
    assert receipt.to_json(receipt.parse(receipt.to_json(RECEIPT))) == receipt.to_json(RECEIPT)


def test_a_receipt_that_was_laid_out_anew_is_the_same_receipt():
    anew = json.dumps(dict(reversed(MEMBERS.items())), indent=2).encode()
    assert receipt.parse(anew) == RECEIPT


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(receipt.to_json(RECEIPT) + b"x", id="something after it"),
        pytest.param(receipt.to_json(RECEIPT).replace(b'"version":1', b'"version":1,"version":1'), id="a member twice"),
        *[pytest.param(_json(**{name: ...}), id=f"no {name}") for name in MEMBERS],
        *[pytest.param(_json(**{name: None}), id=f"{name} null") for name in MEMBERS],
        pytest.param(_json(more=1), id="another member"),
        pytest.param(_json(version=2), id="another version"),
        pytest.param(_json(version=True), id="version true"),
        pytest.param(_json(version=1.0), id="version with a fraction"),
        pytest.param(_json(index=False), id="index false"),
        pytest.param(_json(index="70000"), id="index as text"),
        pytest.param(_json(statement=[]), id="a list as statement"),
        pytest.param(_json(statement={"a": 1.5}), id="a fraction in the statement"),
        pytest.param(_json(statement={"a": 2**53}), id="an integer that not everybody can hold"),
        pytest.param(_json(salt="AAAA"), id="a short salt"),
        pytest.param(_json(salt=MEMBERS["salt"] + "\n"), id="a newline after the salt"),
        pytest.param(_json(salt=MEMBERS["salt"].replace("8=", "9=")), id="stray bits in the salt"),
        pytest.param(_json(salt="é" * 44), id="a salt outside ASCII"),
        pytest.param(_json(proof="\ud800"), id="half a character in the proof"),
        pytest.param(b" " * 1_000_001, id="too long"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_what_is_not_a_receipt_is_refused(text):
    with pytest.raises(Unproven):
        receipt.parse(text)
