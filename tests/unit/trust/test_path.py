"""Which certificates lead to a root, under which limits."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edi_gateway.model.trust import TrustRoot
from edi_gateway.trust.path import MAX_OTHERS, build_path, load, window
from tests.support import pki
from tests.support.pki import NOON, Issued

ROOT = pki.root()
BETWEEN = pki.between(ROOT)
ACME = pki.signer(BETWEEN)
EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
SEALING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
Usages = tuple[x509.ObjectIdentifier, ...]
REVOKED_BITS = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
COMMITMENT = x509.KeyUsage(False, True, False, False, False, False, False, False, False)


def _path(
    leaf: Issued, *others: Issued, under: TrustRoot | None = None, at: datetime = NOON
) -> tuple[x509.Certificate, ...]:
    return build_path(leaf.certificate, [one.certificate for one in others], under or pki.trust(ROOT), at)


def test_a_certificate_leads_to_the_root_by_what_the_signature_brings() -> None:
    assert _path(ACME, BETWEEN) == (ACME.certificate, BETWEEN.certificate, ROOT.certificate)
    assert _path(pki.signer(ROOT))[1:] == (ROOT.certificate,)


def test_a_path_holds_as_long_as_all_of_it_is_valid() -> None:
    since, until = window(_path(ACME, BETWEEN))
    assert (since, until) == (ACME.certificate.not_valid_before_utc, ACME.certificate.not_valid_after_utc)


@pytest.mark.parametrize("purpose", [COMMITMENT, pki.SIGNING])
def test_a_signers_certificate_needs_no_other_name_than_its_subject(purpose: x509.KeyUsage) -> None:
    assert _path(pki.signer(BETWEEN, pki.usage(EMAIL), usage=purpose), BETWEEN)


def test_what_nobody_sent_is_not_on_the_way() -> None:
    with pytest.raises(ValueError, match="does not lead to acme-ca"):
        _path(ACME)


@pytest.mark.parametrize(
    ("leaf", "others", "says"),
    [
        (lambda: pki.signer(pki.between(pki.root())), (BETWEEN,), "does not lead"),
        (lambda: pki.signer(BETWEEN, usage=None), (BETWEEN,), "does not lead"),
        (lambda: pki.signer(BETWEEN, usage=REVOKED_BITS), (BETWEEN,), "neither digitalSignature nor contentCommitment"),
        (lambda: pki.signer(BETWEEN, pki.authority()), (BETWEEN,), "authorities do not sign documents"),
        (lambda: pki.signer(BETWEEN, since=NOON + pki.DAY), (BETWEEN,), "not valid at validation time"),
        (lambda: pki.signer(BETWEEN, until=NOON - timedelta(hours=1)), (BETWEEN,), "not valid at validation time"),
        (lambda: pki.signer(ACME), (ACME, BETWEEN), "does not lead"),
        (lambda: ROOT, (), "does not lead|the root itself"),
        (lambda: pki.signer(BETWEEN, _unknown()), (BETWEEN,), "unaccounted-for critical"),
    ],
)
def test_a_certificate_that_may_not_sign_is_refused(
    leaf: Callable[[], Issued], others: tuple[Issued, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        _path(leaf(), *others)


def _unknown() -> pki.Extension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True


def test_the_root_says_how_long_a_path_may_be() -> None:
    lower = pki.between(BETWEEN, "Lower CA")
    leaf = pki.signer(lower)
    with pytest.raises(ValueError, match="does not lead"):
        _path(leaf, lower, BETWEEN)
    assert len(_path(leaf, lower, BETWEEN, under=pki.trust(ROOT, path_length=2))) == 4
    with pytest.raises(ValueError, match="does not lead"):
        _path(ACME, BETWEEN, under=pki.trust(ROOT, path_length=0))


def test_an_authority_says_how_long_a_path_may_be() -> None:
    upper = pki.between(ROOT, length=0)
    lower = pki.between(upper, "Lower CA")
    with pytest.raises(ValueError, match="does not lead"):
        _path(pki.signer(lower), lower, upper, under=pki.trust(ROOT, path_length=3))


def test_the_root_says_what_a_certificate_must_be_for() -> None:
    under = pki.trust(ROOT, usages=(EMAIL.dotted_string, "1.3.6.1.5.5.7.3.36"))
    assert _path(pki.signer(BETWEEN, pki.usage(EMAIL, ExtendedKeyUsageOID.CLIENT_AUTH)), BETWEEN, under=under)
    for other in (pki.signer(BETWEEN), pki.signer(BETWEEN, pki.usage(ExtendedKeyUsageOID.CLIENT_AUTH))):
        with pytest.raises(ValueError, match="extended key usage is none that acme-ca asks for"):
            _path(other, BETWEEN, under=under)


@pytest.mark.parametrize(
    ("upper", "lower", "leaf"),
    [
        ((SEALING,), (), (EMAIL, SEALING)),
        ((EMAIL, ExtendedKeyUsageOID.SERVER_AUTH), (EMAIL,), (EMAIL,)),
        ((ANY_USAGE,), (SEALING,), (SEALING,)),
    ],
)
def test_an_authoritys_usages_are_those_of_all_below_it(upper: Usages, lower: Usages, leaf: Usages) -> None:
    assert _path_of_usages(upper, lower, leaf)


@pytest.mark.parametrize(
    ("upper", "lower", "leaf"),
    [
        ((ExtendedKeyUsageOID.SERVER_AUTH,), (), (EMAIL,)),
        ((), (ExtendedKeyUsageOID.SERVER_AUTH,), (EMAIL,)),
        ((EMAIL,), (SEALING,), (EMAIL, SEALING)),
        ((EMAIL,), (), (SEALING,)),
        ((ANY_USAGE,), (EMAIL,), (SEALING,)),
    ],
)
def test_an_authority_certifies_for_no_usage_that_is_not_its_own(upper: Usages, lower: Usages, leaf: Usages) -> None:
    with pytest.raises(ValueError, match=r"extended key usage of the authority CN=(Upper|Lower) CA"):
        _path_of_usages(upper, lower, leaf)


def test_a_signers_certificate_for_any_usage_is_for_none_that_a_root_asks_for() -> None:
    with pytest.raises(ValueError, match="extended key usage is none that acme-ca asks for"):
        _path_of_usages((), (), (ANY_USAGE,))


def test_where_the_root_asks_for_no_usage_none_is_looked_at() -> None:
    above = pki.between(ROOT, "Web CA", pki.usage(ExtendedKeyUsageOID.SERVER_AUTH))
    assert _path(pki.signer(above, pki.usage(EMAIL)), above)


def _path_of_usages(upper: Usages, lower: Usages, leaf: Usages) -> tuple[x509.Certificate, ...]:
    """Under a root that asks for one of two; an authority without any has no such extension."""
    higher = pki.between(ROOT, "Upper CA", *([pki.usage(*upper)] if upper else []))
    nearer = pki.between(higher, "Lower CA", *([pki.usage(*lower)] if lower else []))
    under = pki.trust(ROOT, usages=(EMAIL.dotted_string, SEALING.dotted_string), path_length=2)
    return _path(pki.signer(nearer, pki.usage(*leaf)), nearer, higher, under=under)


def test_a_policy_that_the_root_asks_for_is_named_all_the_way() -> None:
    under = pki.trust(ROOT, policy=pki.POLICY)
    above = pki.between(ROOT, "Policy CA", pki.policy())
    assert _path(pki.signer(above, pki.policy()), above, under=under)
    for leaf, issuer in (
        (pki.signer(above), above),
        (pki.signer(above, pki.policy("2.5.29.32.0")), above),
        (pki.signer(BETWEEN, pki.policy()), BETWEEN),
    ):
        with pytest.raises(ValueError, match="does not name the policy"):
            _path(leaf, issuer, under=under)


def test_constraints_of_policies_are_kept_by_a_policy_or_refused() -> None:
    constraint = x509.PolicyConstraints(0, None), False
    above = pki.between(ROOT, "Policy CA", pki.policy(), constraint)
    leaf = pki.signer(above, pki.policy())
    assert _path(leaf, above, under=pki.trust(ROOT, policy=pki.POLICY))
    with pytest.raises(ValueError, match="constrains policies"):
        _path(leaf, above)


def test_many_certificates_of_one_name_cost_no_more_than_a_few() -> None:
    decoys = [pki.between(pki.root()) for _ in range(MAX_OTHERS * 2)]
    assert len(_path(ACME, BETWEEN, *decoys)) == 3


def test_what_is_no_certificate_is_left_out() -> None:
    assert load([b"nothing", ACME.der, b""]) == [ACME.certificate]
