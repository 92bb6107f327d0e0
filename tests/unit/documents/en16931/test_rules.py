"""Rules whose judgement isn't plain from their table."""

import pytest

from edi_gateway.documents.en16931 import judge
from tests.support.en16931 import VAT, amount, fragment, invoice, line


def rules(root, *only):
    return sorted({each.rule for each in judge(root, only=only or None)})


def test_an_invoice_that_keeps_all_rules_says_nothing():
    assert judge(invoice()) == []


def test_an_empty_fragment_says_what_is_missing():
    assert {"BR-01", "BR-02", "BR-16", "BR-CO-18"} <= set(rules(fragment("")))


def test_another_root_is_judged_by_what_is_in_it():
    root = fragment(line(""))
    root.tag = "{urn:example}Invoice"
    assert rules(root) == ["BR-21"]


@pytest.mark.parametrize("prefix", ["FR", "EL", "XI", "A ", "1A"])
def test_a_vat_identifier_begins_with_a_country(prefix):
    scheme = "<cac:PartyTaxScheme><cbc:CompanyID>{}1</cbc:CompanyID>" + VAT + "</cac:PartyTaxScheme>"
    assert rules(fragment(scheme.format(prefix)), "BR-CO-09") == []
    assert rules(fragment(scheme.format("fr")), "BR-CO-09") == ["BR-CO-09"]


def test_a_tax_registration_of_two_schemes_is_not_asked_for_a_country():
    registration = "<cac:PartyTaxScheme><cbc:CompanyID>fr1</cbc:CompanyID>{}</cac:PartyTaxScheme>"
    both = VAT.replace("</cac:TaxScheme>", "<cbc:ID>GST</cbc:ID></cac:TaxScheme>")
    assert rules(fragment(registration.format(both)), "BR-CO-09") == []
    assert rules(fragment(registration.format(VAT)), "BR-CO-09") == ["BR-CO-09"]


@pytest.mark.parametrize(
    ("note", "is_kept"),
    [("#AAI#text", True), ("#XYZ#text", False), ("#AA#text", True), ("text", True), ("#AAI", True), ("a#ZZQ#", False)],
)
def test_a_notes_subject_stands_between_number_signs(note, is_kept):
    root = fragment(f"<cbc:Note>{note}</cbc:Note>")
    assert rules(root, "BR-CL-08") == ([] if is_kept else ["BR-CL-08"])


def test_a_code_may_have_blanks_around_it_and_none_inside():
    root = fragment("<cbc:TaxCurrencyCode> EUR </cbc:TaxCurrencyCode>")
    assert rules(root, "BR-CL-05") == []
    root = fragment("<cbc:TaxCurrencyCode>EUR SEK</cbc:TaxCurrencyCode>")
    assert rules(root, "BR-CL-05") == ["BR-CL-05"]


def test_a_bank_knows_only_creditors():
    identifier = "<cac:PartyIdentification><cbc:ID schemeID='SEPA'>1</cbc:ID></cac:PartyIdentification>"
    root = fragment(f"<cac:PayeeParty>{identifier}</cac:PayeeParty>")
    assert rules(root, "BR-CL-10") == []
    root = fragment(f"<cac:AccountingCustomerParty>{identifier}</cac:AccountingCustomerParty>")
    assert rules(root, "BR-CL-10") == ["BR-CL-10"]


def test_an_allowance_that_is_a_charge_too_is_an_allowance():
    both = "<cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:ChargeIndicator> 0 </cbc:ChargeIndicator>"
    root = fragment(f"<cac:AllowanceCharge>{both}</cac:AllowanceCharge>")
    assert rules(root, "BR-31", "BR-36") == ["BR-31"]


def test_a_period_of_a_line_is_not_one_of_the_invoice():
    period = "<cac:InvoicePeriod><cbc:DescriptionCode>3</cbc:DescriptionCode></cac:InvoicePeriod>"
    root = fragment(f"{period}<cac:InvoiceLine>{period}</cac:InvoiceLine>")
    assert rules(root, "BR-CO-19", "BR-CO-20") == ["BR-CO-20"]


