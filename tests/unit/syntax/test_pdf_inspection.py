"""PDFs are looked at by a program of their own, which has its limits, and whose end is told from our own faults."""

import asyncio
import os
import signal
import sys
import zlib
from base64 import b64encode

import pytest

from edi_gateway.errors import Fault, Rejection
from edi_gateway.syntax.pdf import inspection
from edi_gateway.syntax.pdf.inspection import Apart, inspect, may_hold
from tests.support import programs
from tests.support.pdf import page, signed_by, with_file, with_packed_file, with_script


def refused(octets: bytes) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        inspect(octets)
    return refusal.value


def test_what_a_pdf_has_is_told() -> None:
    found = inspect(signed_by(with_file(page(), "contract.json", b"{}"), "globex", "acme"))
    assert (found.strict, found.encrypted, found.active) == (True, False, ())
    assert [(each.name, each.relationship, each.octets) for each in found.embedded] == [
        ("contract.json", "Data", b"{}")
    ]
    assert [(each.holds, each.changes, each.covered) for each in found.signatures] == [
        (True, "signatures", ()),
        (True, "none", ()),
    ]


def test_objects_in_streams_are_looked_at_as_well() -> None:
    assert inspect(with_script(page(compressed=True))).active == ("JavaScript",)


def test_an_embedded_file_of_another_kind_is_named_only() -> None:
    (file,) = inspect(with_file(page(), "terms.pdf", b"%PDF-1.7")).embedded
    assert (file.name, file.octets) == ("terms.pdf", None)


@pytest.mark.parametrize("octets", [b"", b"{}", b" %PDF-1.7", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", page()[:200]])
def test_what_is_no_pdf_is_malformed(octets: bytes) -> None:
    assert refused(octets).code == "document-malformed"


@pytest.mark.parametrize("filters", [1, 2])
def test_a_file_that_unpacks_to_more_than_a_document_may_have_is_too_much(filters: int) -> None:
    packed = bytes(20 * 2**20)
    for _ in range(filters):
        packed = zlib.compress(packed, 9)
    assert refused(with_packed_file(page(), "factur-x.xml", packed, filters)).code == "pdf-limits"
    assert inspect(page()).strict


def test_a_pdf_that_takes_its_time_is_ended_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "INSPECTOR", "tests.support.pdf_engines")
    inspection._POOL.close()
    try:
        for doing, why in (("toil", "10 seconds"), ("crash", "crashes"), ("fill", "")):
            found = refused(b"%PDF-1.7 " + doing.encode())
            assert found.code == "pdf-limits"
            assert why in found.detail
        with pytest.raises(Fault):
            inspect(b"%PDF-1.7 killed")
        assert inspect(page()).strict
    finally:
        inspection._POOL.close()


def test_a_program_that_was_killed_is_our_fault_and_another_takes_its_place() -> None:
    inspect(page())
    process = inspection._POOL.idle[-1].process_id
    assert process
    os.kill(process, signal.SIGKILL)
    with pytest.raises(Fault):
        inspect(page())
    assert inspect(page()).strict


def test_what_nobody_answers_for_leaves_a_program_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "UNSIGNED_WAIT", 0.01)
    with inspection._turn(inspection._POOL.unsigned, 1.0):
        with pytest.raises(Fault, match="busy"):
            inspect(page(), unsigned=True)
        assert inspect(page()).strict
    assert inspect(page(), unsigned=True).strict


def test_an_event_loop_never_waits_for_a_pdf() -> None:
    async def ask() -> None:
        inspect(page())

    with pytest.raises(Apart):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/pdf", b"", True),
        (" Application/PDF; v=1", b"", True),
        ("application/cms", b"0\x80%PDF-1.7", True),
        ("multipart/signed", b"\r\n" + b64encode(b"%PDF-1.7"), True),
        ("multipart/signed", b"<Invoice/>", False),
        ("application/xml", b"<a>%PDF-</a>", False),
    ],
)
def test_a_body_that_may_hold_a_pdf_is_known_before_it_is_examined(
    content_type: str, body: bytes, expected: bool
) -> None:
    assert may_hold(content_type, body) is expected


def test_the_program_can_open_nothing_and_has_imported_all_it_needs() -> None:
    code = (
        "import sys\n"
        "from edi_gateway.syntax.pdf.inspector.process import prepare\n"
        "answer = prepare()\n"
        "before = set(sys.modules)\n"
        "for octets in (bytes.fromhex(each) for each in sys.stdin.read().split()):\n"
        "    assert answer(octets)\n"
        "assert set(sys.modules) == before, set(sys.modules) - before\n"
        "try:\n    open('/dev/null')\nexcept OSError as error:\n    print(error.strerror)\n"
        "import socket\n"
        "try:\n    socket.socket()\nexcept OSError as error:\n    print(error.strerror)\n"
    )
    pdfs = (page(), page(compressed=True), signed_by(with_file(page(), "a.xml", b"<a/>"), "globex", "acme"))
    sent = " ".join(each.hex() for each in pdfs)
    done = programs.run([sys.executable, "-c", code], input=sent, text=True)
    assert done.stdout.splitlines() == ["Too many open files"] * 2, done.stderr


def test_the_gateway_does_not_import_the_library_itself() -> None:
    code = "import sys, edi_gateway.web, edi_gateway.cli; print('pyhanko' in sys.modules, 'aiohttp' in sys.modules)"
    assert programs.run([sys.executable, "-c", code], text=True).stdout.split() == ["False", "False"]
