"""CMS SignedData with the document inside it: `application/pkcs7-mime`, `application/cms`."""

from edi_gateway.envelopes import signed_data
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Envelope, Transmission
from edi_gateway.syntax import mime

MEDIA_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/cms")


def unwrap(transmission: Transmission) -> Envelope:
    """Read the body as a SignedData, in DER or BER, that encapsulates the document (RFC 5652 §5, RFC 8551 §3.5.2).

    The body may be in base64 if the header field Content-Transfer-Encoding says so. The media type is what the
    content looks like. Raises Rejection: `not-cms`, `not-mime`, `unsigned`, `signature-profile`.
    """
    declared = mime.content_type(transmission.content_type)
    kind = declared.parameters.get("smime-type", "signed-data").lower()
    if declared.media_type not in MEDIA_TYPES or kind != "signed-data":
        raise Rejection("not-cms", f"The body is {declared.media_type} of type {kind}, not signed-data."[:200])
    body = mime.decode(transmission.headers.get("content-transfer-encoding", "binary"), transmission.body)
    signed, key_names = signed_data.read(body)
    return Envelope(format="cms", media_type=mime.sniff(signed.content), key_names=key_names, signed=signed)
