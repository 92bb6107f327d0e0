"""Paths that were found, kept for as long as they hold: partners send the same certificates with every document."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from threading import Lock

from cryptography import x509

from edi_gateway.model.trust import TrustRoot
from edi_gateway.trust.path import Path, build_path, window

MAX_KEPT = 512

_Key = tuple[bytes, TrustRoot]


class Paths:
    """Used by several threads at once. A path depends on the moment by nothing but the validity of its certificates."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[_Key, tuple[Path, datetime, datetime]] = OrderedDict()

    def path(self, leaf: x509.Certificate, others: Sequence[x509.Certificate], root: TrustRoot, at: datetime) -> Path:
        """As `build_path`."""
        digests = b"".join(_digest(one) for one in (leaf, *others))
        key = sha256(digests).digest(), root
        with self._lock:
            found = self._kept.get(key)
            if found and found[1] <= at <= found[2]:
                self._kept.move_to_end(key)
                return found[0]
        path = build_path(leaf, others, root, at)
        with self._lock:
            self._kept[key] = path, *window(path)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return path


def _digest(certificate: x509.Certificate) -> bytes:
    return sha256(certificate.tbs_certificate_bytes + certificate.signature).digest()
