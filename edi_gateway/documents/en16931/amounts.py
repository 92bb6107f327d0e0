"""Numbers and days as XML Schema writes them, and the arithmetic of XPath on them."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from functools import lru_cache
from typing import Final

from edi_gateway.documents.en16931.values import BLANKS, Value

MAX_NUMBER: Final = 200
"""Characters of a number. A longer one isn't read: no amount of money has so many, with all zeros behind it."""

# Products of two such numbers stay exact, and so do sums of a million of them.
_EXACT: Final = Context(prec=3 * MAX_NUMBER)
_DECIMAL = re.compile(r"[ \t\r\n]*([+-]?(?:\d+(?:\.\d*)?|\.\d+))[ \t\r\n]*", re.ASCII)
_DOUBLE = re.compile(r"[ \t\r\n]*([+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?|INF)|NaN)[ \t\r\n]*", re.ASCII)
_DATE = re.compile(r"(-?(?:\d{4}|[1-9]\d{4,8}))-(\d\d)-(\d\d)(?:Z|([+-])(\d\d):(\d\d))?", re.ASCII)
_CYCLE: Final = 400
"""Years after which the calendar repeats itself."""
_DAYS_OF_CYCLE: Final = 146_097
_HALF: Final = Decimal("0.5")
_CENT: Final = Decimal("0.01")
_EXPONENT: Final = -2
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)


@contextmanager
def exact() -> Iterator[None]:
    """Compute without rounding."""
    with localcontext(_EXACT):
        yield


@lru_cache(maxsize=4096)
def decimal_of(text: str | None) -> Decimal | None:
    """XML Schema 2 §3.2.3; None where there is none. An invoice repeats its numbers: what was read is remembered."""
    if not text or len(text) > MAX_NUMBER:
        return None
    match = _DECIMAL.fullmatch(text)
    return Decimal(match[1]) if match else None


@lru_cache(maxsize=4096)
def _plain(text: str) -> str | None:
    value = decimal_of(text)
    # Zero has no sign here, and no number has two forms: as text it is found much faster than as a Decimal.
    return None if value is None else str(_EXACT.normalize(value) if value else ZERO)


def rate_of(value: Value | None) -> str | None:
    """A number as something to look it up by, the same for 25 and 25.00; None where it can't be read."""
    return None if value is None else _plain(value.text)


def number(value: Value | None) -> Decimal | None:
    """The number that a value is."""
    return None if value is None else decimal_of(value.text)


@lru_cache(maxsize=4096)
def _double_of(text: str) -> float | None:
    match = _DOUBLE.fullmatch(text)
    return float(match[1]) if match else None


def double(value: Value | None) -> float | None:
    """The number that a value is where the official rules compare it as it is written, without making it a decimal.

    XPath reads it as a double then (XPath 2.0 §3.5.2; XML Schema 2 §3.2.5), be it written 1E2 or INF.
    """
    return None if value is None or len(value.text) > MAX_NUMBER else _double_of(value.text)


def total(values: Iterable[Value]) -> Decimal:
    """The sum of what can be read."""
    return sum(filter(None, map(number, values)), ZERO)


def cents(amount: Decimal) -> Decimal:
    """Rounded to two decimals as XPath's round does it: a half goes up, a negative one towards zero (F&O §6.4.4)."""
    if amount.same_quantum(_CENT):
        return amount
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= _EXPONENT:
        return amount
    return hundredth(whole(amount * HUNDRED))


def whole(amount: Decimal) -> Decimal:
    """Rounded to an integer as XPath's round does it."""
    return (amount + _HALF).to_integral_value(ROUND_FLOOR)


def hundredth(amount: Decimal) -> Decimal:
    """Divided by 100: moving the point takes no longer where numbers may be long."""
    return amount.scaleb(_EXPONENT)


def shown(amount: Decimal) -> str:
    """An amount as people write it, with two decimals at least."""
    return f"{amount:.2f}" if cents(amount) == amount else f"{amount:f}"


def day_of(text: str | None) -> tuple[int, int] | None:
    """A day (XML Schema 2 §3.2.9) as something that can be compared: UTC's day and minute on which it begins.

    In any year that a schema accepts, also before the first one and after 9999.
    """
    match = _DATE.fullmatch(text.strip(BLANKS)) if text else None
    if match is None:
        return None
    year, month, day, sign, hours, minutes = match.groups()
    cycles, year_of_cycle = divmod(int(year), _CYCLE)
    try:
        ordinal = date(_CYCLE + year_of_cycle, int(month), int(day)).toordinal() + cycles * _DAYS_OF_CYCLE
    except ValueError:
        return None
    offset = int(f"{sign}1") * (60 * int(hours) + int(minutes)) if sign else 0
    return divmod(ordinal * 24 * 60 - offset, 24 * 60)
