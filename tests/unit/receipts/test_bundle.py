"""Bundles: the same bytes for the same files, and nothing that a zip can hide."""

import stat
import struct
import warnings
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest

from edi_gateway.errors import Unproven
from edi_gateway.receipts import bundle

FILES = {name: name.encode() for name in bundle.REQUIRED} | {"keys/7-key.added.json": b"{}"}


def _zip(*entries, comment=b"", compression=ZIP_STORED):
    packed = BytesIO()
    with ZipFile(packed, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one name twice
        for entry, content in entries:
            archive.writestr(entry, content)
        archive.comment = comment
    return packed.getvalue()


def test_what_is_packed_is_unpacked():
    assert bundle.unpack(bundle.pack(FILES)) == FILES


def test_the_same_files_have_the_same_bytes_in_whatever_order_they_come():
    assert bundle.pack(dict(reversed(FILES.items()))) == bundle.pack(FILES)


def test_the_readme_is_seen_first():
    assert next(iter(bundle.unpack(bundle.pack(FILES)))) == bundle.README


def test_a_bundle_that_was_packed_again_with_another_program_is_read():
    entries = [(f"{folder}/", b"") for folder in ("keys", "transmission")]
    assert bundle.unpack(_zip(*entries, *FILES.items(), compression=ZIP_DEFLATED)) == FILES


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "a/../b", "a/b/c", "A/b", ".hidden", "keys/.x", "a\\b", "C:x", "é", "", "a" * 300],
)
def test_a_name_that_no_file_of_a_bundle_has_is_refused(name):
    with pytest.raises(Unproven, match="has a name that none has"):
        bundle.unpack(_zip((ZipInfo(name), b"x")))
    with pytest.raises(ValueError, match="no file of a bundle is called"):
        bundle.pack({name: b"x"})


def test_a_name_that_ends_in_a_zero_byte_is_refused():
    packed = _zip(("document", b"x"), ("documentX", b"y")).replace(b"documentX", b"document\0")
    with pytest.raises(Unproven):
        bundle.unpack(packed)


def test_a_name_twice_is_refused():
    with pytest.raises(Unproven, match=r"^document: is in the bundle twice"):
        bundle.unpack(_zip(("document", b"x"), ("document", b"y")))


def test_a_link_is_refused():
    entry = ZipInfo("document")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(Unproven, match=r"^document: is not a plain file"):
        bundle.unpack(_zip((entry, b"/etc/passwd")))


def test_a_comment_is_refused():
    with pytest.raises(Unproven, match="comment"):
        bundle.unpack(_zip(("document", b"x"), comment=b"trust me"))


def test_another_way_to_compress_is_refused():
    with pytest.raises(Unproven, match=r"^document: is compressed in another way"):
        bundle.unpack(_zip(("document", b"x"), compression=ZIP_BZIP2))


def test_an_encrypted_file_is_refused():
    packed = bytearray(_zip(("document", b"x")))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unproven, match=r"^document: is not a plain file"):
        bundle.unpack(bytes(packed))


def test_a_folder_of_another_name_is_refused():
    with pytest.raises(Unproven, match="has a name that none has"):
        bundle.unpack(_zip(("evil/", b"")))


def test_more_than_is_allowed_is_refused_before_it_is_unpacked():
    packed = bytearray(_zip(("document", b"\0" * 1000), compression=ZIP_DEFLATED))
    # The central directory announces the size: 24 bytes after its signature (APPNOTE §4.3.12).
    struct.pack_into("<L", packed, packed.index(b"PK\x01\x02") + 24, bundle.MAX_BUNDLE + 1)
    with pytest.raises(Unproven, match=f"more than {bundle.MAX_FILES} files, or more than {bundle.MAX_BUNDLE} bytes"):
        bundle.unpack(bytes(packed))


def test_more_than_is_announced_is_not_unpacked():
    packed = bytearray(_zip(("document", b"\0" * 1_000_000), compression=ZIP_DEFLATED))
    for at in (packed.index(b"PK\x01\x02") + 24, 22):
        struct.pack_into("<L", packed, at, 10)
    with pytest.raises(Unproven, match=r"^document: "):
        bundle.unpack(bytes(packed))


