"""The signature of a transmission that was kept, verified as if it had arrived now."""

from datetime import datetime

from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.partners.keyring import names
from edi_gateway.signatures import pades
from edi_gateway.signatures.verify import verify
from edi_gateway.syntax import json


def verify_again(body: bytes, headers: bytes, received_at: datetime, key: PartnerKey) -> Verified:
    """What `key` signed in a body with these headers (canonical JSON). Raises Rejection."""
    fields = json.parse(headers)
    if not isinstance(fields, dict):
        raise Rejection("not-json", "The headers are not a JSON object.")
    said = {name: value for name, value in fields.items() if isinstance(value, str)}
    envelope = unwrap(Transmission(body, said.get("content-type", ""), received_at, said))
    # As when it arrived: the signature may say which key it means, and must not mean another one.
    if envelope.key_names and names(key).isdisjoint(envelope.key_names):
        raise Rejection("unknown-signer", "The signature names another key.")
    # What was appended to a PDF was looked at then, and is no part of what is signed: it takes no program to say that.
    return pades.covered(envelope, (key,)) if envelope.format == "pades" else verify(envelope, (key,))
