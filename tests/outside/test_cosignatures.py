"""Cosignatures that others made: torchwood's (ML-DSA-44) and Sunlight's witness (Ed25519).

What lies in `tests/outside/cosignatures` is data: of TestMLDSAVerifyTorchwood in transparency-dev/formats (Apache-2.0),
and of cmd/skylight/testdata in FiloSottile/sunlight (ISC).
"""

from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from edi_gateway.errors import Unproven
from edi_gateway.ledger import checkpoint, note, policy
from edi_gateway.ledger.signature_types import COSIGNATURE, MLDSA_COSIGNATURE, cosigned_subtree

FOLDER = Path(__file__).parent / "cosignatures"
ROOT = b64decode("E7ERCtFloiK1fdb+B6/dLG0pM1nmIR0ETKBSauCjtVw=")

SUNLIGHT_VKEY = "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN"
MIRROR_VKEY = "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O"


def _torchwood():
    verifier = note.parse_vkey((FOLDER / "torchwood.vkey").read_text("ascii").strip())
    name, encoded = (FOLDER / "torchwood.line").read_text("utf-8").removeprefix("— ").split()
    raw = b64decode(encoded)
    assert (name, raw[:4], verifier.type) == (verifier.name, verifier.key_id, MLDSA_COSIGNATURE)
    return verifier, raw[4:]


def test_torchwoods_subtree_cosignature_verifies():
    verifier, signature = _torchwood()
    assert signature[:8] == bytes(8)
    key = MLDSA44PublicKey.from_public_bytes(verifier.public_key)
    key.verify(signature[8:], cosigned_subtree(verifier.name, 0, "example.com/log", 8, 13, ROOT))
    for other in (
        cosigned_subtree(verifier.name, 0, "example.com/log", 8, 14, ROOT),
        cosigned_subtree(verifier.name, 0, "example.com/log2", 8, 13, ROOT),
        cosigned_subtree("witness.example/w2", 0, "example.com/log", 8, 13, ROOT),
    ):
        with pytest.raises(InvalidSignature):
            key.verify(signature[8:], other)


def test_torchwoods_cosignature_of_a_subtree_is_none_of_a_checkpoint():
    verifier, _ = _torchwood()
    text = checkpoint.marshal(checkpoint.Checkpoint("example.com/log", 13, ROOT))
    signed = f"{text}\n".encode() + (FOLDER / "torchwood.line").read_bytes()
    with pytest.raises(Unproven, match="does not verify"):
        note.open(signed, [verifier])


@pytest.mark.parametrize(("vkey", "file"), [(SUNLIGHT_VKEY, "witness"), (MIRROR_VKEY, "mirror")])
def test_the_cosignatures_of_sunlights_witness_verify(vkey, file):
    signed = (FOLDER / f"sunlight-{file}.note").read_text("utf-8")
    verifier = note.parse_vkey(vkey)
    assert (verifier.vkey, verifier.type) == (vkey, COSIGNATURE)
    (found,) = note.read(signed.encode(), [verifier]).signatures
    assert found.time == 1_767_139_200  # as the log's final tree head says
    assert signed.endswith(found.line)
    assert checkpoint.open(signed.encode(), "rome2026h1.example.org", [verifier]).size == 300
    with pytest.raises(Unproven, match="does not verify"):
        note.open(signed.replace("\n300\n", "\n301\n").encode(), [verifier])


def test_a_policy_is_written_with_the_keys_of_others():
    torchwood, _ = _torchwood()
    text = f"witness a {torchwood.vkey}\nwitness b {SUNLIGHT_VKEY}\ngroup both all a b\nquorum both\n"
    read = policy.parse(text.encode())
    assert [witness.verifier.vkey for witness in read.witnesses] == [torchwood.vkey, SUNLIGHT_VKEY]
