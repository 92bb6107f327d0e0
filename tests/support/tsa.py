"""Timestamp authorities for tests: one in Python that can lie, and the `openssl ts` of OpenSSL behind HTTP."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import new, sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.model.publication import Timestamp
from edi_gateway.timestamps.form import as_response, distil
from edi_gateway.timestamps.token import Roots, Token, check_token
from edi_gateway.workflows.timestamp import Timekeeping, take_timestamps
from tests.support import programs
from tests.support.cms import ID_SIGNED_DATA, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, attribute
from tests.support.cms_algorithms import DIGEST_OIDS, SIGNATURE_OIDS
from tests.support.der import algorithm, integer, octet_string, oid, sequence, set_of, tlv
from tests.support.listening import listening

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
CONTENT_TYPE = "1.2.840.113549.1.9.3"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
POLICY = "1.3.6.1.4.1.99999.1"


def _certified(
    subject: str, key: Any, issuer: str, issuer_key: Any, window: tuple[datetime, datetime], *extensions: Any
) -> x509.Certificate:
    names = [x509.Name.from_rfc4514_string(f"CN={name}") for name in (issuer, subject)]
    builder = x509.CertificateBuilder(*names, key.public_key(), x509.random_serial_number(), *window)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


_CA = (x509.BasicConstraints(True, None), True)


@dataclass(frozen=True)
class Authority:
    """A root, an authority between, and a certificate for timestamps under both."""

    root: x509.Certificate
    between: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def roots(self) -> Roots:
        return (self.root,)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def token(self, message: bytes, at: datetime = NOW, **how: Any) -> bytes:
        """A token over the message, in the form that is kept. `how` is what `raw_token` takes."""
        return distil(self.raw_token(message, at, **how))

    def raw_token(
        self,
        message: bytes,
        at: datetime = NOW,
        *,
        nonce: int | None = None,
        hash_name: str = "sha512",
        imprint: bytes | None = None,
        content_type: str = TST_INFO,
        signing_certificate: bytes | None = None,
        certificates: Sequence[x509.Certificate] | None = None,
        signature_oid: str = SIGNATURE_OIDS["ecdsa-sha256"],
        unsigned: bytes = b"",
        serial: int = 7,
    ) -> bytes:
        """A token as the authority sends it; each argument is a way to lie, or to pack it otherwise."""
        info = {
            "version": 1,
            "policy": POLICY,
            "message_imprint": {
                "hash_algorithm": {"algorithm": hash_name},
                "hashed_message": imprint or new(hash_name, message).digest(),
            },
            "serial_number": serial,
            "gen_time": at,
            "accuracy": {"seconds": 1},
        }
        content = tsp.TSTInfo(info | ({"nonce": nonce} if nonce is not None else {})).dump()
        der = self.certificate.public_bytes(Encoding.DER)
        named = sequence(sequence(sequence(octet_string(signing_certificate or sha256(der).digest()))))
        attributes = [
            attribute(CONTENT_TYPE, oid(content_type)),
            attribute(MESSAGE_DIGEST, octet_string(sha256(content).digest())),
            attribute(SIGNING_CERTIFICATE_V2, named),
        ]
        signed = b"".join(sorted(attributes))
        digest = algorithm(DIGEST_OIDS["sha256"])
        signer = sequence(
            integer(1),
            sequence(self.certificate.issuer.public_bytes(), integer(self.certificate.serial_number)),
            digest,
            tlv(0xA0, signed),
            algorithm(signature_oid),
            octet_string(self.key.sign(set_of(signed), ec.ECDSA(hashes.SHA256()))),
            unsigned,
        )
        held = (self.certificate, self.between) if certificates is None else certificates
        packed = [certificate.public_bytes(Encoding.DER) for certificate in held]
        eci = sequence(oid(TST_INFO), tlv(0xA0, octet_string(content)))
        data = sequence(integer(3), set_of(digest), eci, tlv(0xA0, *packed) if packed else b"", set_of(signer))
        return sequence(oid(ID_SIGNED_DATA), tlv(0xA0, data))

    def reply(self, query: bytes, at: datetime = NOW, **how: Any) -> bytes:
        """A TimeStampResp for a TimeStampReq, as an honest authority gives it."""
        asked = tsp.TimeStampReq.load(query)
        imprint = asked["message_imprint"]
        given = {"nonce": asked["nonce"].native, "hash_name": imprint["hash_algorithm"]["algorithm"].native}
        return as_response(self.raw_token(b"", at, **(given | {"imprint": imprint["hashed_message"].native} | how)))


def make_authority(
    name: str = "tsa",
    *,
    since: datetime = NOW - YEAR,
    until: datetime = NOW + YEAR,
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
    ca: bool = True,
    above_until: datetime | None = None,
) -> Authority:
    """`since` and `until` are the timestamp certificate's; what is above it is good for longer, or `above_until`."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    long = (since - 10 * YEAR, above_until or until + 10 * YEAR)
    between_extensions = [_CA] if ca else [(x509.BasicConstraints(False, None), True)]
    root = _certified(f"{name} root", keys[0], f"{name} root", keys[0], long, _CA)
    between = _certified(f"{name} between", keys[1], f"{name} root", keys[0], long, *between_extensions)
    usage = [(x509.ExtendedKeyUsage(purposes), critical)] if purposes else []
    certificate = _certified(name, keys[2], f"{name} between", keys[1], (since, until), *usage)
    return Authority(root, between, certificate, keys[2])


