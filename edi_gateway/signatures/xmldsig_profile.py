"""The one shape of XML signature that is read (a profile of XMLDSig 1.1 §4), and nothing that a processor might guess.

SignedInfo has one reference to the whole document and, in XAdES, one to the signed properties and perhaps one to the
KeyInfo. No transform is ever run because a document asks for it: each is recognised by its text, and done here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.document import MAX_ECHO
from edi_gateway.signatures.xmldsig_algorithms import (
    DEFAULT_CANONICALIZATION,
    DIGEST_METHODS,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    SIGNATURE_METHODS,
    XPATH,
    Canonicalization,
)
from edi_gateway.syntax.xml import DS, UBL_SIGNATURES, base64_of, child_elements, octets_of, parse, text_of

_DS = f"{{{DS}}}"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
MAX_PREFIXES = 16
"""Names in a PrefixList; each is looked up at each element."""

UBL_XPATH = (
    "count(ancestor-or-self::sig:UBLDocumentSignatures|here()/ancestor::sig:UBLDocumentSignatures[1])"
    ">count(ancestor-or-self::sig:UBLDocumentSignatures)"
)
"""The transform of the UBL signature profile without its white space: all but the enclosing `UBLDocumentSignatures`."""

MAX_REMEMBERED = 8192
"""Octets of a SignedInfo without its digests, beyond which it is read anew each time."""

# What stands in a start tag of that name: neither text nor an attribute can hold the `<` before it.
_DIGEST_VALUE = re.compile(rb"(<(?:[^<>:/\s]+:)?DigestValue(?: xmlns(?::[^<>:/\s=]+)?=\"[^\"<>]*\")*>)([^<]+)(</)")
_REFERENCES = (["Reference"], ["Reference"] * 2, ["Reference"] * 3)


@dataclass(frozen=True, slots=True)
class Reference:
    """One ds:Reference: its place among them, what it points at, how that becomes octets, and their digest's name."""

    place: int
    uri: str
    canonicalization: Canonicalization
    digest: str
    ubl: bool = False
    """Left out is the whole `sig:UBLDocumentSignatures` around the Signature, not the Signature alone."""


