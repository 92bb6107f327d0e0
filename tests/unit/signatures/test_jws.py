from datetime import UTC, datetime
from typing import Any

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.signatures.jws import verify
from edi_gateway.signatures.policy import ALGORITHMS, DIGESTS, Policy, judge
from tests.support import jws
from tests.support.jws import DOCUMENT, token, transmission, verified


@pytest.mark.parametrize(
    ("alg", "kind", "algorithm", "digest"),
    [
        ("ES256", "p256", "ecdsa-sha256", "sha256"),
        ("RS256", "rsa", "rsa-sha256", "sha256"),
        ("EdDSA", "ed25519", "ed25519", "sha512"),
        ("Ed25519", "ed25519", "ed25519", "sha512"),
        ("EdDSA", "ed448", "ed448", "sha512"),
        ("Ed448", "ed448", "ed448", "sha512"),
    ],
)
def test_a_signature_that_verifies_gives_the_payload(alg: str, kind: str, algorithm: str, digest: str) -> None:
    found = verified(token({"alg": alg}, jws.key(kind)), jws.key(kind))
    assert (found.format, found.media_type, found.content) == ("jws", "application/json", DOCUMENT)
    assert (found.algorithm, found.digest, found.tree) == (algorithm, digest, None)
    assert found.algorithm in ALGORITHMS
    assert found.digest in DIGESTS
    assert judge(found.algorithm, found.digest, found.key.public_key, Policy(rsa_advised=2048)) == ()


def test_the_key_that_verifies_is_the_one_returned() -> None:
    mine, others = jws.key("p256"), [jws.key("rsa"), jws.key("p256", "globex"), jws.key("ed25519")]
    found = verified(token({"alg": "ES256"}, mine), *others, mine)
    assert found.key.fingerprint == jws.fingerprint(mine)


@pytest.mark.parametrize("keys", [[], ["rsa"], ["p384"], ["ed25519"]])
def test_no_key_that_verifies_is_a_refusal(keys: list[str]) -> None:
    with pytest.raises(Rejection) as refused:
        verified(token({"alg": "ES256"}, jws.key("p256")), *(jws.key(kind) for kind in keys))
    assert refused.value.code == "signature-invalid"


@pytest.mark.parametrize(
    ("claims", "moment"),
    [
        ({"iat": 1795348800}, datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ({"sigT": "2026-11-22T12:00:00Z"}, datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ({}, None),
        ({"iat": True}, None),
        ({"iat": "1795348800"}, None),
        ({"iat": 10**30}, None),
        ({"iat": -(10**30)}, None),
        ({"sigT": "2026-13-22T12:00:00Z"}, None),
        ({"sigT": "2026-11-22"}, None),
        ({"sigT": 5}, None),
    ],
)
def test_the_signing_time_is_a_claim_that_may_be_absent(claims: dict[str, Any], moment: datetime | None) -> None:
    assert verified(token({"alg": "ES256", **claims}, jws.key("p256")), jws.key("p256")).signed_at == moment


def test_another_envelope_is_a_mistake_of_ours() -> None:
    envelope = jws.unwrap(transmission(token({"alg": "ES256"}, jws.key("p256"))))
    keys: list[PartnerKey] = []
    object.__setattr__(envelope, "signed", None)
    with pytest.raises(TypeError):
        verify(envelope, keys)
