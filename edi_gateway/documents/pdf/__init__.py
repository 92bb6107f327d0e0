"""PDFs that carry a document: a contract with its record, a hybrid invoice (Factur-X, ZUGFeRD) with its XML."""

from edi_gateway.documents.pdf.read import MEDIA_TYPE, read

__all__ = ["MEDIA_TYPE", "read"]
