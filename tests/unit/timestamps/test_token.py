"""A timestamp counts for what was stamped, when, and by whom – or it does not count."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256, sha512

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from edi_gateway.errors import Unproven
from edi_gateway.timestamps.form import as_response, distil, from_response
from edi_gateway.timestamps.token import check_token, parse_roots
from tests.support.cms import attribute
from tests.support.cms_algorithms import SIGNATURE_OIDS
from tests.support.der import octet_string, tlv
from tests.support.tsa import NOW, POLICY, YEAR, Authority, make_authority

NOTE = b"gw.example.com/ledger\n1\nroot\n\n\xe2\x80\x94 gw.example.com/ledger signature\n"


@pytest.fixture(scope="module")
def tsa() -> Authority:
    return make_authority()


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_a_token_says_when_its_message_was_there(tsa: Authority, hash_name: str) -> None:
    token = tsa.token(NOTE, hash_name=hash_name)
    checked = check_token(token, NOTE, tsa.roots)
    assert (checked.authority, checked.policy, checked.serial) == ("CN=tsa", POLICY, 7)
    assert (checked.gen_time, checked.expires_at) == (NOW, NOW + YEAR)
    assert checked.accuracy == timedelta(seconds=1)
    assert checked.digest == sha256(token).hexdigest()


def test_a_token_over_other_bytes_is_refused(tsa: Authority) -> None:
    with pytest.raises(Unproven, match="Mismatch between messages"):
        check_token(tsa.token(NOTE), NOTE + b"\n", tsa.roots)


def test_a_token_with_the_digest_under_another_hash_is_refused(tsa: Authority) -> None:
    token = tsa.token(NOTE, hash_name="sha512", imprint=sha256(NOTE).digest() * 2)
    with pytest.raises(Unproven, match="Mismatch between messages"):
        check_token(token, NOTE, tsa.roots)


def test_a_token_over_a_weak_digest_is_refused(tsa: Authority) -> None:
    with pytest.raises(Unproven, match="hash algorithm"):
        check_token(tsa.token(NOTE, hash_name="sha1"), NOTE, tsa.roots)


def test_a_token_with_another_nonce_than_the_one_asked_with_is_refused(tsa: Authority) -> None:
    token = tsa.token(NOTE, nonce=12)
    assert check_token(token, NOTE, tsa.roots, nonce=12)
    for stamped, asked in ((token, 13), (tsa.token(NOTE), 12)):
        with pytest.raises(Unproven, match="Nonce"):
            check_token(stamped, NOTE, tsa.roots, nonce=asked)


def test_a_token_from_another_authority_is_refused(tsa: Authority) -> None:
    with pytest.raises(Unproven, match="does not hold"):
        check_token(make_authority().token(NOTE), NOTE, tsa.roots)


@pytest.mark.parametrize("distance", [-YEAR - timedelta(seconds=1), YEAR + timedelta(seconds=1)])
def test_a_token_made_while_its_certificate_was_not_valid_is_refused(tsa: Authority, distance: timedelta) -> None:
    with pytest.raises(Unproven, match="certificate"):
        check_token(tsa.token(NOTE, NOW + distance), NOTE, tsa.roots)


def test_a_token_outlives_its_certificate_where_it_was_made_in_time(tsa: Authority) -> None:
    made = NOW + YEAR - timedelta(seconds=1)
    assert check_token(tsa.token(NOTE, made), NOTE, tsa.roots).gen_time == made


@pytest.mark.parametrize(
    ("purposes", "critical"),
    [
        ((), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING,), False),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING), True),
    ],
    ids=["none", "not critical", "another", "two"],
)
def test_a_certificate_that_is_not_for_timestamps_alone_is_refused(purposes: tuple, critical: bool) -> None:
    tsa = make_authority(purposes=purposes, critical=critical)
    with pytest.raises(Unproven):
        check_token(tsa.token(NOTE), NOTE, tsa.roots)


def test_a_certificate_issued_by_somebody_who_may_not_issue_any_is_refused() -> None:
    tsa = make_authority(ca=False)
    with pytest.raises(Unproven, match="does not hold"):
        check_token(tsa.token(NOTE), NOTE, tsa.roots)


def test_an_authority_is_not_trusted_for_bringing_its_root_along(tsa: Authority) -> None:
    other = make_authority("other")
    raw = other.raw_token(NOTE, certificates=(other.certificate, other.between, other.root))
    with pytest.raises(Unproven, match="does not hold"):
        check_token(distil(raw), NOTE, tsa.roots)
    assert check_token(distil(raw), NOTE, other.roots)


def test_a_token_whose_signature_names_another_certificate_is_refused(tsa: Authority) -> None:
    der = make_authority("other").certificate.public_bytes(Encoding.DER)
    token = tsa.token(NOTE, signing_certificate=sha256(der).digest())
    with pytest.raises(Unproven, match="another certificate"):
        check_token(token, NOTE, tsa.roots)


def test_a_token_that_brings_no_certificate_is_refused(tsa: Authority) -> None:
    for held in ((), (tsa.between,)):
        with pytest.raises(Unproven, match="does not bring the certificate"):
            tsa.token(NOTE, certificates=held)


def test_a_signature_over_another_type_of_content_is_refused(tsa: Authority) -> None:
    token = tsa.token(NOTE, content_type="1.2.840.113549.1.7.1")
    with pytest.raises(Unproven, match="another type of content"):
        check_token(token, NOTE, tsa.roots)


def test_a_signature_algorithm_with_another_hash_than_its_digest_is_refused(tsa: Authority) -> None:
    token = tsa.token(NOTE, signature_oid=SIGNATURE_OIDS["ecdsa-sha384"])
    with pytest.raises(Unproven, match="two hash algorithms"):
        check_token(token, NOTE, tsa.roots)


def test_what_nothing_signs_is_left_out_before_a_token_is_kept_and_refused_after(tsa: Authority) -> None:
    stranger = make_authority("stranger").certificate
    unsigned = tlv(0xA1, attribute("1.2.840.113549.1.9.16.2.14", octet_string(b"anything")))
    packed = tsa.raw_token(NOTE, certificates=(stranger, tsa.root, tsa.between, tsa.certificate), unsigned=unsigned)
    kept = distil(packed)
    assert len(kept) < len(packed)
    assert distil(kept) == kept
    assert check_token(kept, NOTE, tsa.roots)
    with pytest.raises(Unproven, match="nothing signs"):
        check_token(packed, NOTE, tsa.roots)


def test_a_file_holds_a_granted_token_and_nothing_else(tsa: Authority) -> None:
    token = tsa.token(NOTE)
    response = as_response(token)
    assert from_response(response) == token
    for other in (response + b"\0", response[:-1], token, b"", response.replace(b"\x02\x01\x00", b"\x02\x01\x01", 1)):
        with pytest.raises(Unproven):
            from_response(other)


def test_a_token_ends_with_the_first_certificate_below_the_root_that_does(tsa: Authority) -> None:
    late = make_authority(until=NOW + 11 * YEAR, above_until=NOW + 10 * YEAR)
    assert check_token(late.token(NOTE), NOTE, late.roots).expires_at == NOW + 10 * YEAR
    # Whoever trusts the authority between needs no more than that.
    assert check_token(tsa.token(NOTE), NOTE, (*tsa.roots, tsa.between)).expires_at == NOW + YEAR


def test_roots_are_read_from_pem_each_once(tsa: Authority) -> None:
    assert parse_roots(tsa.root_pem * 2) == tsa.roots
    for pem in (b"", b"roots", tsa.root_pem[:-40]):
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's
            parse_roots(pem)


def test_a_shortened_token_is_refused_at_every_length(tsa: Authority) -> None:
    token = tsa.token(NOTE)
    for length in range(0, len(token), 7):
        with pytest.raises(Unproven):
            check_token(token[:length], NOTE, tsa.roots)


def test_a_token_under_a_key_that_did_not_sign_it_is_refused(tsa: Authority) -> None:
    forger = replace(tsa, key=make_authority().key)
    with pytest.raises(Unproven, match="does not hold"):
        check_token(forger.token(NOTE), NOTE, tsa.roots)
    assert sha512(NOTE).digest() in forger.token(NOTE)
