"""Whether a signature holds, by its format."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, SignatureFormat, Verified
from edi_gateway.signatures import cms, jws, pades, xmldsig

Verify = Callable[[Envelope, Sequence[PartnerKey]], Verified]
"""Tries the keys in order and returns what the signature covers, and only that. Raises Rejection, nothing else."""

FORMATS: Mapping[SignatureFormat, Verify] = MappingProxyType(
    {
        "xmldsig": xmldsig.verify,
        "cms": cms.verify,
        "smime": cms.verify,
        "jws": jws.verify,
        "pades": pades.verify,
    }
)


def verify(envelope: Envelope, keys: Sequence[PartnerKey]) -> Verified:
    return FORMATS[envelope.format](envelope, keys)
