"""The certificates that a signature brings along. They are looked for only where no registered key is named."""

from edi_gateway.envelopes import jose, xml
from edi_gateway.model.transmission import CmsSigned, Envelope, JwsSigned, PdfSigned, XmlSigned


def carried(envelope: Envelope) -> tuple[bytes, ...]:
    """DER, in the order in which they are there; whoever they are of, and whatever they are worth."""
    match envelope.signed:
        case XmlSigned(signature=signature):
            return xml.certificates(signature)
        case JwsSigned(header=header):
            return jose.certificates(header)
        case CmsSigned(certificates=certificates) | PdfSigned(cms=CmsSigned(certificates=certificates)):
            return certificates
