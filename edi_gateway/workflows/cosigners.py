"""Who else has signed a PDF, before its sender did."""

from collections.abc import Iterator
from datetime import datetime

from edi_gateway.envelopes.carried import carried
from edi_gateway.envelopes.pdf import earlier
from edi_gateway.errors import Rejection
from edi_gateway.model.document import Finding
from edi_gateway.model.partner import PartnerKey
from edi_gateway.model.transmission import Envelope, Verified
from edi_gateway.partners.enrolment import read_key
from edi_gateway.partners.keyring import Directory, names
from edi_gateway.signatures import pades
from edi_gateway.signatures.policy import Policy
from edi_gateway.signatures.policy import judge as judge_algorithm


def cosigners(verified: Verified, received_at: datetime, directory: Directory, policy: Policy) -> Iterator[Finding]:
    """What is to be said of each earlier signature: whose it is, or that it doesn't hold."""
    assert verified.source is not None
    try:
        for envelope in earlier(verified.source):
            yield _judged(envelope, received_at, directory, policy)
    except Rejection as refusal:
        yield _broken(refusal.detail)


def _judged(envelope: Envelope, received_at: datetime, directory: Directory, policy: Policy) -> Finding:
    keys = directory.named(envelope.key_names) or _own(envelope)
    try:
        signed = pades.covered(envelope, keys)
        judge_algorithm(signed.algorithm, signed.digest, signed.key.public_key, policy)
    except Rejection as refusal:
        return _broken(refusal.detail)
    who = f"{signed.key.partner} {signed.key.fingerprint}".strip()
    if not signed.key.partner:
        message = "Somebody has signed the PDF before whom the gateway does not know."
        return Finding("GW-PDF-012", "warning", "signature", message, actual=who)
    if not signed.key.valid_at(received_at):
        message = "A partner has signed the PDF before with a key that was not valid when the document was received."
        return Finding("GW-PDF-012", "warning", "signature", message, actual=who)
    return Finding("GW-PDF-011", "information", "signature", "A partner has signed the PDF before.", actual=who)


def _broken(detail: str) -> Finding:
    return Finding("GW-PDF-010", "error", "signature", f"An earlier signature in the PDF does not hold: {detail}")


def _own(envelope: Envelope) -> tuple[PartnerKey, ...]:
    """The keys of the certificates that the signature brings and names: nobody's, as far as is known."""
    found = []
    for certificate in carried(envelope):
        try:
            key = read_key(certificate, "", None, None)
            if not names(key).isdisjoint(envelope.key_names):
                found.append(key)
        except ValueError:
            continue
    return tuple(found)
