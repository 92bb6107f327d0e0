"""Where the UBL signature profile (UBL 2.1 §5) leaves out more of a document than the Signature: its holder."""

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.syntax.xml import DS, UBL_SIGNATURE_PARTS, UBL_SIGNATURE_TEXTS, UBL_SIGNATURES, child_elements, text_of

_HOLDER = f"{{{UBL_SIGNATURES}}}UBLDocumentSignatures"
_INFORMATION = f"{{{UBL_SIGNATURE_PARTS}}}SignatureInformation"
_NAMES = (
    "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}ID",
    f"{{{UBL_SIGNATURE_TEXTS}}}ReferencedSignatureID",
)
_SIGNATURE = f"{{{DS}}}Signature"


def holder(signature: etree._Element) -> etree._Element:
    """The `sig:UBLDocumentSignatures` around a signature: what the profile's XPath leaves out of the digest.

    Nothing in it is signed, and the schema never sees it. So it holds nothing but the one Signature and what names it,
    in the schema's order: whatever else stood there would be read by somebody, and could be put there by anybody.
    Raises Rejection("signature-profile").
    """
    information = signature.getparent()
    above = None if information is None else information.getparent()
    if information is None or above is None or (information.tag, above.tag) != (_INFORMATION, _HOLDER):
        raise Rejection("signature-profile", "The UBL transform is used outside of UBLDocumentSignatures.")
    names = [child for child in child_elements(information) if child is not signature]
    expected = [name for name in _NAMES if any(child.tag == name for child in names)]
    if (
        child_elements(above) != [information]
        or information[-1] is not signature
        or [child.tag for child in names] != expected
        or any(element.attrib for element in (above, information))
        or any(len(text_of(name)) > MAX_ECHO for name in names)
    ):
        raise Rejection("signature-profile", "UBLDocumentSignatures holds more than one Signature and its names.")
    return above
