"""Where a signature stands in a UBL document by the UBL signature profile (UBL 2.1 §5): in an extension of its own."""

from lxml import etree
from lxml.builder import ElementMaker

from edi_gateway.errors import Misuse
from edi_gateway.syntax.xml import DS, UBL_SIGNATURE_PARTS, UBL_SIGNATURES, parse

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_EXT = f"{_UBL}CommonExtensionComponents-2"
_CBC = f"{_UBL}CommonBasicComponents-2"
_URI = "urn:oasis:names:specification:ubl:dsig:enveloped"
_ID = "urn:oasis:names:specification:ubl:signature:1"
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_EXPRESSION = (
    "count(ancestor-or-self::sig:UBLDocumentSignatures | here()/ancestor::sig:UBLDocumentSignatures[1])"
    " > count(ancestor-or-self::sig:UBLDocumentSignatures)"
)

_ext = ElementMaker(namespace=_EXT, nsmap={"ext": _EXT})
_sig = ElementMaker(namespace=UBL_SIGNATURES, nsmap={"sig": UBL_SIGNATURES, "sac": UBL_SIGNATURE_PARTS, "cbc": _CBC})
_ds = ElementMaker(namespace=DS, nsmap={"ds": DS, "sig": UBL_SIGNATURES})


def with_place(document: bytes) -> bytes:
    """The document with an empty extension for its signature, which becomes part of what is signed.

    Raises Rejection as `syntax.xml.parse` does, and Misuse for a document that isn't UBL.
    """
    root = parse(document)
    place(root)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def place(root: etree._Element) -> etree._Element:
    """The ext:ExtensionContent to put the signature's holder into: that of the last extension, or of a new one."""
    namespace = etree.QName(root).namespace or ""
    if not namespace.startswith(_UBL):
        raise Misuse("Only a UBL document has a place for a signature in an extension.")
    extensions = root.find(f"{{{_EXT}}}UBLExtensions")
    if extensions is None:
        extensions = _ext.UBLExtensions()
        root.insert(0, extensions)
    content = extensions.find(f"{{{_EXT}}}UBLExtension[last()]/{{{_EXT}}}ExtensionContent")
    if content is None or len(content) or (content.text or "").strip():
        content = _ext.ExtensionContent()
        extensions.append(_ext.UBLExtension(_ext.ExtensionURI(_URI), content))
    return content


def hold(signature: etree._Element) -> etree._Element:
    """The signature in what the profile's transform leaves out."""
    information = etree.Element(f"{{{UBL_SIGNATURE_PARTS}}}SignatureInformation")
    etree.SubElement(information, f"{{{_CBC}}}ID").text = _ID
    information.append(signature)
    return _sig.UBLDocumentSignatures(information)


def transform() -> etree._Element:
    """The profile's ds:Transform: all of the document but the holder around the signature."""
    return _ds.Transform(_ds.XPath(_EXPRESSION), Algorithm=_XPATH)
