"""Partners that show a TLS client certificate: to this server, or to a proxy in front of it that says so (RFC 9440)."""

import hashlib
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import Request

from edi_gateway.errors import Rejection
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller
from edi_gateway.model.request import PEER, Peer
from edi_gateway.model.transmission import KeyName
from edi_gateway.syntax.structured import parse_item


def certified_caller(request: Request, gateway: Gateway) -> Caller | None:
    """The partner whose client certificate it is; None without one. Raises Rejection for one that names nobody."""
    shown = _shown(request, gateway.settings.client_cert_proxies)
    if shown is None:
        return None
    fingerprint = _fingerprint(shown)
    now, source = gateway.clock(), gateway.directory
    for directory in (source.current(), source.refreshed()):
        for key in directory.named([KeyName("fingerprint", fingerprint)]):
            if key.purpose == "tls-client" and key.valid_at(now):
                return Caller(f"key:{fingerprint}", "partner", key.partner, credential=fingerprint)
    raise Rejection("unknown-signer", "The client certificate is of no key that is enrolled for tls-client, and valid.")


def _shown(request: Request, proxies: tuple[str, ...]) -> bytes | None:
    peer: Peer | None = request.scope.get(PEER)
    if peer is None:
        return None
    if peer.certificate is not None:
        return peer.certificate
    said = request.headers.getlist("client-cert")
    # From anybody else the header is only somebody's claim.
    if not said or not _is_among(peer.address, proxies):
        return None
    certificate = parse_item(", ".join(said)).value
    if not isinstance(certificate, bytes):
        raise Rejection("header-invalid", "Client-Cert holds one certificate, as RFC 9440 §2.2 has it.")
    return certificate


def _is_among(address: str, networks: tuple[str, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for network in networks)


def _fingerprint(certificate: bytes) -> str:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Rejection("header-invalid", "The client certificate can't be read.") from error
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