def test_a_payee_is_another_than_the_seller():
    party = "<cac:PartyName><cbc:Name>{}</cbc:Name></cac:PartyName>"
    seller = f"<cac:AccountingSupplierParty><cac:Party>{party}</cac:Party></cac:AccountingSupplierParty>"
    root = fragment(seller.format("A") + f"<cac:PayeeParty>{party.format('B')}</cac:PayeeParty>")
    assert rules(root, "BR-17") == []
    root = fragment(seller.format("A") + f"<cac:PayeeParty>{party.format('A')}</cac:PayeeParty>")
    assert rules(root, "BR-17") == ["BR-17"]


def test_amounts_of_a_price_with_a_discount_may_be_exact():
    discount = f"<cac:AllowanceCharge>{amount('Amount', '0.001')}</cac:AllowanceCharge>"
    assert rules(fragment(f"<cac:Price>{discount}</cac:Price>"), "UBL-DT-01") == []
    assert rules(fragment(discount), "UBL-DT-01") == ["UBL-DT-01"]


def test_what_an_extension_attaches_has_any_media_type():
    attached = "<{0} mimeCode='image/gif' filename='a.gif' xmlns='urn:example'/>"
    assert rules(fragment(attached.format("BinaryObject")), "BR-CL-24") == []
    assert rules(fragment(attached.format("cbc:EmbeddedDocumentBinaryObject")), "BR-CL-24") == ["BR-CL-24"]


def test_several_references_for_payment_must_be_one():
    payment = "<cac:PaymentMeans><cbc:PaymentID>{}</cbc:PaymentID></cac:PaymentMeans>"
    assert rules(fragment(payment.format(1) * 3), "UBL-SR-44") == []
    assert rules(fragment(payment.format(1) + payment.format(2)), "UBL-SR-44") == ["UBL-SR-44"]


def test_an_element_that_the_core_lacks_is_found_in_lines_of_both_kinds():
    root = fragment(
        "<cac:InvoiceLine><cbc:UUID/></cac:InvoiceLine><cac:CreditNoteLine><cbc:UUID/></cac:CreditNoteLine>"
    )
    assert [each.rule for each in judge(root, only=["UBL-CR-515"])] == ["UBL-CR-515"] * 2


def test_attributes_are_found_wherever_they_are():
    root = fragment(
        '<cbc:ID schemeID="1">1</cbc:ID><cac:Signature format="x"><cbc:Note languageID="en"/></cac:Signature>'
    )
    assert rules(root, "UBL-CR-650", "UBL-DT-12", "UBL-DT-19") == ["UBL-CR-650", "UBL-DT-12", "UBL-DT-19"]


def test_the_name_of_a_means_of_payment_is_wanted():
    root = fragment('<cac:PaymentMeans><cbc:PaymentMeansCode name="x">30</cbc:PaymentMeansCode></cac:PaymentMeans>')
    assert rules(root, "UBL-DT-18") == []


def test_a_due_date_belongs_to_credit_notes_there():
    due = "<cac:PaymentMeans><cbc:PaymentDueDate>2026-11-22</cbc:PaymentDueDate></cac:PaymentMeans>"
    root = fragment(due)
    assert rules(root, "UBL-CR-412") == ["UBL-CR-412"]
    root.tag = "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote"
    assert rules(root, "UBL-CR-412") == []


def test_what_hides_in_a_value_is_found():
    root = fragment("<cbc:Note><cac:FinancialInstitution/></cbc:Note>")
    assert rules(root, "UBL-CR-664") == ["UBL-CR-664"]


def test_what_claims_to_be_both_adds_to_both_sums():
    both = "<cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
    change = f"<cac:AllowanceCharge>{both}{amount('Amount', '5.00')}</cac:AllowanceCharge>"
    totals = amount("AllowanceTotalAmount", "5.00") + amount("ChargeTotalAmount", "5.00")
    root = fragment(f"{change}<cac:LegalMonetaryTotal>{totals}</cac:LegalMonetaryTotal>")
    assert rules(root, "BR-CO-11", "BR-CO-12") == []


def test_the_means_of_payment_say_whether_an_account_is_needed():
    payment = """<cac:PaymentMeans><cbc:PaymentMeansCode>{}</cbc:PaymentMeansCode><cac:PayeeFinancialAccount/>
        </cac:PaymentMeans>"""
    assert rules(fragment(payment.format("30")), "BR-50", "BR-61") == ["BR-50", "BR-61"]
    assert rules(fragment(payment.format("48")), "BR-50", "BR-61") == []
