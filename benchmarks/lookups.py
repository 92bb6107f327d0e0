"""`python -m benchmarks.lookups`: how long it takes to find out whose key it is that a signature means.

A gateway with many partners, a quarter of each kind: with one pinned key; with a next one beside it, whose window has
not begun; with one that was renewed, and is named by its newer certificate; and with none, but a root that vouches for
its certificate, and wants to know of revocations. Each partner's document is looked up in each round, in a random
order; the first time is shown by itself. CPU time, of one core.
"""

import argparse
import random
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.authority import DAY, Authority, authority, crl, der, issued
from edi_gateway.demo.documents import invoice
from edi_gateway.demo.trade import ACME, GLOBEX
from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.gateway import Gateway, build
from edi_gateway.installation import initialise
from edi_gateway.model.partner import Identifier
from edi_gateway.model.record import Submission
from edi_gateway.model.transmission import Envelope, Transmission
from edi_gateway.settings import load
from edi_gateway.signing import xmldsig
from edi_gateway.workflows import enrol, key_renewal, revocations, trust
from edi_gateway.workflows.receive import identify

KINDS = ("pinned", "upcoming", "renewed", "vouched")
_COMMIT = 250
_END = b"</ds:X509Certificate>"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=1000, help="partners, a quarter of each kind")
    parser.add_argument("--rounds", type=int, default=20, help="rounds, of which the median counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edi-gateway-bench-") as folder:
        report(Path(folder), options.partners, options.rounds)


def report(folder: Path, partners: int, rounds: int) -> None:
    """Print what a look-up takes for each kind of key."""
    settings = load(data_dir=folder / "lookups")
    initialise(settings)
    with closing(build(settings)) as gateway:
        envelopes = _enrol(gateway, partners)
        gateway.directory.refreshed()
        first = {kind: _spent(gateway, found) for kind, found in envelopes.items()}
        found = [{kind: _spent(gateway, some) for kind, some in envelopes.items()} for _ in range(rounds)]
    middle = {kind: statistics.median(one[kind] for one in found) for kind in KINDS}
    print(f"\nlook-ups of keys: {partners:,} partners, one core, medians of {rounds} rounds")
    for kind in KINDS:
        ratio = f"{middle[kind] / middle['pinned']:6.1f} of a pinned one"
        print(f"  {kind:24}{1e6 * middle[kind]:8.1f} µs,{ratio}; the first time {1e6 * first[kind]:,.0f} µs")


def _spent(gateway: Gateway, envelopes: list[Envelope]) -> float:
    """Seconds for each, as `examine` looks them up."""
    random.shuffle(envelopes)
    at, desk = gateway.clock(), gateway.desk
    began = time.thread_time()
    for one in envelopes:
        identify(one, at, desk)
    return (time.thread_time() - began) / len(envelopes)


def _enrol(gateway: Gateway, partners: int) -> Mapping[str, list[Envelope]]:
    """Have partners and keys recorded; gives a signed document of each, unwrapped, by kinds."""
    now = gateway.clock()
    root = authority("Root", None, now)
    between = authority("Issuer", root, now)
    names = [f"partner-{number}" for number in range(partners)]
    _record(gateway, names, lambda name: enrol.add_partner(name, name, [Identifier("bench", name)], gateway.office()))
    gateway.record(trust.add_root(trust.read_root("root", der(root.certificate)), gateway.office()))
    for issuer in (root, between):
        given = None if issuer is root else der(issuer.certificate)
        revocations.add(crl(issuer, now), given, gateway.revoking("benchmark"))
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in names}
    certificates = {name: issued(name, keys[name].public_key(), between, now) for name in names}
    kinds = {kind: names[place :: len(KINDS)] for place, kind in enumerate(KINDS)}
    pinned = [name for kind in KINDS[:3] for name in kinds[kind]]
    _record(gateway, pinned, lambda name: _added(gateway, name, certificates[name]))
    _record(gateway, kinds["upcoming"], lambda name: _next(gateway, name, between, now))
    for name in kinds["renewed"]:
        certificates[name] = issued(name, keys[name].public_key(), between, now)
    _record(gateway, kinds["renewed"], lambda name: _renewed(gateway, name, certificates[name]))
    _record(
        gateway, kinds["vouched"], lambda name: trust.grant(name, "root", "subject", f"CN={name}", gateway.office())
    )
    document = invoice("INV-1", "PO-1", buyer=GLOBEX, seller=ACME)
    return {
        kind: [_envelope(document, keys[name], certificates[name], between, now) for name in some]
        for kind, some in kinds.items()
    }


def _record(gateway: Gateway, names: Sequence[str], change: Callable[[str], Submission]) -> None:
    for start in range(0, len(names), _COMMIT):
        gateway.record_all([change(name) for name in names[start : start + _COMMIT]])


def _added(gateway: Gateway, name: str, certificate: x509.Certificate) -> Submission:
    return enrol.add_key(name, der(certificate), (None, None), gateway.office())


def _next(gateway: Gateway, name: str, issuer: Authority, now: datetime) -> Submission:
    later = issued(name, ec.generate_private_key(ec.SECP256R1()).public_key(), issuer, now + 30 * DAY)
    return _added(gateway, name, later)


def _renewed(gateway: Gateway, name: str, certificate: x509.Certificate) -> Submission:
    (key,) = gateway.directory.refreshed().keys_of[name]
    return key_renewal.renew_key(key.fingerprint, der(certificate), (None, None), gateway.office())


def _envelope(
    document: bytes, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, issuer: Authority, now: datetime
) -> Envelope:
    """Signed with the certificate, and with its issuer's beside it, as most signers send it."""
    body = xmldsig.sign(document, key, der(certificate))
    above = b"<ds:X509Certificate>" + b64encode(der(issuer.certificate)) + _END
    body = body.replace(_END, _END + above, 1)
    return unwrap(Transmission(body, "application/xml", now, {"content-type": "application/xml"}))


if __name__ == "__main__":
    main()
