"""How a transmission is packed, by its content type."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from edi_gateway.envelopes import cms, jose, pdf, smime, xml
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, Transmission

Unwrap = Callable[[Transmission], Envelope]
"""Finds the signature, what it should cover and what key it names; verifies nothing. Raises Rejection, nothing else."""

ENVELOPES: Mapping[str, Unwrap] = MappingProxyType(
    {
        "application/xml": xml.unwrap,
        "text/xml": xml.unwrap,
        "multipart/signed": smime.unwrap,
        "application/pkcs7-mime": cms.unwrap,
        "application/x-pkcs7-mime": cms.unwrap,
        "application/cms": cms.unwrap,
        "application/jose": jose.unwrap,
        "application/jose+json": jose.unwrap,
        pdf.MEDIA_TYPE: pdf.unwrap,
    }
)


def unwrap(transmission: Transmission) -> Envelope:
    """Dispatch by media type; parameters are the format's own business."""
    media_type = transmission.content_type.partition(";")[0].strip().lower()
    if media_type not in ENVELOPES:
        raise Rejection("content-type-unknown", f"This gateway reads {', '.join(ENVELOPES)}.")
    return ENVELOPES[media_type](transmission)
