"""The nine families of VAT rules (EN 16931-1 §6.4.3), each the same table with other entries."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Family:
    """What sets one VAT category apart.

    `seller` is how the seller must be known for taxes: by any registration, by VAT identifier, or by none at all.
    `buyer` likewise. `rate` is what a rate must be; `by_rate` that a breakdown is of one rate, and less than 1.00 is
    tolerated; `is_exempt` that a breakdown gives the reason of an exemption, which it otherwise mustn't.
    """

    prefix: str
    code: str
    name: str
    seller: Literal["any", "vat", "none"] = "any"
    buyer: Literal["", "vat", "registered", "none"] = ""
    rate: Literal["zero", "positive", "not negative", "absent"] = "zero"
    by_rate: bool = False
    is_exempt: bool = False


FAMILIES: Final = (
    Family("S", "S", "standard rate", rate="positive", by_rate=True),
    Family("Z", "Z", "zero rate"),
    Family("E", "E", "exempt from VAT", is_exempt=True),
    Family("AE", "AE", "reverse charge", buyer="registered", is_exempt=True),
    Family("IC", "K", "intra-community supply", seller="vat", buyer="vat", is_exempt=True),
    Family("G", "G", "export outside the EU", seller="vat", is_exempt=True),
    Family("O", "O", "not subject to VAT", seller="none", buyer="none", rate="absent", is_exempt=True),
    Family("AF", "L", "Canary Islands, IGIC", rate="not negative", by_rate=True),
    Family("AG", "M", "Ceuta and Melilla, IPSI", rate="not negative", by_rate=True),
)
