"""Project Wycheproof's JWS cases: what each should give, and where the gateway answers otherwise, why."""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.envelopes.jose import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey, PublicKey
from edi_gateway.model.transmission import Transmission
from edi_gateway.signatures.jws import verify
from tests.support.jws import NOW

CORPUS = Path(__file__).parents[2] / "../shared/corpora/wycheproof/json_web_signature_test.json"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="needs the corpus: wycheproof/json_web_signature_test.json")

CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-521": ec.SECP521R1()}

# Valid there, refused here. A document is never empty, and an HMAC is no signature: both sides could have made it.
EMPTY_PAYLOAD = {259, 264, 268, 272, 320, 325}
HMAC = {1, 348, 352, 357, 358, 359, 376, 377}
# Called valid there although a character is no base64url.
FOREIGN_CHARACTER = {372, 373}
# Invalid there since the JWK names another `alg`, verified here: the signature is right, and a registered RSA key may
# be used with each of the algorithms for its type.
OTHER_ALG_IN_JWK = {332, 334, 336, 338, 340}


def _cases() -> list[Any]:
    groups = json.loads(CORPUS.read_text(encoding="utf-8"))["testGroups"] if CORPUS.exists() else []
    return [
        pytest.param(group.get("public"), case, id=f"{case['tcId']}-{case['comment']}")
        for group in groups
        for case in group["tests"]
    ]


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def _registered(jwk: dict[str, Any] | None) -> list[PartnerKey]:
    """The key as it would be registered: not at all when it isn't for signatures, or is a shared secret."""
    if not jwk or jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        return []
    key: PublicKey
    if jwk["kty"] == "RSA":
        key = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
    else:
        key = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), CURVES[jwk["crv"]]).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return [PartnerKey("0" * 64, "acme", spki, public_key=key)]


def _answer(jwk: dict[str, Any] | None, token: Any) -> str:
    body = (token if isinstance(token, str) else json.dumps(token)).encode()
    try:
        verify(unwrap(Transmission(body, "application/jose", NOW)), _registered(jwk))
    except Rejection as refused:
        return refused.code
    return "verified"


def _expected(case: dict[str, Any]) -> set[str]:
    match case["tcId"]:
        case number if number in EMPTY_PAYLOAD:
            return {"signature-profile"}
        case number if number in HMAC:
            return {"algorithm-unknown"}
        case number if number in FOREIGN_CHARACTER:
            return {"not-jws"}
        case number if number in OTHER_ALG_IN_JWK:
            return {"verified"}
    if case["result"] == "valid":
        return {"verified"}
    return {"not-jws", "unsigned", "signature-profile", "algorithm-unknown", "signature-invalid"}


@pytest.mark.parametrize(("jwk", "case"), _cases())
def test_each_case_is_answered_as_it_should_be(jwk: dict[str, Any] | None, case: dict[str, Any]) -> None:
    assert _answer(jwk, case["jws"]) in _expected(case)


def test_no_case_is_left_out() -> None:
    cases = [parameters.values for parameters in _cases()]
    assert len(cases) == 401
    assert Counter(case["result"] for _, case in cases) == {"valid": 46, "invalid": 355}
    assert Counter(_answer(jwk, case["jws"]) == "verified" for jwk, case in cases) == {True: 35, False: 366}
