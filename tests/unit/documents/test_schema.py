from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from lxml import etree

from edi_gateway.documents import schema
from edi_gateway.documents.violations import violations
from edi_gateway.errors import Fault
from tests.support import programs
from tests.support.programs import PATIENCE
from tests.support.ubl import INVOICE, ORDER, changed, set_text


def test_the_catalogue_lists_every_format_with_a_file_that_exists() -> None:
    rows = schema.catalogue()
    assert list(rows) == [
        "ubl-2.1-order",
        "ubl-2.1-order-change",
        "ubl-2.1-order-cancellation",
        "ubl-2.1-order-response",
        "ubl-2.1-order-response-simple",
        "ubl-2.1-despatch-advice",
        "ubl-2.1-receipt-advice",
        "ubl-2.1-invoice",
        "ubl-2.1-credit-note",
        "cii-d22b-invoice",
        "order-x-1.0-basic",
        "order-x-1.0-comfort",
        "order-x-1.0-extended",
        "ubl-2.1-application-response",
        "ubl-2.1-remittance-advice",
        "contract-1",
    ]
    for format, row in rows.items():
        assert row.format == format
        assert row.path.is_file()


def test_every_xsd_declares_the_root_that_the_catalogue_says() -> None:
    for row in schema.catalogue().values():
        if row.root:
            tree = etree.parse(row.path).getroot()
            namespace, _, local = row.root[1:].partition("}")
            assert tree.get("targetNamespace") == namespace
            assert [each.get("name") for each in tree.iterchildren("{*}element")] == [local]
            assert tree.get("version") == row.version


def test_every_schema_of_our_own_is_in_the_catalogue() -> None:
    ours = {path for pattern in ("**/*.xsd", "**/*.schema.json") for path in schema.folder().glob(pattern)}
    assert ours <= {row.path for row in schema.catalogue().values()}


def test_a_ruleset_is_named_after_its_format() -> None:
    rows = schema.catalogue()
    assert rows["ubl-2.1-order"].ruleset_name == "ubl-2.1-order.xsd"
    assert rows["contract-1"].ruleset_name == "contract-1.schema.json"


def test_no_code_of_the_package_that_ships_schemas_is_run() -> None:
    program = "import sys; from edi_gateway.documents import schema; schema.warm(); sys.exit('facturx' in sys.modules)"
    assert programs.run(programs.python(program), cwd=Path(__file__).parents[3]).returncode == 0


def test_a_compiled_schema_is_lent_to_one_at_a_time() -> None:
    with schema.compiled("ubl-2.1-order") as one, schema.compiled("ubl-2.1-order") as other:
        assert one is not other
    with schema.compiled("ubl-2.1-order") as again:
        assert again is one or again is other


def test_schemas_that_share_their_modules_are_compiled_once() -> None:
    with schema.compiled("ubl-2.1-order") as one:
        pass
    with schema.compiled("ubl-2.1-remittance-advice") as other:
        assert other is one


def test_threads_do_not_see_each_others_findings() -> None:
    faulty = [changed(ORDER, set_text("cbc:IssueDate", f"day {n}")) for n in range(8)]
    start = Barrier(8)

    def judge(content: bytes) -> set[tuple[str | None, ...]]:
        root = etree.fromstring(content)
        start.wait(PATIENCE)
        return {tuple(finding.actual for finding in violations("ubl-2.1-order", root, content)[0]) for _ in range(200)}

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(judge, faulty))
    assert found == [{(f"day {n}",)} for n in range(8)]


def test_a_fault_in_one_document_leaves_no_trace_in_the_next() -> None:
    for _ in range(2):
        assert violations("ubl-2.1-invoice", etree.fromstring(INVOICE), INVOICE) == ((), False)
        assert violations("ubl-2.1-invoice", etree.fromstring("<x/>"), b"<x/>")[0]


def test_a_broken_schema_is_our_fault(tmp_path: Path) -> None:
    file = tmp_path / "broken.xsd"
    for text in ("<xsd:schema", "<schema/>"):
        file.write_text(text)
        with pytest.raises(Fault, match=r"broken\.xsd"):
            schema._compile([schema.Schema("broken", file, file, "1", "{urn:x}x")])


def test_a_schema_that_lacks_its_root_is_our_fault(tmp_path: Path) -> None:
    file = tmp_path / "other.xsd"
    file.write_text(
        '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"><element name="y"/></schema>'
    )
    with pytest.raises(Fault, match=r"other\.xsd does not declare"):
        schema._compile([schema.Schema("other", file, file, "1", "{urn:x}x")])


def test_a_schema_file_that_is_missing_is_our_fault(tmp_path: Path) -> None:
    file = tmp_path / "gone.xsd"
    with pytest.raises(Fault, match=r"gone\.xsd"):
        schema._compile([schema.Schema("gone", file, file, "1", "{urn:x}x")])


def test_a_missing_package_is_our_fault_and_named() -> None:
    with pytest.raises(Fault, match="no_such_package"):
        schema.locate("no_such_package", "x.xsd")
