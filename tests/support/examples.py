"""The examples of rules' pages, made into documents."""

import re

from edi_gateway.documents import cii_names
from edi_gateway.documents.orderx import names as orderx_names
from tests.support.invoices import NAMESPACES, UBL

CASES = ("GW-SIG-", "GW-SIGNER-", "GW-PARTY-", "GW-LINK-", "GW-PDF-")
"""Rules whose examples are cases in words: no document alone can show them."""
NEVER = {"BR-CO-05", "BR-CO-06", "BR-CO-07", "BR-CO-08", "BR-DEC-13", "BR-DEC-15"}
"""Official rules that always hold, as they are written."""

_DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
_OF_CII, _OF_ORDER_X = (
    "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    for names in (cii_names.NAMESPACES, orderx_names.NAMESPACES)
)


def whole(example: str) -> bytes:
    """The fragment with the namespaces that it leaves out."""
    if example.startswith("<rsm:SCRDM"):
        return re.sub(r"^<([\w:]+)", rf"<\1{_OF_ORDER_X}", example).encode()
    if example.startswith("<rsm:"):
        return re.sub(r"^<([\w:]+)", rf"<\1{_OF_CII}", example).encode()
    return re.sub(r"^<(\w+)", rf'<\1 xmlns="{UBL}\1-2"{_DECLARED}', example).encode()
