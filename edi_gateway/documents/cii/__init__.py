"""The Cross Industry Invoice (UN/CEFACT, D.16B to D.22B): what is read of it, and how it is judged."""

from edi_gateway.documents.cii.particulars import particulars
from edi_gateway.documents.cii.read import ROOT, peek, read

__all__ = ["ROOT", "particulars", "peek", "read"]
