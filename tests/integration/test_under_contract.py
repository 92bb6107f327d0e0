"""Orders that name a contract, from partners with whom it was agreed that it has to be in force."""

from datetime import timedelta

import pytest

from edi_gateway.demo import documents
from edi_gateway.gateway import Gateway
from edi_gateway.model.document import Finding
from edi_gateway.model.record import Examined
from tests.support import orderx
from tests.support.contracts import record, sign
from tests.support.gateway import NOW, order, transmission
from tests.support.profiles import agree

NAMED = documents.CONTRACT
LATE = NOW + timedelta(days=1)
"""After all that is signed before it in a test."""


def posted(gateway: Gateway, content: bytes | None = None) -> Examined:
    return gateway.examine(transmission(content or order(), "globex", at=LATE))


def noticed(one: Examined) -> list[Finding]:
    return [each for each in one.reading.findings if each.rule == "GW-LINK-004"]


def test_nobody_is_asked_with_whom_it_was_not_agreed(gateway: Gateway):
    one = posted(gateway)
    assert (one.code, noticed(one)) == (None, [])


def test_a_contract_that_nobody_knows_is_noticed(gateway: Gateway):
    agree(gateway, "globex", contracts="noticed")
    one = posted(gateway)
    (finding,) = noticed(one)
    assert (one.code, finding.severity, finding.stage) == (None, "warning", "link")
    assert (finding.expected, finding.actual) == ("in-force", "not known here")
    assert NAMED in finding.message


def test_where_it_is_required_the_order_is_refused_until_both_have_signed(gateway: Gateway):
    agree(gateway, "globex", contracts="required")
    sign(gateway, "acme", contract_id=NAMED)
    refused = posted(gateway)
    (finding,) = noticed(refused)
    assert (refused.code, finding.severity, finding.actual) == ("document-invalid", "error", "offered")
    sign(gateway, "globex", contract_id=NAMED)
    assert (posted(gateway).code, noticed(posted(gateway))) == (None, [])


@pytest.mark.parametrize(("until", "state"), [("2026-11-23", "expired"), ("2026-11-24", None)])
def test_it_has_to_be_in_force_on_the_day_of_receipt(gateway: Gateway, until: str, state: str | None):
    agree(gateway, "globex", contracts="required")
    sign(gateway, contract_id=NAMED, validUntil=until)
    assert [each.actual for each in noticed(posted(gateway))] == ([state] if state else [])


def test_an_order_in_another_syntax_names_it_as_well(gateway: Gateway):
    agree(gateway, "globex", contracts="required")
    one = posted(gateway, orderx.EXTENDED)
    assert [each.message for each in noticed(one)] == ["The contract FC-2026-014 is not in force between the parties."]


def test_a_call_off_is_not_asked_for_the_frame_that_it_names(gateway: Gateway):
    agree(gateway, "acme", contracts="required")
    content = record("acme", "FC-2", parentContractId="FC-UNKNOWN")
    assert noticed(gateway.examine(transmission(content, "acme", "jws", at=LATE))) == []
    sign(gateway, contract_id="FC-2", parentContractId="FC-UNKNOWN")
