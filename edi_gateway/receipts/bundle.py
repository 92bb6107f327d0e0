"""Evidence bundles: the files that argue a document's case, in one zip that always has the same bytes.

Reading is strict about what a zip can hide: names that lead elsewhere, one name twice, links, more than is announced,
and a second reading of the same bytes.
"""

import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from edi_gateway.errors import Unproven
from edi_gateway.receipts.zip_form import content, packed_contents

README: Final = "README.txt"
RECEIPT: Final = "receipt.json"
PROOF: Final = "proof.tlog-proof"
STATEMENT: Final = "statement.json"
BODY: Final = "transmission/body"
HEADERS: Final = "transmission/headers.json"
DOCUMENT: Final = "document"
CERTIFICATES: Final = "signature/certificates.pem"
REPORT: Final = "signature/report.json"
EVENTS: Final = "keys/"
REVOCATION: Final = "revocation/"
RECEIPT_CHECKPOINT: Final = "checkpoints/receipt.checkpoint"
REQUIRED: Final = (
    README,
    RECEIPT,
    PROOF,
    STATEMENT,
    BODY,
    HEADERS,
    DOCUMENT,
    CERTIFICATES,
    REPORT,
    RECEIPT_CHECKPOINT,
)
"""What every bundle has. Besides, it has `keys/`, later checkpoints, and what others say of these; `revocation/` where
a root vouched for the key."""

MAX_BUNDLE: Final = 256 * 2**20
"""Bytes, of the zip and of all that is in it."""
MAX_FILES: Final = 1_000
MAX_README: Final = 65_536
"""Bytes; nothing authenticates them."""

_NAME = re.compile(r"([a-z]+/)?[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_LATER = re.compile(r"checkpoints/(0|[1-9][0-9]{0,18})\.checkpoint")
_REVOCATION = re.compile(r"revocation/([0-9a-f]{64})\.(?:crl|ocsp)")
_FOLDERS = frozenset({"transmission/", "signature/", "keys/", "checkpoints/", "revocation/"})
_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x1
# A zip has no moment older than this one (APPNOTE §4.4.6), and when a bundle was made is none of its facts.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNREADABLE = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    struct.error,
    zlib.error,
)


def pack(files: Mapping[str, bytes]) -> bytes:
    """The zip of these files. Stored, not deflated: what deflating gives depends on who does it."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name in sorted(files, key=lambda name: (name != README, name)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"no file of a bundle is called {name!r}")
            entry = ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def is_zip(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a bundle, by their names; nothing is proved yet. Raises Unproven, whatever the bytes."""
    if len(data) > MAX_BUNDLE:
        raise Unproven(f"the bundle is longer than {MAX_BUNDLE} bytes")
    if not is_zip(data):
        raise Unproven("the bundle is not a zip")
    try:
        archive = ZipFile(BytesIO(data))
    except _UNREADABLE as error:
        raise Unproven(f"the bundle can't be read as a zip: {error}") from error
    with archive:
        files = _listed(archive)
        packed = packed_contents(data, archive.infolist())
    return {entry.filename: content(entry, packed[entry]) for entry in files}


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Whatever is unproved within was said by this file."""
    try:
        yield
    except Unproven as error:
        raise Unproven(f"{file}: {error}") from error


def event_file(index: int, type: str) -> str:
    """Where the receipt of a key's event is: `type` is that of its statement, `index` its place in the ledger."""
    return f"{EVENTS}{index}-{type}.json"


def revocation_file(kind: str, digest: str) -> str:
    """Where a CRL or an OCSP response (`crl`, `ocsp`) of this digest (`sha256:` and hex) is."""
    return f"{REVOCATION}{digest.removeprefix('sha256:')}.{kind}"


def revocation_files(files: Iterable[str]) -> list[str]:
    """Those that there are."""
    return sorted(name for name in files if _REVOCATION.fullmatch(name))


def revocation_digest(name: str) -> str:
    """The digest by which such a file is called."""
    found = _REVOCATION.fullmatch(name)
    assert found
    return f"sha256:{found[1]}"


def checkpoint_file(size: int) -> str:
    """Where a checkpoint later than the receipt's own is."""
    return f"checkpoints/{size}.checkpoint"


def consistency_file(size: int) -> str:
    """Where the proof is that the tree of this size grew from that of the bundle's checkpoint before it."""
    return f"checkpoints/{size}.consistency"


def later_sizes(files: Iterable[str]) -> list[int]:
    """The sizes of the later checkpoints, smallest first."""
    return sorted(int(found[1]) for name in files if (found := _LATER.fullmatch(name)))


def missing(files: Mapping[str, bytes]) -> list[str]:
    """What every bundle has and this one has not."""
    return [name for name in REQUIRED if name not in files]


def _listed(archive: ZipFile) -> list[ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BUNDLE:
        raise Unproven(f"the bundle has more than {MAX_FILES} files, or more than {MAX_BUNDLE} bytes in them")
    if archive.comment:
        raise Unproven("the bundle has a comment, which nothing authenticates")
    # Who packs an unpacked bundle again may have named the folders, too.
    files = [entry for entry in entries if not (entry.orig_filename in _FOLDERS and not entry.file_size)]
    names = set()
    for entry in files:
        name = entry.orig_filename
        if not _NAME.fullmatch(name) or entry.filename != name:
            raise Unproven(f"a file of the bundle has a name that none has: {name[:200]!a}")
        if name in names:
            raise Unproven(f"{name}: is in the bundle twice")
        names.add(name)
        _check_kind(entry)
    return files


def _check_kind(entry: ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or entry.flag_bits & _ENCRYPTED:
        raise Unproven(f"{entry.filename}: is not a plain file")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Unproven(f"{entry.filename}: is compressed in another way than deflate")