@dataclass(frozen=True)
class Said:
    """What a ds:SignedInfo says, but for the values of its digests."""

    canonicalization: Canonicalization
    algorithm: str
    document: Reference
    properties: Reference | None
    key_info: Reference | None

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(part for part in (self.document, self.properties, self.key_info) if part is not None)

    @cached_property
    def canonicalizations(self) -> tuple[Canonicalization, ...]:
        return self.canonicalization, *(part.canonicalization for part in self.references)

    @cached_property
    def inclusive(self) -> bool:
        """Whether anything in it is made into octets by inclusive canonical XML."""
        return not all(how.exclusive for how in self.canonicalizations)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a ds:Signature says. `signed_info` is the element itself, `signature` the octets of SignatureValue.

    `digests` are the octets of the DigestValues, in document order.
    """

    signed_info: etree._Element
    said: Said
    digests: tuple[bytes, ...]
    signature: bytes


def read(signature: etree._Element) -> Profile:
    """Read a ds:Signature. Raises Rejection("signature-profile"), or "algorithm-unknown" naming the algorithm."""
    _check_attributes(signature, "Id")
    children = child_elements(signature)
    names = [_local(child) for child in children]
    if names[:2] != ["SignedInfo", "SignatureValue"] or any(
        name != "Object" and (position, name) != (2, "KeyInfo") for position, name in enumerate(names[2:], 2)
    ):
        raise Rejection("signature-profile", "A Signature is SignedInfo, SignatureValue, then KeyInfo and Objects.")
    _check_attributes(children[1], "Id")
    key_info = children[2].get("Id") if "KeyInfo" in names else None
    return _signed_info(children[0], base64_of(children[1]), key_info)


def _signed_info(element: etree._Element, signature: bytes, key_info: str | None) -> Profile:
    octets = etree.tostring(element, encoding="UTF-8", with_tail=False)
    habit = _DIGEST_VALUE.sub(rb"\1\3", octets)
    said = (_said if len(habit) <= MAX_REMEMBERED else _said.__wrapped__)(habit, key_info)
    digests = tuple(_digest(match[2]) for match in _DIGEST_VALUE.finditer(octets))
    if len(digests) != len(said.references):
        raise Rejection("signature-profile", "A DigestValue is empty.")
    return Profile(element, said, digests, signature)


def _digest(text: bytes) -> bytes:
    try:
        # A carriage return, which some signers break lines with, is written as a reference.
        return octets_of(text.replace(b"&#13;", b"").decode())
    except ValueError as error:
        raise Rejection("signature-profile", "DigestValue is not base64.") from error


@lru_cache(maxsize=1024)
def _said(octets: bytes, key_info: str | None) -> Said:
    """Read a SignedInfo without the digests: whoever signs documents writes all the rest the same each time."""
    element = parse(octets)
    _check_attributes(element, "Id")
    children = child_elements(element)
    names = [_local(child) for child in children]
    # Counted before anything is digested.
    if names[:2] != ["CanonicalizationMethod", "SignatureMethod"] or names[2:] not in _REFERENCES:
        raise Rejection(
            "signature-profile", "SignedInfo is its two methods and one reference, or in XAdES up to three."
        )
    algorithm = _known(SIGNATURE_METHODS, children[1])
    places = {reference: place for place, reference in enumerate(children[2:])}
    document, properties, keys = _references(children[2:], key_info)
    return Said(
        canonicalization=_canonicalization(children[0]),
        algorithm=algorithm,
        document=_document_reference(document, places[document]),
        properties=None if properties is None else _part_reference(properties, places[properties]),
        key_info=None if keys is None else _part_reference(keys, places[keys]),
    )


def _references(
    elements: list[etree._Element], key_info: str | None
) -> tuple[etree._Element, etree._Element | None, etree._Element | None]:
    """The references to the document, to the signed properties, and to the KeyInfo with this Id."""
    document: list[etree._Element] = []
    properties: list[etree._Element] = []
    keys: list[etree._Element] = []
    for element in elements:
        _check_attributes(element, "Id", "URI", "Type")
        if element.get("Type") == SIGNED_PROPERTIES:
            properties.append(element)
        elif key_info and element.get("URI") == f"#{key_info}":
            keys.append(element)
        else:
            document.append(element)
    if len(document) != 1 or document[0].get("Type") is not None or len(properties) > 1 or len(keys) > 1:
        raise Rejection(
            "signature-profile",
            f"One reference has no Type and is to the document; another has the Type {SIGNED_PROPERTIES}.",
        )
    return document[0], next(iter(properties), None), next(iter(keys), None)


def _document_reference(element: etree._Element, place: int) -> Reference:
    transforms, digest = _reference_parts(element)
    if not 1 <= len(transforms) <= 2:
        raise Rejection("signature-profile", "The document's transforms are enveloped-signature, then canonical XML.")
    ubl = _leaves_out_ubl_signatures(transforms[0])
    how = _canonicalization(transforms[1]) if len(transforms) == 2 else DEFAULT_CANONICALIZATION
    return Reference(place, _uri(element), how, digest, ubl)


def _part_reference(element: etree._Element, place: int) -> Reference:
    transforms, digest = _reference_parts(element)
    if len(transforms) > 1:
        raise Rejection("signature-profile", "The only transform of a part of the signature is canonical XML.")
    how = _canonicalization(transforms[0]) if transforms else DEFAULT_CANONICALIZATION
    return Reference(place, _uri(element), how, digest)


def _uri(element: etree._Element) -> str:
    uri = element.get("URI")
    # Nothing is ever fetched, and an XPointer is not an Id: it has parentheses (XMLDSig 1.1 §4.4.3.2).
    if uri is None or (uri and (not uri.startswith("#") or "(" in uri or len(uri) == 1)):
        raise Rejection("signature-profile", f"A reference to {(uri or 'nothing')[:MAX_ECHO]!a} is not followed.")
    return uri


def _reference_parts(element: etree._Element) -> tuple[list[etree._Element], str]:
    children = child_elements(element)
    names = [_local(child) for child in children]
    if names[-2:] != ["DigestMethod", "DigestValue"] or names[:-2] not in ([], ["Transforms"]):
        raise Rejection("signature-profile", "A Reference is Transforms, DigestMethod, DigestValue.")
    transforms = child_elements(children[0]) if len(children) == 3 else []
    if any(_local(transform) != "Transform" for transform in transforms):
        raise Rejection("signature-profile", "Transforms holds something else than Transform.")
    for child in (*children[:-2], children[-1]):
        _check_attributes(child)
    if len(children[-1]) or text_of(children[-1]):
        raise Rejection("signature-profile", "DigestValue holds something else than base64.")
    return transforms, _known(DIGEST_METHODS, children[-2])


def _leaves_out_ubl_signatures(transform: etree._Element) -> bool:
    """The first transform: False for enveloped-signature, True for the one XPath that says the same in UBL."""
    algorithm = _algorithm(transform)
    children = child_elements(transform)
    if algorithm == ENVELOPED and not children:
        return False
    if algorithm == XPATH and [_local(child) for child in children] == ["XPath"]:
        expression = "".join(text_of(children[0]).split())
        if expression == UBL_XPATH and children[0].nsmap.get("sig") == UBL_SIGNATURES:
            return True
    raise Rejection("signature-profile", f"The first transform {algorithm[:MAX_ECHO]!a} is not enveloped-signature.")


def _canonicalization(element: etree._Element) -> Canonicalization:
    algorithm = _algorithm(element)
    children = child_elements(element)
    if algorithm in INCLUSIVE and not children:
        return DEFAULT_CANONICALIZATION
    if algorithm == EXCLUSIVE and not children:
        return Canonicalization(exclusive=True)
    if algorithm == EXCLUSIVE and [child.tag for child in children] == [f"{{{EXCLUSIVE}}}InclusiveNamespaces"]:
        return Canonicalization(exclusive=True, prefixes=_prefixes(children[0]))
    raise Rejection("signature-profile", f"{algorithm[:MAX_ECHO]!a} is not a canonical XML without comments.")


def _prefixes(element: etree._Element) -> tuple[str, ...]:
    """The PrefixList. `#default` is refused: the canonicaliser at hand would ignore it, not honour it."""
    _check_attributes(element, "PrefixList")
    prefixes = tuple(element.get("PrefixList", "").split())
    if len(element) or len(prefixes) > MAX_PREFIXES or "#default" in prefixes:
        raise Rejection("signature-profile", f"A PrefixList has at most {MAX_PREFIXES} names, and not #default.")
    return prefixes


def _known(names: Mapping[str, str], element: etree._Element) -> str:
    uri = _algorithm(element)
    if uri not in names:
        raise Rejection("algorithm-unknown", f"{_local(element)} {uri[:MAX_ECHO]!a} is not verified here.")
    if len(element) or text_of(element):
        raise Rejection("signature-profile", f"{_local(element)} takes no parameters.")
    return names[uri]


def _algorithm(element: etree._Element) -> str:
    _check_attributes(element, "Algorithm")
    return element.get("Algorithm", "")


def _check_attributes(element: etree._Element, *allowed: str) -> None:
    for name in element.keys():  # noqa: SIM118 - an element's own method, not a dictionary's
        if name not in allowed:
            raise Rejection("signature-profile", f"{_local(element)} has an attribute that is not its own.")


def _local(element: etree._Element) -> str:
    """The name of an element of XMLDSig; one of another namespace, or of none, keeps its braces and matches nothing."""
    tag = str(element.tag)
    return tag[len(_DS) :] if tag.startswith(_DS) else f"{{}}{tag}"
