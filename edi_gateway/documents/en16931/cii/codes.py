"""Code lists that EN16931-CII 1.3.16 has otherwise than EN16931-UBL."""

from typing import Final

from edi_gateway.documents.en16931 import codes
from edi_gateway.documents.en16931.codes import CodeList


def _instead(of: CodeList, source: str, more: str = "", less: str = "") -> CodeList:
    return CodeList(of.codes - {*less.split()} | {*more.split()}, "", of.version, source)


KINDS: Final = _instead(codes.INVOICE_TYPES, codes.INVOICE_TYPES.source, " ".join(codes.CREDIT_NOTE_TYPES.codes))
"""In CII, one element has the types of invoices and of credit notes."""
TAX_POINT_DATES: Final = CodeList(frozenset(("5", "29", "72")), "", "D.22A", "UNTDID 2475, as EN 16931 allows")
"""Of the time when VAT becomes due."""
COUNTRIES: Final = _instead(codes.COUNTRIES, "ISO 3166-1 alpha-2, as EN16931-CII restricts it", more="AN", less="SS")
"""With the Netherlands Antilles, which are no more, and without South Sudan."""
NOTE_SUBJECTS: Final = _instead(
    codes.NOTE_SUBJECTS,
    "UNTDID 4451, as EN16931-CII restricts it",
    more="BAT BAU BAV BAW BAX BAY BAZ BBA BBB BMF BMG BMH CCJ CCK CCL CCM CCN CCO",
)
