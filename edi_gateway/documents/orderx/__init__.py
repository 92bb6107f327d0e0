"""Order-X 1.0 (the Cross Industry Order of UN/CEFACT, D.20B): orders, their changes, and the responses to them."""

from edi_gateway.documents.orderx.names import ROOT
from edi_gateway.documents.orderx.particulars import particulars
from edi_gateway.documents.orderx.read import peek, read

__all__ = ["ROOT", "particulars", "peek", "read"]
