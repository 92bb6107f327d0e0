"""Which of a partner's keys verifies a document, and why each other one doesn't."""

from dataclasses import replace
from datetime import timedelta

import pytest

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import KeyStep
from edi_gateway.model.transmission import Transmission
from edi_gateway.signatures.policy import Policy
from edi_gateway.workflows.key_check import try_keys
from tests.support import jws
from tests.support.gateway import NOW, private_key, transmission
from tests.support.gateway import order_response as document

ACME = jws.partner_key(private_key("acme"))
OTHER = jws.partner_key(private_key("other"))
DAY = timedelta(days=1)


def test_one_key_verifies_and_the_other_is_not_the_one_that_is_named():
    right, wrong = try_keys(transmission(document(), "acme"), [ACME, OTHER], Policy())
    assert (right.verifies, right.why_not, right.accepted) == (True, None, True)
    assert (wrong.verifies, wrong.accepted) == (False, False)
    assert "names another key" in str(wrong.why_not)


def test_a_signature_that_names_no_key_is_tried_on_all():
    unnamed = Transmission(jws.token({"alg": "ES256"}, private_key("acme")), "application/jose", NOW)
    right, wrong = try_keys(unnamed, [ACME, OTHER], Policy())
    assert right.accepted
    assert "does not verify" in str(wrong.why_not)
    assert "names another" not in str(wrong.why_not)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"steps": (KeyStep(1, "key.proposed"),)}, "only proposed"),
        ({"steps": (KeyStep(1, "key.added"), KeyStep(2, "key.retired", applies_from=NOW - DAY))}, "It is retired"),
        ({"steps": (KeyStep(1, "key.added"), KeyStep(2, "key.revoked", applies_from=NOW - DAY))}, "It is revoked"),
        ({"valid_until": NOW - DAY}, "It is retired: valid until 2026-11-22"),
        ({"valid_from": NOW + DAY}, "It is upcoming: valid from 2026-11-24"),
        ({"purpose": "tls-client"}, "for tls-client"),
    ],
)
def test_a_key_that_verifies_and_would_be_refused_says_why(changes, why: str):
    (tried,) = try_keys(transmission(document(), "acme"), [replace(ACME, **changes)], Policy())
    assert tried.verifies
    assert not tried.accepted
    assert why in str(tried.why_not)


def test_a_key_that_is_too_weak_says_so():
    key = jws.key("rsa")
    signed = jws.token({"alg": "RS256", "kid": jws.fingerprint(key)}, key)
    (tried,) = try_keys(Transmission(signed, "application/jose", NOW), [jws.partner_key(key)], Policy(3072, 3072))
    assert (tried.verifies, tried.accepted) == (True, False)
    assert "2048" in str(tried.why_not)


def test_what_is_not_signed_can_be_tried_on_no_key():
    with pytest.raises(Rejection, match="unsigned"):
        try_keys(Transmission(document(), "application/xml", NOW), [ACME], Policy())
