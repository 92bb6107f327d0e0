"""CMS signatures (RFC 5652 §5.4–§5.6): encapsulated ones, and detached ones as in S/MIME (RFC 8551)."""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import CmsSigned, Envelope, Verified
from edi_gateway.signatures.cms_algorithms import digest_name, signature_algorithm
from edi_gateway.signatures.cms_signer import check_signing_certificate
from edi_gateway.signatures.policy import DIGESTS, Algorithm, check_signature
from edi_gateway.syntax import der, mime

_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
_TIMES = {
    der.UTC_TIME: re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z"),
    der.GENERALIZED_TIME: re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z"),
}


def verify(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    """Verify with the first of `keys` that fits, and return the document.

    For format `cms`, `Verified.content` is the encapsulated content. For `smime` it is the document inside the signed
    part, its transfer encoding undone: the part's octets are what was hashed, and the document follows from them alone.
    Raises Rejection: `algorithm-unknown`, `signature-profile`, `signature-invalid`, and `not-cms` or `not-mime` for
    attributes or a signed part that can't be read.
    """
    signed = envelope.signed
    assert isinstance(signed, CmsSigned)
    # (1) The algorithms are known and agree with each other.
    digest = digest_name(signed.digest_algorithm)
    algorithm = signature_algorithm(signed.signature_algorithm, digest)
    # (2) The signature covers the attributes.
    key = _signer(algorithm, keys, signed)
    # (3) The attributes speak of these algorithms, this kind of content, this key.
    _check_attributes(signed)
    check_signing_certificate(signed, key)
    # (4) The attributes cover the content.
    octets = _covered(signed, digest, text=envelope.format == "smime")
    content = mime.entity(octets).decoded() if envelope.format == "smime" else octets
    generic = envelope.media_type == "application/octet-stream"
    return Verified(
        format=envelope.format,
        media_type=mime.sniff(content) if generic else envelope.media_type,
        content=content,
        key=key,
        algorithm=algorithm.name,
        digest=digest,
        signed_at=_signing_time(signed.attributes),
    )


def _signer(algorithm: Algorithm, keys: Sequence[PartnerKey], signed: CmsSigned) -> PartnerKey:
    refusal = Rejection("signature-invalid", "There is no key to verify the signature with.")
    for key in keys:
        try:
            check_signature(algorithm, key.public_key, signed.signature, signed.signed_attributes)
        except Rejection as error:
            refusal = error
        else:
            return key
    raise refusal


def _check_attributes(signed: CmsSigned) -> None:
    if der.Reader(signed.attributes[_CONTENT_TYPE]).oid() != signed.content_type:
        raise Rejection("signature-invalid", "The content type signed for is not the content's (RFC 5652 §11.1).")
    if _ALGORITHM_PROTECTION in signed.attributes:
        # RFC 6211 §2: the attribute repeats the SignerInfo's two algorithms, so that nobody can exchange them.
        protected = der.Reader(signed.attributes[_ALGORITHM_PROTECTION]).enter(der.SEQUENCE)
        digest, signature = protected.algorithm(), protected.algorithm(der.context(1))
        protected.finish()
        for ours, theirs in ((signed.digest_algorithm, digest), (signed.signature_algorithm, signature)):
            if (ours.oid, ours.parameters or der.NULL) != (theirs.oid, theirs.parameters or der.NULL):
                raise Rejection("signature-invalid", "The algorithms are not the ones signed for (RFC 6211).")


def _covered(signed: CmsSigned, digest: str, *, text: bool) -> bytes:
    """The octets that the message digest (RFC 5652 §11.2) is of: the content, or text in its canonical form.

    Signers hash text with CRLF at the ends of lines, and some then send it with LF (RFC 8551 §3.1.1). Either form is
    handed on only if the digest is of that form.
    """
    expected = der.Reader(signed.attributes[_MESSAGE_DIGEST]).value(der.OCTET_STRING)
    if hmac.compare_digest(DIGESTS[digest](signed.content).digest(), expected):
        return signed.content
    canonical = mime.canonical(signed.content) if text else signed.content
    if canonical != signed.content and hmac.compare_digest(DIGESTS[digest](canonical).digest(), expected):
        return canonical
    raise Rejection("signature-invalid", f"The {digest} digest of the content is not the one signed for.")


def _signing_time(attributes: Mapping[str, bytes]) -> datetime | None:
    """RFC 5652 §11.3: UTCTime (1950 to 2049) or GeneralizedTime, to the second, in UTC."""
    if _SIGNING_TIME not in attributes:
        return None
    time = der.Reader(attributes[_SIGNING_TIME])
    tag = time.peek() or 0
    digits = _TIMES[tag].fullmatch(time.value(tag)) if tag in _TIMES else None
    try:
        if not digits:
            raise ValueError("neither UTCTime nor GeneralizedTime to the second")
        year, month, day, hour, minute, second = map(int, digits.groups())
        if tag == der.UTC_TIME:
            year += 1900 if year >= 50 else 2000
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise Rejection("signature-profile", "The signing time is not one that RFC 5652 §11.3 allows.") from error