def test_too_many_files_are_refused():
    with pytest.raises(Unproven, match="more than"):
        bundle.unpack(_zip(*((f"keys/{number}", b"") for number in range(bundle.MAX_FILES + 1))))


def test_a_bundle_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(bundle, "MAX_BUNDLE", 100)
    with pytest.raises(Unproven, match="longer than 100 bytes"):
        bundle.unpack(b"PK\x03\x04" + bytes(100))


@pytest.mark.parametrize("octets", [b"", b"PK", b"{}", b"MZ" + bundle.pack(FILES)])
def test_what_does_not_begin_as_a_zip_is_none(octets):
    with pytest.raises(Unproven, match="is not a zip"):
        bundle.unpack(octets)


def test_a_zip_that_is_cut_off_is_refused():
    packed = bundle.pack(FILES)
    for at in range(0, len(packed), 97):
        with pytest.raises(Unproven):
            bundle.unpack(packed[:at])


def test_a_bundle_with_the_times_and_owners_that_zip_programs_add_is_read():
    entry = ZipInfo("document")
    # "UT" with one moment, and "ux" with two numbers (APPNOTE §4.6.1).
    entry.extra = struct.pack("<2HBL", 0x5455, 5, 1, 0) + struct.pack("<2H3s", 0x7875, 3, b"\1\0\0")
    assert bundle.unpack(_zip((entry, b"x"))) == {"document": b"x"}


def _extra(kind):
    entry = ZipInfo("document")
    entry.extra = struct.pack("<2H4s", kind, 4, b"\0" * 4)
    return _zip((entry, b"x"))


def _changed(signature, offset, form, value):
    packed = bytearray(bundle.pack(FILES))
    struct.pack_into(form, packed, packed.index(signature) + offset, value)
    return bytes(packed)


def _inserted(at, octets):
    packed = bundle.pack(FILES)
    return packed[:at] + octets + packed[at:]


def _file_comment():
    entry = ZipInfo("document")
    entry.comment = b"trust me"
    return _zip((entry, b"x"))


def _behind_what_was_deflated():
    packed = _zip(("document", b"x" * 100), compression=ZIP_DEFLATED)
    start = packed.index(b"document") + len("document")
    directory = packed.index(b"PK\x01\x02")
    grown = bytearray(packed[:directory] + b"hidden" + packed[directory:])
    for at in (18, directory + 6 + 20):
        struct.pack_into("<L", grown, at, directory - start + 6)
    struct.pack_into("<L", grown, len(grown) - 6, directory + 6)
    return bytes(grown)


HIDING = {
    "another zip in front": bundle.pack({"document": b"another"}) + bundle.pack(FILES),
    "another zip behind": bundle.pack(FILES) + bundle.pack({"document": b"another"}),
    "bytes behind the end": bundle.pack(FILES) + b"\0",
    "bytes before the directory": _inserted(bundle.pack(FILES).index(b"PK\x01\x02"), b"hidden"),
    "bytes before the end": _inserted(bundle.pack(FILES).index(b"PK\x05\x06"), b"hidden"),
    "bytes behind what was deflated": _behind_what_was_deflated(),
    "a header that says encrypted": _changed(b"PK\x03\x04", 6, "<H", 1),
    "a header with another method": _changed(b"PK\x03\x04", 8, "<H", 8),
    "a header with another checksum": _changed(b"PK\x03\x04", 14, "<L", 1),
    "a header with another size": _changed(b"PK\x03\x04", 22, "<L", 1),
    "a header with another name": _changed(b"PK\x03\x04", 30, "<B", ord("r")),
    "a size behind the file": _changed(b"PK\x01\x02", 8, "<H", 8),
    "a directory of another length": _changed(b"PK\x05\x06", 12, "<L", 1),
    "a directory with another count": _changed(b"PK\x05\x06", 8, "<H", 3),
    "a disk of several": _changed(b"PK\x05\x06", 4, "<H", 1),
    "a comment on a file": _file_comment(),
    "a second name": _extra(0x7075),
    "sizes of 64 bits": _extra(0x0001),
}


@pytest.mark.parametrize("trick", HIDING)
def test_a_zip_that_others_would_read_in_another_way_is_refused(trick):
    with pytest.raises(Unproven):
        bundle.unpack(HIDING[trick])
