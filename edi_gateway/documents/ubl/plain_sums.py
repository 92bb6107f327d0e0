"""Whether a valid document adds up to the last digit, whichever way one reads it: most do, and are asked no more.

Every sum that `arithmetic` may ask for is asked of whole columns of numbers here, which libxml2 finds at once, and
neither currencies nor indicators are looked at: they only let `arithmetic` compare less. So what adds up here adds up
there. What doesn't, or isn't as plain as this, is for `arithmetic` to judge.
"""

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from functools import cache
from operator import mul
from typing import Final, NamedTuple

from lxml import etree
from lxml.etree import XPath

from edi_gateway.documents.ubl.amounts import EXACT, ZERO
from edi_gateway.documents.ubl.kinds import Kind
from edi_gateway.documents.ubl.layout import finder, path, steps
from edi_gateway.model.profile import Tolerances

_NET, _WITHOUT_TAX, _WITH_TAX, _ALLOWANCES, _CHARGES, _PREPAID, _ROUNDING, _PAYABLE = (
    path(f"cbc:{name}Amount")[0]
    for name in (
        *("LineExtension", "TaxExclusive", "TaxInclusive", "AllowanceTotal", "ChargeTotal"),
        *("Prepaid", "PayableRounding", "Payable"),
    )
)
_HUNDRED: Final = Decimal(100)
# What would be rounded is not plain, and is left to others.
_PLAIN: Final = Context(prec=EXACT.prec, traps=[Inexact, InvalidOperation])


class _Columns(NamedTuple):
    """Where a kind of document has what is added up: texts in document order, but for the first and the last."""

    lines: XPath
    count: XPath
    nets: XPath
    quantities: XPath
    prices: XPath
    bases: XPath
    totals: XPath


def _texts(steps: str) -> XPath:
    return finder(f"{steps}/text()")


def _listed(*said: str) -> XPath:
    """The amounts of the document's allowances, or charges: those whose indicator says so."""
    indicated = " or ".join(f"normalize-space(cbc:ChargeIndicator)='{each}'" for each in said)
    return _texts(f"cac:AllowanceCharge[{indicated}]/cbc:Amount")


_LISTED: Final = ((_ALLOWANCES, _listed("false", "0")), (_CHARGES, _listed("true", "1")))
_TAXES: Final = _texts("cac:TaxTotal/cbc:TaxAmount")
_TAX_PARTS: Final = _texts("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")
_TAXABLE: Final = _texts("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount")
_RATES: Final = _texts("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent")
_OTHER_RATES: Final = finder("boolean(cac:TaxTotal/cac:TaxSubtotal/cbc:Percent)")


def adds_up(root: etree._Element, kind: Kind, within: Tolerances) -> bool:
    """Of a schema-valid document. False says nothing."""
    columns = _columns(kind)
    if columns is None:
        return False
    try:
        with localcontext(_PLAIN):
            said = {each.tag: Decimal(each.text or "") for each in columns.totals(root)}
            return _lines(root, columns, said if kind.whole else {}) and _totals(root, said) and _taxes(root, within)
    except ArithmeticError:
        return False


@cache
def _columns(kind: Kind) -> _Columns | None:
    if kind.monetary is None:
        return None
    line = steps((kind.line,) if kind.inner is None else (kind.line, kind.inner))
    return _Columns(
        lines=finder(f"count({steps((kind.line,))})"),
        count=_texts("cbc:LineCountNumeric"),
        nets=_texts(f"{line}/cbc:LineExtensionAmount"),
        quantities=_texts(f"{line}/{steps((kind.quantity,))}"),
        prices=_texts(f"{line}/cac:Price/cbc:PriceAmount"),
        bases=_texts(f"{line}/cac:Price/cbc:BaseQuantity"),
        totals=finder(f"{steps((kind.monetary,))}/*"),
    )


def _numbers(find: XPath, root: etree._Element) -> list[Decimal]:
    return list(map(Decimal, find(root)))


def _lines(root: etree._Element, columns: _Columns, said: Mapping[str, Decimal]) -> bool:
    """Each line has all its numbers, or the columns don't fit together: the schema lets it have none of them twice."""
    lines = columns.lines(root)
    if any(count != lines for count in _numbers(columns.count, root)):
        return False
    nets, quantities, prices = (_numbers(each, root) for each in (columns.nets, columns.quantities, columns.prices))
    bases = _numbers(columns.bases, root)
    if not len(nets) == len(quantities) == len(prices) == lines or len(bases) not in (0, lines):
        return False
    # Multiplied, not divided: a third of an amount has no end.
    due = list(map(mul, quantities, prices))
    return due == (list(map(mul, nets, bases)) if bases else nets) and (_NET not in said or sum(nets) == said[_NET])


def _totals(root: etree._Element, said: Mapping[str, Decimal]) -> bool:
    if any(name in said and sum(_numbers(find, root)) != said[name] for name, find in _LISTED):
        return False
    taxes = _numbers(_TAXES, root)
    sums = (
        (_WITHOUT_TAX, _NET, said.get(_CHARGES, ZERO) - said.get(_ALLOWANCES, ZERO)),
        (_WITH_TAX, _WITHOUT_TAX, sum(taxes)),
        (_PAYABLE, _WITH_TAX, said.get(_ROUNDING, ZERO) - said.get(_PREPAID, ZERO)),
    )
    return len(taxes) < 2 and all(
        whole not in said or part not in said or said[whole] == said[part] + more for whole, part, more in sums
    )


def _taxes(root: etree._Element, within: Tolerances) -> bool:
    """All of it is of one tax total."""
    parts = _numbers(_TAX_PARTS, root)
    if not parts:
        return True
    taxable, rates = _numbers(_TAXABLE, root), _numbers(_RATES, root)
    return (
        len(parts) == len(taxable) == len(rates)
        and not _OTHER_RATES(root)
        and [sum(parts)] == _numbers(_TAXES, root)
        and all(
            abs(part * _HUNDRED - base * rate) < within.tax * _HUNDRED
            for part, base, rate in zip(parts, taxable, rates, strict=True)
        )
    )
