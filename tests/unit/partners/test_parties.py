"""Whether those whom a document names are those whom we know."""

import pytest

from edi_gateway.model.document import Document, Location, Party
from edi_gateway.model.partner import Identifier, Partner
from edi_gateway.partners.keyring import directory
from edi_gateway.partners.parties import check_receivers, check_sender, receiver_of

A1, A2, G1, N1 = (Identifier("0088", value) for value in ("a1", "a2", "g1", "nobody"))
ACME = Partner("acme", "Acme", (A1, A2))
GLOBEX = Partner("globex", "Globex", (G1,))
KNOWN = directory([ACME, GLOBEX], [])


def document(sender: tuple[Identifier, ...], *receivers: tuple[Identifier, ...]) -> Document:
    located = Party(sender, location=Location(xpath="/Order/Buyer", line=3))
    return Document("ubl-2.1-order", "order", located, tuple(Party(each) for each in receivers), "PO-1")


@pytest.mark.parametrize("sender", [(A1,), (A2,), (A1, A2), (N1, A1)], ids=str)
def test_a_sender_with_an_identifier_of_the_signer_is_the_signer(sender):
    assert check_sender(document(sender), ACME, KNOWN) == ()


@pytest.mark.parametrize("sender", [(G1,), (A1, G1), (N1,), ()], ids=str)
def test_a_sender_who_is_somebody_else_too_or_nobody_is_not_the_signer(sender):
    (finding,) = check_sender(document(sender), ACME, KNOWN)
    assert (finding.rule, finding.severity, finding.stage) == ("GW-PARTY-001", "fatal", "link")
    assert finding.locations == (Location(xpath="/Order/Buyer", line=3),)
    assert finding.expected == "0088:a1, 0088:a2"


def test_a_sender_without_an_identifier_is_told_so():
    (finding,) = check_sender(document(()), ACME, KNOWN)
    assert finding.actual == "no identifier with a scheme"


def test_little_of_a_senders_own_text_is_repeated():
    (finding,) = check_sender(document((Identifier("s" * 500, "v" * 500),)), ACME, KNOWN)
    assert len(finding.actual) == 200


def test_receivers_who_are_one_partner_each_are_known():
    assert check_receivers(document((A1,), (G1,), (A2, A1)), KNOWN) == ()


@pytest.mark.parametrize("receiver", [(N1,), (), (G1, A1)], ids=str)
def test_a_receiver_who_is_nobody_or_two_is_found(receiver):
    (finding,) = check_receivers(document((A1,), (G1,), receiver), KNOWN)
    assert finding.rule == "GW-PARTY-002"


def test_a_document_for_nobody_is_found():
    (finding,) = check_receivers(document((A1,)), KNOWN)
    assert finding.rule == "GW-PARTY-002"


def test_the_receiver_is_the_first_whom_we_know():
    assert receiver_of(document((A1,), (N1,), (G1,)), KNOWN) == "globex"
    assert receiver_of(document((A1,), (G1, A1)), KNOWN) is None
    assert receiver_of(document((A1,)), KNOWN) is None
