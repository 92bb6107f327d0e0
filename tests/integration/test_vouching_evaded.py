"""What somebody may add to an unsigned KeyInfo, or bring about by waiting, without being let in by a root for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.model.transmission import Transmission
from edi_gateway.partners.keyring import MAX_TRIED
from edi_gateway.syntax import json
from edi_gateway.syntax.xml import DS
from edi_gateway.workflows import key_life
from tests.support import pki
from tests.support.gateway import NOW, enrol_key, order, private_key
from tests.support.jws import fingerprint
from tests.support.pki import Issued
from tests.support.profiles import agree
from tests.support.vouching import granted, known, posted, signed, trusted

HOUR = timedelta(hours=1)
SUBJECT = "CN=Globex Signer"
ROOT = pki.root()
SIGNER = pki.signer(ROOT, subject=SUBJECT)
LISTS = 20
"""More than anybody would think of asking."""


@pytest.fixture
def vouching(sqlite_gateway: Gateway) -> Gateway:
    trusted(sqlite_gateway, ROOT)
    granted(sqlite_gateway, "globex", "subject", SUBJECT)
    return sqlite_gateway


def _naming(transmission: Transmission, fingerprints: list[str]) -> Transmission:
    """The KeyInfo names these keys first: it isn't signed, so anybody may have put them there."""
    tree = etree.fromstring(transmission.body)
    key_info = next(tree.iter(f"{{{DS}}}KeyInfo"))
    for place, named in enumerate(fingerprints):
        name = etree.Element(f"{{{DS}}}KeyName")
        name.text = named
        key_info.insert(place, name)
    return replace(transmission, body=etree.tostring(tree))


def test_a_revoked_key_is_not_brought_back_by_naming_so_many_others_that_it_is_not_tried(vouching: Gateway) -> None:
    known(vouching, pki.crl(ROOT))
    enrol_key(vouching, "globex", SIGNER.key.public_key())
    others = [private_key(f"other {each}") for each in range(MAX_TRIED)]
    for each in others:
        enrol_key(vouching, "globex", each.public_key())
    vouching.directory.refreshed()
    vouching.record(key_life.revoke(fingerprint(SIGNER.key), NOW - HOUR, "stolen", vouching.archive, vouching.office()))
    vouching.directory.refreshed()
    with pytest.raises(Rejection, match="signature-invalid"):
        vouching.examine(_naming(signed(order("PO-1"), SIGNER), [fingerprint(each) for each in others]))


def test_a_larger_document_is_not_taken_for_naming_the_key_of_somebody_who_may_send_it(vouching: Gateway) -> None:
    known(vouching, pki.crl(ROOT))
    agree(vouching, "globex", maxBytes=2000)
    acme = fingerprint(private_key("acme"))
    with pytest.raises(Rejection, match="body-too-large"):
        vouching.examine(_naming(signed(order("PO-1"), SIGNER), [acme]))


def test_what_a_response_said_is_not_forgotten_for_many_newer_lists(vouching: Gateway) -> None:
    known(vouching, pki.response(SIGNER, revoked_at=NOW - 40 * HOUR, since=NOW - 30 * HOUR, until=NOW + 99 * HOUR))
    _many(vouching, lambda hours: pki.crl(ROOT, since=NOW - hours * HOUR, until=NOW + 24 * HOUR))
    assert _code(vouching, SIGNER) == "certificate-revoked"


def test_what_a_list_of_authorities_said_is_not_forgotten_for_many_newer_lists_of_others(vouching: Gateway) -> None:
    between = pki.between(ROOT)
    known(vouching, pki.crl(between), issuer=between)
    of_authorities, of_others = (_scope(authorities=each) for each in (True, False))
    known(vouching, pki.crl(ROOT, between, at=NOW - 40 * HOUR, since=NOW - 30 * HOUR, extensions=of_authorities))
    _many(vouching, lambda hours: pki.crl(ROOT, since=NOW - hours * HOUR, extensions=of_others))
    assert _code(vouching, pki.signer(between, subject=SUBJECT)) == "certificate-revoked"


def _scope(*, authorities: bool) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    point = x509.IssuingDistributionPoint(None, None, not authorities, authorities, None, False, False)
    return ((point, True),)


def _many(gateway: Gateway, made: Callable[[float], bytes]) -> None:
    for each in range(LISTS):
        known(gateway, made(LISTS - each))


def _code(gateway: Gateway, by: Issued) -> str | None:
    recorded = posted(gateway, signed(order("PO-1"), by))
    return json.parse(recorded.receipt)["statement"]["validation"].get("code")
