"""What a single value may be in a query, or in the JSON that is posted."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from edi_gateway.model.moment import parse_timestamp

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def to_moment(value: object) -> datetime:
    """The moment in RFC 3339 text. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("a time is RFC 3339 text with a zone")
    return parse_timestamp(value)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("there are control characters in it")
    return text


def _digits(value: object) -> object:
    # pydantic, left alone, reads 7_0, 1.0 and " 7", too.
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError("a number has plain decimal digits, and no zeros in front")
    return value


Digits = Annotated[int, BeforeValidator(_digits)]
"""A number in a query."""
Moment = Annotated[datetime, BeforeValidator(to_moment, json_schema_input_type=str)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
