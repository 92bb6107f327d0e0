"""One zip in one reading: nothing lies between, before or behind its files, and each is described alike twice.

A zip says everything twice: in a header before each file, and in a directory at the end (APPNOTE §4.3.6). Programs that
unpack a stream go by the headers, all others by the directory; where the two differ, they show different documents.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import Final
from zipfile import ZIP_STORED, ZipInfo

from edi_gateway.errors import Unproven

# APPNOTE §4.3.7: signature, version, flags, method, time, date, CRC, sizes, lengths of name and extra field.
_LOCAL: Final = struct.Struct("<4s5H3L2H")
# APPNOTE §4.3.12: the same with more about the file: lengths of name, extra field and comment are at 10, 11 and 12.
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
# APPNOTE §4.3.16: signature, disks, entries here and in all, length and place of the directory, length of the comment.
_END: Final = struct.Struct("<4s4H2LH")
# Encryption, sizes behind the file, strong encryption, a masked header (APPNOTE §4.4.4).
_SECRETIVE: Final = 0x1 | 0x8 | 0x40 | 0x2000
# Times and owners, as zip programs add them (APPNOTE §4.6.1). Others may give a file another name or size.
_HARMLESS: Final = frozenset({0x5455, 0x7875})


def packed_contents(data: bytes, entries: Iterable[ZipInfo]) -> dict[ZipInfo, bytes]:
    """What each entry of the directory has in the zip, still compressed. Raises Unproven unless the zip is made of
    nothing but these and what describes them.
    """
    at = 0
    contents = {}
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        start, end = _checked_header(data, at, entry)
        contents[entry] = data[start:end]
        at = end
    _check_directory(data, at, len(contents))
    return contents


def content(entry: ZipInfo, packed: bytes) -> bytes:
    """The file itself. Raises Unproven unless it has the size and the checksum that are announced, and nothing more."""
    if entry.compress_type == ZIP_STORED:
        unpacked = packed
    else:
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            unpacked = inflating.decompress(packed, entry.file_size + 1)
        except zlib.error as error:
            raise Unproven(f"{entry.filename}: can't be unpacked: {error}") from error
        if len(unpacked) <= entry.file_size and (not inflating.eof or inflating.unused_data):
            raise Unproven(f"{entry.filename}: does not end where it says")
    if len(unpacked) != entry.file_size or zlib.crc32(unpacked) != entry.CRC:
        raise Unproven(f"{entry.filename}: is not as long as it says, or has another checksum")
    return unpacked


def _checked_header(data: bytes, at: int, entry: ZipInfo) -> tuple[int, int]:
    if entry.header_offset != at or len(data) < at + _LOCAL.size:
        raise Unproven(f"{entry.filename}: doesn't follow what comes before it in the zip")
    signature, _, flags, method, _, _, crc, packed, unpacked, name, extra = _LOCAL.unpack_from(data, at)
    start = at + _LOCAL.size + name
    told = (signature, flags, method, crc, packed, unpacked, data[at + _LOCAL.size : start])
    # zipfile decodes names as code page 437 unless flagged; those of bundles are ASCII, alike in both.
    names = entry.orig_filename.encode("utf-8", "surrogateescape")
    said = (b"PK\x03\x04", entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size, names)
    if told != said or flags & _SECRETIVE:
        raise Unproven(f"{entry.filename}: is described in two ways")
    _check_extra(entry.filename, data[start : start + extra])
    _check_extra(entry.filename, entry.extra)
    return start + extra, start + extra + packed


def _check_extra(name: str, extra: bytes) -> None:
    at = 0
    while at < len(extra):
        kind, length = struct.unpack_from("<2H", extra.ljust(at + 4, b"\0"), at)
        at += 4 + length
        if kind not in _HARMLESS or at > len(extra):
            raise Unproven(f"{name}: has an extra field that no file of a bundle needs")


def _check_directory(data: bytes, start: int, count: int) -> None:
    at = start
    for _ in range(count):
        if len(data) < at + _CENTRAL.size:
            break
        members = _CENTRAL.unpack_from(data, at)
        if members[12]:
            raise Unproven("a file of the bundle has a comment, which nothing authenticates")
        at += _CENTRAL.size + members[10] + members[11]
    if data[at:] != _END.pack(b"PK\x05\x06", 0, 0, count, count, at - start, start, 0):
        raise Unproven("the bundle has something before, between or behind its files")