class Clock:
    """Implements `workflows.ports.TimestampAuthority` with a time that the test sets. With `fails` it raises that."""

    def __init__(self, name: str, tsa: Authority, at: datetime = NOW) -> None:
        self.name, self.tsa, self.at = name, tsa, at
        self.fails: str | None = None
        self.asked = 0

    def stamp(self, message: bytes) -> tuple[bytes, Token]:
        self.asked += 1
        if self.fails:
            raise Fault(self.fails)
        token = self.tsa.token(message, self.at)
        return token, check_token(token, message, self.tsa.roots)


def take(gateway: Gateway, now: datetime, *clocks: Clock) -> list[Timestamp]:
    """Take timestamps as the gateway does, but not more than one an hour, and renewals 30 days before the end."""
    hour, month = timedelta(hours=1), timedelta(days=30)
    return take_timestamps(Timekeeping(gateway.publications, gateway.timestamps, clocks, hour, month), now)


def refusal(status: int, *words: str) -> bytes:
    """A TimeStampResp without a token."""
    texts = sequence(*(tlv(0x0C, word.encode()) for word in words)) if words else b""
    return sequence(sequence(integer(status), texts))


_CONFIGURATION = """\
[tsa]
default_tsa = tsa_here
[tsa_here]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl_replies(folder: Path, authority: Authority) -> Callable[[bytes], bytes]:
    """What answers a TimeStampReq with `openssl ts -reply`, at the machine's own time."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")
    pem = authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa.key").write_bytes(pem)
    (folder / "tsa.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "between.pem").write_bytes(authority.between.public_bytes(Encoding.PEM))
    command = "openssl ts -reply -config tsa.cnf -queryfile query.tsq -signer tsa.pem -inkey tsa.key -chain between.pem"

    def reply(query: bytes) -> bytes:
        (folder / "query.tsq").write_bytes(query)
        programs.run([*command.split(), "-out", "reply.tsr"], cwd=folder, check=True)
        return (folder / "reply.tsr").read_bytes()

    return reply


@contextmanager
def serving(reply: Callable[[bytes], bytes | None], status: int = 200) -> Iterator[str]:
    """An HTTP server that answers each POST with `reply` of its body; with None it hangs up. Gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = reply(self.rfile.read(int(self.headers["Content-Length"])))
            if answer is None:
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as url:
        yield f"{url}/"
