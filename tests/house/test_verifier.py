"""The verifier in tools/ stays what it is for: one short file that a stranger can read, and that judges as we do."""

import ast
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import BadZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Unproven
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import note
from edi_gateway.receipts import bundle
from edi_gateway.receipts import receipt as receipts
from edi_gateway.syntax.json import canonical
from edi_gateway.workflows.check import check_receipt
from tests.house.repository import ROOT
from tests.support import programs
from tests.support.evidence import evidence_of
from tests.support.gateway import enrol_both, make_gateway
from tests.support.ledger import MemoryLog, flipped
from tests.support.ledger_receipts import receipt_of, statement_of

FILE = ROOT / "tools" / "verify_receipt.py"
MAX_LINES = 200

LOG = MemoryLog()
LOG.append([b"%d" % number for number in range(70)])
RECEIPT = receipt_of(LOG, statement_of(LOG), bytes(range(32)))
WRITTEN = receipts.to_json(RECEIPT)
CORE = (bundle.RECEIPT, bundle.STATEMENT, bundle.BODY, bundle.HEADERS, bundle.DOCUMENT)


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_receipt", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL: Any = _load()

values = st.recursive(
    st.text(max_size=8) | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _ours(receipt: bytes, vkey: str) -> bool:
    try:
        check_receipt(receipt, vkey)
    except Unproven:
        return False
    return True


def _theirs(receipt: bytes, vkey: str) -> bool:
    try:
        TOOL.verify_receipt(receipt, vkey)
    except TOOL.NotProved:
        return False
    return True


def test_it_is_short() -> None:
    assert len(FILE.read_text("utf-8").splitlines()) <= MAX_LINES


def test_it_needs_the_standard_library_and_cryptography_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(FILE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_both_find_every_flipped_bit_of_a_receipt() -> None:
    assert _theirs(WRITTEN, LOG.vkey)
    assert [altered for altered in flipped(WRITTEN) if _theirs(altered, LOG.vkey)] == []


@pytest.mark.parametrize(
    "laid_out",
    [
        json.dumps(json.loads(WRITTEN), indent=2).encode(),
        json.dumps(json.loads(WRITTEN), sort_keys=True).encode(),
        WRITTEN[:-1] + b',"version":1}',
        WRITTEN.replace(b'"statement":{', b'"statement":{"a":1.0,'),
        WRITTEN.replace(b'"statement":{', b'"statement":{"a":1e400,'),
        WRITTEN.replace(b'"statement":{', b'"statement":{"a":NaN,'),
        WRITTEN.replace(b'"statement":{', b'"statement":{"a":"\\ud800",'),
        WRITTEN.replace(b'"statement":{', b'"statement":{"a":9007199254740993,'),
        WRITTEN.replace(b'"index":70', b'"index":true'),
        b"\xef\xbb\xbf" + WRITTEN,
        b"[" * 100_000,
        b"[]",
        b"",
    ],
)
def test_both_judge_a_receipt_alike_however_it_is_written(laid_out: bytes) -> None:
    assert _theirs(laid_out, LOG.vkey) == _ours(laid_out, LOG.vkey)


@given(st.sampled_from(["version", "statement", "salt", "index", "proof", "vkey"]), values)
def test_both_judge_alike_whatever_value_a_receipt_has(name: str, value: object) -> None:
    altered = json.dumps({**json.loads(WRITTEN), name: value}).encode()
    assert _theirs(altered, LOG.vkey) == _ours(altered, LOG.vkey)


@given(st.dictionaries(st.text(max_size=8), values, max_size=4))
def test_both_accept_whatever_statement_can_be_canonical(statement: dict[str, Any]) -> None:
    log = MemoryLog()
    written = receipts.to_json(receipt_of(log, canonical({**statement, "origin": log.origin})))
    assert _theirs(written, log.vkey)
    assert _ours(written, log.vkey)


@given(st.integers(0, RECEIPT.proof.count("\n")), st.text(max_size=30))
def test_both_judge_a_proof_alike_in_which_a_line_is_another(at: int, line: str) -> None:
    lines = RECEIPT.proof.split("\n")
    altered = json.dumps({**json.loads(WRITTEN), "proof": "\n".join([*lines[:at], line, *lines[at + 1 :]])}).encode()
    assert _theirs(altered, LOG.vkey) == _ours(altered, LOG.vkey)


def test_neither_accepts_another_key() -> None:
    for vkey in (MemoryLog().vkey, MemoryLog("gw.example.com/other").vkey, "", "a+b+c", "a"):
        assert not _theirs(WRITTEN, vkey)
        assert not _ours(WRITTEN, vkey)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = make_gateway(tmp_path_factory.mktemp("gateway"))
    enrol_both(gateway)
    yield gateway
    gateway.close()


def test_it_finds_a_changed_file_of_a_bundle_that_the_statement_names(gateway: Gateway) -> None:
    packed = evidence_of(gateway, "PO-1")
    vkey = gateway.notary.vkey
    assert canonical(TOOL.verify_bundle(packed, vkey)) == bundle.unpack(packed)[bundle.STATEMENT]
    files = bundle.unpack(packed)
    for name in CORE:
        for at in range(0, len(files[name]), max(1, len(files[name]) // 50)):
            altered = files[name][:at] + bytes([files[name][at] ^ 1]) + files[name][at + 1 :]
            with pytest.raises(TOOL.NotProved):
                TOOL.verify_bundle(bundle.pack(files | {name: altered}), vkey)


def test_it_finds_a_flipped_bit_in_the_zip_itself(gateway: Gateway) -> None:
    packed = evidence_of(gateway, "PO-2")
    at = packed.rindex(b"PO-2")
    with pytest.raises(BadZipFile, match="Bad CRC"):
        TOOL.verify_bundle(packed[:at] + b"PO-3" + packed[at + 4 :], gateway.notary.vkey)


def test_as_a_program_it_tells_what_is_proved_or_why_it_is_not(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "evidence.zip").write_bytes(evidence_of(gateway, "PO-3"))
    (tmp_path / "receipt.json").write_bytes(WRITTEN)
    for file, vkey, code, said in (
        ("evidence.zip", gateway.notary.vkey, 0, '"number": "PO-3"'),
        ("receipt.json", LOG.vkey, 0, '"partner.added"'),
        ("evidence.zip", LOG.vkey, 1, "NOT PROVED: the checkpoint is of another ledger"),
        ("receipt.json", gateway.notary.vkey, 1, "NOT PROVED: "),
    ):
        command = [sys.executable, "-I", str(FILE), str(tmp_path / file), vkey]
        done = programs.run(command, text=True)
        assert done.returncode == code, done.stderr
        assert said in done.stdout + done.stderr


def test_as_a_program_it_says_so_whatever_is_wrong_with_the_file(gateway: Gateway, tmp_path: Path) -> None:
    packed = evidence_of(gateway, "PO-4")
    directory, end = packed.index(b"PK\x01\x02"), packed.rindex(b"PK\x05\x06")
    deep = WRITTEN.replace(b'"statement":{', b'"statement":{"a":' + b"[" * 900 + b"]" * 900 + b",")
    for name, content in (
        ("directory.zip", packed[: end + 16] + b"\xff" * 4 + packed[end + 20 :]),
        ("version.zip", packed[: directory + 6] + b"\x63\x00" + packed[directory + 8 :]),
        (
            "name.zip",
            packed[: directory + 8]
            + b"\x00\x08"
            + packed[directory + 10 : directory + 46]
            + b"\xff"
            + packed[directory + 47 :],
        ),
        ("deep.json", deep),
    ):
        (tmp_path / name).write_bytes(content)
    for name in ("nowhere.json", ".", "directory.zip", "version.zip", "name.zip", "deep.json"):
        done = programs.run([sys.executable, "-I", str(FILE), str(tmp_path / name), gateway.notary.vkey], text=True)
        assert (done.returncode, done.stdout) == (1, ""), name
        assert done.stderr.startswith("NOT PROVED: "), name
        assert "Traceback" not in done.stderr, name


def test_one_of_several_keys_is_enough_and_every_one_that_signed_must_have_signed_well() -> None:
    other = MemoryLog(origin=LOG.origin).vkey
    assert TOOL.verify_receipt(WRITTEN, other, LOG.vkey) == json.loads(RECEIPT.statement)
    assert TOOL.verify_receipt(WRITTEN, LOG.vkey, other) == json.loads(RECEIPT.statement)
    with pytest.raises(TOOL.NotProved, match="not signed by a key that you trust"):
        TOOL.verify_receipt(WRITTEN, other)
    with pytest.raises(TOOL.NotProved, match="another ledger"):
        TOOL.verify_receipt(WRITTEN, LOG.vkey, MemoryLog(origin="gw.example.com/other").vkey)
    broken = note.compose(*_with_wrong_signature_of(other))
    forged = receipts.to_json(replace(RECEIPT, proof=RECEIPT.proof.partition("\n\n")[0] + "\n\n" + broken.decode()))
    with pytest.raises(TOOL.NotProved, match="does not verify"):
        TOOL.verify_receipt(forged, LOG.vkey, other)
    assert TOOL.verify_receipt(forged, LOG.vkey)


def _with_wrong_signature_of(vkey: str) -> tuple[str, list[note.Signature]]:
    text = note.text_of(RECEIPT.proof.partition("\n\n")[2].encode())
    return text, [note.signature(LOG.origin, LOG.key, text), note.Signature(note.parse_vkey(vkey), bytes(64))]
