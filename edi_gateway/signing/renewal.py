"""Ask a gateway to trust one's next key: what a partner's client does."""

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edi_gateway.model.moment import timestamp
from edi_gateway.signing import jws
from edi_gateway.signing.jws import PrivateKey
from edi_gateway.syntax.json import canonical


def request(
    partner: str, origin: str, keys: tuple[PrivateKey, PrivateKey], at: datetime, certificate: bytes | None = None
) -> bytes:
    """The body of `POST /v1/partners/{id}/keys`, `application/jose`. `keys` are the present one and the next one.

    `certificate` (DER) is the next one's; without it, the bare key is sent. `origin` is the ledger's name, `at` now.
    """
    present, upcoming = keys
    public = upcoming.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    meant = {"partner": partner, "origin": origin}
    said = {"type": "key.possession", "fingerprint": hashlib.sha256(spki).hexdigest(), "at": timestamp(at), **meant}
    asked = {"type": "key.renewal", "proof": jws.sign(canonical({**said}), upcoming).decode("ascii"), **meant}
    if certificate:
        asked["certificate"] = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM).decode()
    else:
        asked["publicKey"] = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return jws.sign(canonical({**asked}), present)
