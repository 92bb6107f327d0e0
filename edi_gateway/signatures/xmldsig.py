"""Verify an enveloped XML signature (XMLDSig 1.1 §3.2), with or without XAdES, and hand on only what it covers."""

import hmac
from collections.abc import Callable, Sequence

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, Verified, XmlSigned
from edi_gateway.signatures import xades
from edi_gateway.signatures.policy import ALGORITHMS, DIGESTS, check_signature, ecdsa_to_der
from edi_gateway.signatures.ubl_holder import holder
from edi_gateway.signatures.xmldsig_algorithms import canonical, check_cost
from edi_gateway.signatures.xmldsig_profile import Profile, Reference, Said, read
from edi_gateway.syntax.xml import DS, MAX_NAMESPACES_INCLUSIVE


def verify(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    """Find the key among `keys` that made the signature, and give the document without the signature.

    1. Read the signature's shape, and refuse all but one.
    2. Check the signature over SignedInfo, before anything that it refers to is looked at.
    3. Check the digests of the signed properties and the KeyInfo (XAdES), while they still stand in the document.
    4. Take the signature out, and check the digest of all the rest.

    Raises Rejection: `signature-profile`, `algorithm-unknown`, `xml-limits`, or `signature-invalid` when no key
    verifies or a digest differs. The tree is changed on success only. What is barred by policy verifies here.
    """
    signed = envelope.signed
    if not isinstance(signed, XmlSigned):
        raise TypeError("this verifier reads XML envelopes only")
    # (1)
    profile = read(signed.signature)
    said = profile.said
    _check_cost(said, signed)
    document, left_out = _referenced(signed.root, said.document), _left_out(signed, said.document)
    element = xades.signed_properties(signed.signature, said.properties.uri if said.properties else None)
    key_info = _key_info(signed.signature, said.key_info)
    # (2)
    key = _signing_key(profile, keys)
    # (3)
    if said.key_info is not None and key_info is not None:
        _check_digest(profile, said.key_info, key_info)
    claims = _claims(profile, element)
    xades.check_certificate(claims, key, signed.signature)
    # (4)
    content = _check_digest_without(left_out, profile, document)
    return Verified(
        format="xmldsig",
        media_type=envelope.media_type,
        content=content,
        key=key,
        algorithm=said.algorithm,
        digest=_weakest_digest(profile, claims),
        signed_at=claims.signed_at,
        sha256=profile.digests[said.document.place] if said.document.digest == "sha256" else None,
        tree=signed.root,
    )


def _check_cost(said: Said, signed: XmlSigned) -> None:
    declarations = signed.octets.count(b"xmlns") if said.inclusive else 0
    if declarations > MAX_NAMESPACES_INCLUSIVE:
        raise Rejection(
            "xml-limits", f"Inclusive canonical XML of more than {MAX_NAMESPACES_INCLUSIVE} namespaces; use exclusive."
        )
    # One more, since the default namespace is looked for whether it is declared or not.
    names = 1 + (declarations or max(len(how.prefixes) for how in said.canonicalizations))
    check_cost(signed.root, signed.octets, names)


def _referenced(root: etree._Element, reference: Reference) -> etree._Element | etree._ElementTree:
    """The whole document, with the processing instructions around its root, or the root alone where it is named."""
    if not reference.uri:
        return root.getroottree()
    if not xades.bears_id(root, reference.uri[1:]):
        raise Rejection("signature-profile", "The reference is to a part of the document, not to the root element.")
    return root


def _left_out(signed: XmlSigned, reference: Reference) -> etree._Element:
    return holder(signed.signature) if reference.ubl else signed.signature


def _key_info(signature: etree._Element, reference: Reference | None) -> etree._Element | None:
    """What is signed along instead of, or beside, a certificate digest (ETSI EN 319 132-1 §4.3). It stays untrusted."""
    if reference is None:
        return None
    element = signature.find(f"{{{DS}}}KeyInfo")
    if element is None or not xades.bears_id(element, reference.uri[1:]):
        raise Rejection("signature-profile", "The reference does not mean the KeyInfo of the signature alone.")
    return element


def _signing_key(profile: Profile, keys: Sequence[PartnerKey]) -> PartnerKey:
    algorithm = ALGORITHMS[profile.said.algorithm]
    message = canonical(profile.signed_info, profile.said.canonicalization)
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


def _claims(profile: Profile, element: etree._Element | None) -> xades.Properties:
    """What the signer says about the signature; nothing where nothing of it is signed."""
    reference = profile.said.properties
    if reference is None or element is None:
        return xades.Properties()
    _check_digest(profile, reference, element)
    return xades.read_properties(element)


def _check_digest(profile: Profile, reference: Reference, part: etree._Element | etree._ElementTree) -> bytes:
    octets = canonical(part, reference.canonicalization)
    if not hmac.compare_digest(DIGESTS[reference.digest](octets).digest(), profile.digests[reference.place]):
        what = reference.uri[:100] or "the document"
        raise Rejection("signature-invalid", f"The {reference.digest} digest of {what} is not the signed one.")
    return octets


def _check_digest_without(
    left_out: etree._Element, profile: Profile, document: etree._Element | etree._ElementTree
) -> bytes:
    put_back = take_out(left_out)
    try:
        return _check_digest(profile, profile.said.document, document)
    except Rejection:
        put_back()
        raise


def _weakest_digest(profile: Profile, claims: xades.Properties) -> str:
    """The one name that the policy judges. All of them matched; a broken one is shorter than any sound one."""
    digests = [(part.digest, profile.digests[part.place]) for part in profile.said.references]
    digests += [(certificate.digest, certificate.value) for certificate in claims.certificates]
    return min(digests, key=lambda digest: len(digest[1]))[0]


def take_out(element: etree._Element) -> Callable[[], None]:
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
