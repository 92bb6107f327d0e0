"""Code lists, each in a file of its own: title, version, source, and codes in lines, between blanks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes that EN 16931 allows somewhere. `sequence` has them as published, between blanks."""

    codes: frozenset[str]
    sequence: str
    version: str
    source: str

    @property
    def called(self) -> str:
        """What is expected: `a code of ISO 4217`."""
        return f"a code of {self.source.partition(',')[0]}"


def _read(name: str) -> CodeList:
    row = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    codes = " ".join(row["codes"]).split()
    return CodeList(frozenset(codes), f" {' '.join(codes)} ", row["version"], row["source"])


ALLOWANCE_REASONS: Final = _read("allowance-reasons")
CHARGE_REASONS: Final = _read("charge-reasons")
COUNTRIES: Final = _read("countries")
CREDIT_NOTE_TYPES: Final = _read("credit-note-types")
CURRENCIES: Final = _read("currencies")
ENDPOINT_SCHEMES: Final = _read("endpoint-schemes")
EXEMPTION_REASONS: Final = _read("exemption-reasons")
IDENTIFIER_SCHEMES: Final = _read("identifier-schemes")
INVOICE_TYPES: Final = _read("invoice-types")
ITEM_CLASSIFICATIONS: Final = _read("item-classifications")
MEDIA_TYPES: Final = _read("media-types")
NOTE_SUBJECTS: Final = _read("note-subjects")
OBJECT_SCHEMES: Final = _read("object-schemes")
PAYMENT_MEANS: Final = _read("payment-means")
TAX_POINT_DATES: Final = _read("tax-point-dates")
UNITS: Final = _read("units")
VAT_CATEGORIES: Final = _read("vat-categories")
