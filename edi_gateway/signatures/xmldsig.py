"""Verify an enveloped XML signature (XMLDSig 1.1 §3.2), with or without XAdES, and hand on only what it covers."""

import hmac
from collections.abc import Callable, Sequence

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, Verified, XmlSigned
from edi_gateway.signatures import xades
from edi_gateway.signatures.policy import ALGORITHMS, DIGESTS, check_signature, ecdsa_to_der
from edi_gateway.signatures.xmldsig_algorithms import canonical
from edi_gateway.signatures.xmldsig_profile import Profile, Reference, read
from edi_gateway.syntax.xml import MAX_NAMESPACES_INCLUSIVE, UBL_SIGNATURES


def verify(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    """Find the key among `keys` that made the signature, and give the document without the signature.

    1. Read the signature's shape, and refuse all but one.
    2. Check the signature over SignedInfo, before anything that it refers to is looked at.
    3. Check the digest of the signed properties (XAdES), while they still stand in the document.
    4. Take the signature out, and check the digest of all the rest.

    Raises Rejection: `signature-profile`, `algorithm-unknown`, `xml-limits`, or `signature-invalid` when no key
    verifies or a digest differs. The tree is changed on success only. What is barred by policy verifies here.
    """
    signed = envelope.signed
    if not isinstance(signed, XmlSigned):
        raise TypeError("this verifier reads XML envelopes only")
    # (1)
    profile = read(signed.signature)
    if profile.inclusive and signed.declarations > MAX_NAMESPACES_INCLUSIVE:
        raise Rejection(
            "xml-limits", f"Inclusive canonical XML of more than {MAX_NAMESPACES_INCLUSIVE} namespaces; use exclusive."
        )
    document = _referenced(signed.root, profile.document)
    left_out = _left_out(signed, profile.document)
    element = xades.signed_properties(signed.signature, profile.properties.uri if profile.properties else None)
    # (2)
    key = _signing_key(profile, keys)
    # (3)
    properties = xades.Properties()
    if element is not None and profile.properties is not None:
        _check_digest(profile.properties, element)
        properties = xades.read_properties(element)
        xades.check_certificate(properties, key, signed.signature)
    # (4)
    put_back = _take_out(left_out)
    try:
        content = _check_digest(profile.document, document)
    except Rejection:
        put_back()
        raise
    return Verified(
        format="xmldsig",
        media_type=envelope.media_type,
        content=content,
        key=key,
        algorithm=profile.algorithm,
        digest=_weakest_digest(profile, properties),
        signed_at=properties.signed_at,
        tree=signed.root,
    )


def _referenced(root: etree._Element, reference: Reference) -> etree._Element | etree._ElementTree:
    """The whole document, with the processing instructions around its root, or the root alone where it is named."""
    if not reference.uri:
        return root.getroottree()
    if not xades.bears_id(root, reference.uri[1:]):
        raise Rejection("signature-profile", "The reference is to a part of the document, not to the root element.")
    return root


def _left_out(signed: XmlSigned, reference: Reference) -> etree._Element:
    if not reference.ubl:
        return signed.signature
    enclosing = next(signed.signature.iterancestors(f"{{{UBL_SIGNATURES}}}UBLDocumentSignatures"), None)
    if enclosing is None:
        raise Rejection("signature-profile", "The UBL transform is used outside of UBLDocumentSignatures.")
    return enclosing


def _signing_key(profile: Profile, keys: Sequence[PartnerKey]) -> PartnerKey:
    algorithm = ALGORITHMS[profile.algorithm]
    message = canonical(profile.signed_info, profile.canonicalization)
    failure = Rejection("signature-invalid", "There is no key to verify the signature with.")
    for key in keys:
        try:
            signature = profile.signature
            if algorithm.family == "ecdsa":
                signature = ecdsa_to_der(signature, key.public_key)
            check_signature(algorithm, key.public_key, signature, message)
        except Rejection as rejection:
            failure = rejection
        else:
            return key
    raise failure


def _check_digest(reference: Reference, part: etree._Element | etree._ElementTree) -> bytes:
    octets = canonical(part, reference.canonicalization)
    if not hmac.compare_digest(DIGESTS[reference.digest](octets).digest(), reference.value):
        what = reference.uri[:100] or "the document"
        raise Rejection("signature-invalid", f"The {reference.digest} digest of {what} is not the signed one.")
    return octets


def _weakest_digest(profile: Profile, properties: xades.Properties) -> str:
    """The one name that the policy judges. All of them matched; a broken one is shorter than any sound one."""
    digests = [(profile.document.digest, profile.document.value)]
    if profile.properties is not None:
        digests.append((profile.properties.digest, profile.properties.value))
    digests += [(certificate.digest, certificate.value) for certificate in properties.certificates]
    return min(digests, key=lambda digest: len(digest[1]))[0]


def _take_out(element: etree._Element) -> Callable[[], None]:
    """Remove an element but not the text after it; the answer undoes that."""
    parent, before, after, tail = element.getparent(), element.getprevious(), element.getnext(), element.tail
    assert parent is not None
    text = parent.text if before is None else before.tail

    def set_text(value: str | None) -> None:
        if before is None:
            parent.text = value
        else:
            before.tail = value

    def put_back() -> None:
        set_text(text)
        if after is None:
            parent.append(element)
        else:
            after.addprevious(element)
        element.tail = tail

    element.tail = None
    parent.remove(element)
    if tail:
        set_text((text or "") + tail)
    return put_back
