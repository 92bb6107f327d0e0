"""What fired, told to the sender."""

from lxml import etree

from edi_gateway.documents.en16931 import RULES, RULESET, findings, judge
from edi_gateway.model.document import MAX_ECHO
from tests.support.en16931 import fragment, invoice, line, totals


def found(root):
    return {each.rule: each for each in findings(root, judge(root))}


def test_a_finding_has_terms_amounts_and_place():
    finding = found(invoice(money=totals(TaxInclusive="125.01", Payable="125.01")))["BR-CO-15"]
    assert (finding.severity, finding.stage) == ("fatal", "rules")
    assert finding.terms == ("BT-112", "BT-109", "BT-110")
    assert (finding.expected, finding.actual) == ("125.00", "125.01")
    assert [each.xpath for each in finding.locations] == ["/Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"]
    assert finding.locations[0].line


def test_a_warning_stays_a_warning():
    finding = found(invoice(more="<cac:DeliveryTerms/>"))["UBL-CR-410"]
    assert (finding.severity, finding.refuses) == ("warning", False)
    assert finding.message.startswith("cac:DeliveryTerms is no part of a core invoice")


def test_the_same_fault_at_several_places_is_told_once():
    root = invoice(lines=line(1, category="X") + line(2, category="X") + line(3, category="Y"))
    told = findings(root, judge(root, only=["BR-CL-18"]))
    assert [(each.actual, len(each.locations)) for each in told] == [("X", 2), ("Y", 1)]


def test_what_fires_is_in_document_order():
    root = invoice(lines=line(""), money=totals(Payable=None))
    places = {element: place for place, element in enumerate(root.iter(etree.Element))}
    fired = [places[each.element] for each in judge(root)]
    assert len(fired) > 2
    assert fired == sorted(fired)


def test_only_the_rules_that_are_asked_for_speak():
    assert {each.rule for each in judge(fragment(""), only=["BR-02", "BR-16"])} == {"BR-02", "BR-16"}


def test_no_more_of_the_sender_is_repeated_than_is_due():
    finding = found(invoice(lines=line(category="S" * 5000)))["BR-CL-18"]
    assert len(finding.actual) < MAX_ECHO


def test_the_number_of_a_card_is_not_repeated():
    card = "<cac:PaymentMeans><cac:CardAccount><cbc:PrimaryAccountNumberID>4111111111111111"
    root = invoice(more=f"{card}</cbc:PrimaryAccountNumberID></cac:CardAccount></cac:PaymentMeans>")
    assert found(root)["BR-51"].actual is None


def test_every_rule_says_what_it_is_about():
    assert RULESET == ("en16931", "1.3.16")
    assert len(RULES) == 979
    for id, rule in RULES.items():
        assert rule.id == id
        assert rule.message.endswith(".")
        assert len(rule.message) <= MAX_ECHO, id
        assert all(term.startswith(("BT-", "BG-")) for term in rule.terms)


def test_a_comment_in_a_value_does_not_hide_the_rest_of_it():
    root = etree.fromstring(etree.tostring(invoice()).replace(b">125.00<", b">12<!-- -->5.00<"))
    assert judge(root) == []
