"""Which form of an answer the client prefers: the header Accept (RFC 9110 §12.5.1)."""

from collections.abc import Sequence

MAX_ACCEPT = 1000
"""Characters of the header that are looked at."""


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The offered media type that the client likes best; the first where it likes several alike, or says nothing.

    The first, too, where it likes none of them: RFC 9110 lets a server disregard the header rather than refuse.
    """
    ranges = _ranges((accept or "")[:MAX_ACCEPT])
    return max(offered, key=lambda media_type: _quality(media_type, ranges)) if ranges else offered[0]


def _ranges(accept: str) -> dict[str, float]:
    """Each media range with its weight. Parameters other than `q` don't tell what is offered here apart."""
    ranges = {}
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
        if name:
            ranges[name] = _weight(weights[0]) if weights else 1.0
    return ranges


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The weight of the most specific range that the media type is in."""
    candidates = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in candidates if name in ranges), 0.0)
