"""How a table says where things stand in a UBL document: paths of Clark names below the root, as `path` makes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from lxml.etree import XPath

from edi_gateway.model.document import DocumentType

UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
"""What the namespaces of UBL 2 begin with."""
_NAMESPACES: Final = {
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
    "ext": f"{UBL}CommonExtensionComponents-2",
}
_PREFIXES: Final = {namespace: prefix for prefix, namespace in _NAMESPACES.items()}

Path = tuple[str, ...]


def path(steps: str) -> Path:
    """`cac:OrderReference/cbc:ID` as Clark names."""
    pairs = (step.split(":") for step in steps.split("/"))
    return tuple(f"{{{_NAMESPACES[prefix]}}}{local}" for prefix, local in pairs)


def steps(path: Path) -> str:
    """The same back: `cac:OrderReference/cbc:ID`."""
    names = (name[1:].partition("}") for name in path)
    return "/".join(f"{_PREFIXES[namespace]}:{local}" for namespace, _, local in names)


@cache
def finder(expression: str) -> XPath:
    """An XPath with the prefixes of UBL: libxml2 finds in one call what takes Python many steps.

    No union: to sort its nodes takes libxml2 the square of their number, which is the sender's choice.
    """
    if "|" in expression:
        raise ValueError(f"{expression} is a union of paths")
    return XPath(expression, namespaces=_NAMESPACES, smart_strings=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of document. `sender` and `receiver` lead to a cac:Party, `references` to numbers of other documents.

    Where the text at `type_code` is one of `self_billing`, the two change places: the customer wrote the document.
    A document without cbc:ID is known by all the texts at `otherwise_known_by`, joined by `/`. A kind that has no
    amount to pay has an empty `payable`.
    """

    root: str
    format: str
    type: DocumentType
    sender: Path
    receiver: Path
    references: tuple[tuple[str, Path], ...]
    payable: Path = ()
    otherwise_known_by: tuple[Path, ...] = ()
    type_code: Path = ()
    self_billing: frozenset[str] = frozenset()

    def paths(self) -> Iterator[Path]:
        """Every path that is ever followed from the root."""
        yield from (NUMBER, ISSUE_DATE, CURRENCY, PROFILE, EXTENSION_CONTENT, *self.otherwise_known_by)
        yield from filter(None, (self.sender, self.receiver, self.payable, self.type_code))
        yield from (path for _, path in self.references)


NUMBER: Final = path("cbc:ID")
ISSUE_DATE: Final = path("cbc:IssueDate")
CURRENCY: Final = path("cbc:DocumentCurrencyCode")
PROFILE: Final = path("cbc:CustomizationID")
PROFILE_ID: Final = path("cbc:ProfileID")[0]
DOCUMENT_TYPE_CODE: Final = path("cbc:DocumentTypeCode")[0]

TAX_SCHEME: Final = path("cac:PartyTaxScheme")[0]
TAX_SCHEME_ID: Final = path("cac:TaxScheme/cbc:ID")
IDENTIFIERS: Final = (
    path("cbc:EndpointID"),
    path("cac:PartyIdentification/cbc:ID"),
    path("cac:PartyTaxScheme/cbc:CompanyID"),
    path("cac:PartyLegalEntity/cbc:CompanyID"),
)
"""Below a cac:Party: what identifies it, in the order of its schema."""
NAMES: Final = (path("cac:PartyName/cbc:Name"), path("cac:PartyLegalEntity/cbc:RegistrationName"))
"""Below a cac:Party: the trading name, else the registered one."""
EXTENSION_CONTENT: Final = path("ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent")
