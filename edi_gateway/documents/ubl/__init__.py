"""UBL 2.1 documents (OASIS, 2013): what is read of them, and how they are judged."""

from edi_gateway.documents.ubl.particulars import particulars
from edi_gateway.documents.ubl.read import ROOTS, peek, read

__all__ = ["ROOTS", "particulars", "peek", "read"]
