"""The URIs of XML signatures (XMLDSig 1.1 §6, RFC 9231), in the policy's words. What isn't here is not verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.syntax.xml import MAX_DEPTH, parse

_2000 = "http://www.w3.org/2000/09/xmldsig#"
_2001 = "http://www.w3.org/2001/04/xmldsig-more#"
_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_2021 = "http://www.w3.org/2021/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"

# RSASSA-PSS only in the forms without parameters (RFC 9231 §2.3.10); PKCS #1 v1.5 with SHA-3 has no URI.
SIGNATURE_METHODS: Mapping[str, str] = MappingProxyType(
    {f"{_2000}rsa-sha1": "rsa-sha1"}
    | {f"{_2001}rsa-{name}": f"rsa-{name}" for name in ("md5", "sha224", "sha256", "sha384", "sha512")}
    | {f"{_2007}{name}-rsa-MGF1": f"rsa-pss-{name}" for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}
    | {f"{_2007}{name}-rsa-MGF1": f"rsa-pss-{name}" for name in ("sha3-256", "sha3-384", "sha3-512")}
    | {f"{_2001}ecdsa-{name}": f"ecdsa-{name}" for name in ("sha1", "sha224", "sha256", "sha384", "sha512")}
    | {f"{_2021}ecdsa-{name}": f"ecdsa-{name}" for name in ("sha3-256", "sha3-384", "sha3-512")}
    | {f"{_2021}eddsa-{name}": name for name in ("ed25519", "ed448")}
)

DIGEST_METHODS: Mapping[str, str] = MappingProxyType(
    {
        f"{_2000}sha1": "sha1",
        f"{_2001}md5": "md5",
        f"{_2001}sha224": "sha224",
        f"{_ENC}sha256": "sha256",
        f"{_2001}sha384": "sha384",
        f"{_ENC}sha512": "sha512",
        f"{_2007}sha3-256": "sha3-256",
        f"{_2007}sha3-384": "sha3-384",
        f"{_2007}sha3-512": "sha3-512",
    }
)

ENVELOPED = f"{_2000}enveloped-signature"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
# Version 1.1 differs from 1.0 only in which xml: attributes a part inherits (Canonical XML 1.1 §2.4), and a part that
# would inherit any is refused: so the two are one here.
INCLUSIVE = ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11")

MAX_STEPS = 2**27
"""What canonicalising one document may cost, in look-ups of a namespace at one level: half a second or so."""
MAX_STEPS_EACH = 512
"""The same for each element: 32 namespaces and 16 levels, where a document is not small."""
_SMALL = 2**20
_SHORTEST = len("<a>")
"""Octets of a tag, at least."""

_XML_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class Canonicalization:
    """How a part of a document becomes octets; `prefixes` is the PrefixList of Exclusive XML Canonicalization §3."""

    exclusive: bool
    prefixes: tuple[str, ...] = ()


DEFAULT_CANONICALIZATION = Canonicalization(exclusive=False)
"""XMLDSig 1.1 §4.4.3.2: what turns nodes into octets where no transform does."""


def canonical(part: etree._Element | etree._ElementTree, how: Canonicalization) -> bytes:
    """The canonical octets of an element in its context, or of a whole document with what stands around its root.

    Raises Rejection("signature-profile") where canonical XML is not defined, or not the same for all processors.
    """
    if not how.exclusive and isinstance(part, etree._Element):
        part = _alone(part)
    try:
        return etree.tostring(
            part,
            method="c14n",
            exclusive=how.exclusive,
            with_comments=False,
            inclusive_ns_prefixes=how.prefixes or None,
        )
    except etree.C14NError as error:
        # Canonical XML 1.0 §1.3: a relative namespace name is an error.
        raise Rejection("signature-profile", "The document has no canonical form.") from error


def check_cost(root: etree._Element, octets: bytes, names: int) -> None:
    """Refuse a document whose canonical form would keep a processor busy: Rejection("xml-limits").

    For each element, each of `names` is looked for through all levels above it, so the depth counts like a factor.
    """
    if _deepest(len(octets) // _SHORTEST, names) >= MAX_DEPTH:
        return
    # Cheaper than asking the tree: tags that open, those that close, and what looks like one (CDATA).
    elements = octets.count(b"<")
    deepest = _deepest(elements, names)
    if deepest < MAX_DEPTH and etree.XPath(f"boolean({'/*' * (deepest + 1)})")(root):
        raise Rejection("xml-limits", f"{elements} elements with {names} namespaces may be {deepest} levels deep.")


def _deepest(elements: int, names: int) -> int:
    return min(MAX_STEPS, _SMALL + MAX_STEPS_EACH * elements) // max(1, elements * names)


def _alone(element: etree._Element) -> etree._ElementTree:
    """The element as a document of its own, with all namespaces that it is in.

    lxml canonicalises a part under a copy of its root, whose namespaces are no longer those that the part's elements
    point at: inclusive canonical XML then gives the inner ones a wrong `xmlns=""`. Written and read again, they agree.
    """
    ancestors = element.iterancestors()
    if any(str(name).startswith(_XML_ATTRIBUTE) for ancestor in ancestors for name in ancestor.attrib):
        raise Rejection("signature-profile", "Inclusive canonical XML of a part that inherits xml: attributes.")
    return parse(etree.tostring(element, encoding="UTF-8", with_tail=False)).getroottree()
