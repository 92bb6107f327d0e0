"""Where CII's elements stand in the model that the rules ask: binding.toml, as places by path."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from lxml import etree

from edi_gateway.documents.en16931.cii.places import steps
from edi_gateway.documents.en16931.values import BLANKS, Value, text_of

_TABLE: Final = Path(__file__).parent / "binding.toml"
VAT: Final = "VAT"
VAT_NUMBER: Final = "VA"
"""UNTDID 1153: the scheme of a VAT registration number."""
DAY: Final = "102"
"""UNTDID 2379: CCYYMMDD."""
_UP: Final = "../"

Test = Callable[[etree._Element], bool]


class Beside(NamedTuple):
    """A value that UBL would have beside this one, and CII says otherwise."""

    when: Test
    group: str
    name: str
    value: Value


class Binding(NamedTuple):
    """The groups that an element makes, the value that it is in the last of them, and how many levels up they begin."""

    up: int
    groups: tuple[str, ...]
    value: str | None
    when: Test | None = None
    beside: Beside | None = None

    @property
    def test(self) -> Test | None:
        """What has to be known of the element, if anything, to put it there."""
        return self.when or (self.beside and self.beside.when)


def is_day(element: etree._Element | Value) -> bool:
    """Whether a date is written CCYYMMDD, as its format says."""
    return element.get("format") == DAY


def is_vat_number(element: etree._Element | Value) -> bool:
    """Whether a tax registration is one for VAT."""
    return element.get("schemeID") == VAT_NUMBER


def is_as_written(element: etree._Element) -> bool:
    """Whether a tax's type is as good with the blanks around it as without."""
    text = text_of(element).upper()
    return text == VAT or text.strip(BLANKS) != VAT


def _scheme() -> Value:
    scheme = Value()
    scheme.element, scheme.text = etree.Element("ID"), VAT
    return scheme


_WHEN: Final[Mapping[str, Test]] = {"day": is_day, "as-written": is_as_written}
_BESIDE: Final[Mapping[str, Beside]] = {"number": Beside(is_vat_number, "cac:TaxScheme", "cbc:ID", _scheme())}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Path, place, terms, and when it is so."""
    table: dict[str, Any] = tomllib.loads(_TABLE.read_text("utf-8"))
    for path, place, terms, *when in table["rows"]:
        yield path, place, terms, "".join(when)
    for below in table["below"]:
        for parent in below["paths"]:
            for path, place, terms, *when in below["rows"]:
                yield f"{parent}/{path}", place, terms, "".join(when)


@cache
def places() -> Mapping[tuple[str, ...], Binding]:
    """By the Clark names of a path below the root."""
    return MappingProxyType({steps(path): _place(place, when) for path, place, _, when in rows()})


def _place(written: str, when: str) -> Binding:
    place = written.removeprefix(_UP)
    *groups, last = place.split("/")
    value = last if last.startswith("cbc:") else None
    names = tuple(groups) if value else (*groups, last)
    return Binding(int(place != written), names, value, _WHEN.get(when), _BESIDE.get(when))
