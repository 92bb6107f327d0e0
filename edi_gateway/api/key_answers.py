"""What is answered about partners' keys, and once something was done to them."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import Request, Response

from edi_gateway.api.doorway import doorway_of
from edi_gateway.api.key_schemas import KeyEventOut, KeyOut
from edi_gateway.model.moment import timestamp
from edi_gateway.model.partner import PublicKey
from edi_gateway.model.record import Submission
from edi_gateway.workflows.audit import KeyEvent, KeyHistory


async def record_change(request: Request, change: Submission, location: str) -> Response:
    """Record it; the answer is the receipt. Raises Fault."""
    door = await doorway_of(request)
    recorded = await door.record(change)
    # So that this worker knows it at once; the others find out within a second, or when they meet the new key.
    door.gateway.directory.refreshed()
    return Response(recorded.receipt, 201, {"Location": location}, "application/json")


def key_out(history: KeyHistory) -> KeyOut:
    """A key as it is told."""
    key = history.key
    spki = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    certificate = x509.load_der_x509_certificate(key.certificates[-1]) if key.certificates else None
    return KeyOut(
        fingerprint=key.fingerprint,
        partner=key.partner,
        purpose=key.purpose,
        algorithm=_algorithm(key.public_key),
        state=history.state,
        since=timestamp(key.valid_from) if key.valid_from else None,
        until=timestamp(key.ends_at) if key.ends_at else None,
        public_key=spki.decode(),
        certificate=certificate.public_bytes(Encoding.PEM).decode() if certificate else None,
        events=list(map(_event, history.events)),
    )


def _event(event: KeyEvent) -> KeyEventOut:
    return KeyEventOut(
        index=event.index,
        type=event.type,
        recorded_at=event.recorded_at,
        by=event.by,
        reason=event.reason,
        applies_from=event.applies_from,
        affected=event.affected,
        certificate=event.certificate,
        since=event.since,
        until=event.until,
    )


def _algorithm(key: PublicKey) -> str:
    match key:
        case RSAPublicKey():
            return f"RSA-{key.key_size}"
        case EllipticCurvePublicKey():
            return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey")
