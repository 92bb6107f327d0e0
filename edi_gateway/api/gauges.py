"""What is asked anew at each scrape of publications, witnesses and timestamps: name, help, value."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from edi_gateway.api.metrics import Gauges
from edi_gateway.gateway import Gateway
from edi_gateway.ledger.policy import Witness
from edi_gateway.workflows.key_life import ending as ending_keys
from edi_gateway.workflows.key_warnings import counts, still_used
from edi_gateway.workflows.witnessed import key_name

FARTHEST = timedelta(days=365)
"""Keys that end later are no news."""


def publishing(gateway: Gateway, size: int) -> Gauges:
    """Of a ledger of that size."""
    newest = gateway.publications.newest()
    published = newest.size if newest else 0
    witnesses = gateway.witnessed.policy.witnesses if gateway.witnessed else ()
    sizes = {one: _cosigned(gateway, one) for one in witnesses}
    return {
        "edi_gateway_published_size": ("Entries under the newest published checkpoint.", published),
        "edi_gateway_published_lag": ("Entries that are not under a published checkpoint yet.", size - published),
        "edi_gateway_published_age_seconds": ("Age of the newest published checkpoint.", _age(gateway, published)),
        "edi_gateway_witness_size": ("Entries under the newest checkpoint that a witness cosigned.", _named(sizes)),
        "edi_gateway_witness_overdue_seconds": (
            "Age of the oldest published checkpoint after the newest that a witness cosigned.",
            _named({one: _age(gateway, known + 1) for one, known in sizes.items()}),
        ),
    }


def stamping(gateway: Gateway) -> Gauges:
    """Of each timestamp authority that is set; one that never gave a timestamp has no age."""
    now, authorities = gateway.clock(), [one.name for one in gateway.authorities]
    newest = {name: one.gen_time for name in authorities if (one := gateway.timestamps.newest_of(name))}
    ends = {name: end for name in authorities if (end := gateway.timestamps.next_end(name, now))}
    return {
        "edi_gateway_timestamp_age_seconds": (
            "Seconds since the newest timestamp of an authority.",
            {("authority", name): (now - at).total_seconds() for name, at in newest.items()},
        ),
        "edi_gateway_timestamp_end_seconds": (
            "Seconds until the first timestamp of an authority ends that was not renewed.",
            {("authority", name): (end - now).total_seconds() for name, end in ends.items()},
        ),
    }


def ending(gateway: Gateway) -> Gauges:
    """Of partners' keys that are trusted, or will be."""
    directory, now = gateway.directory.refreshed(), gateway.clock()
    ends: dict[str, float] = {}
    for key in ending_keys(directory, now, FARTHEST):
        assert key.ends_at
        ends.setdefault(key.partner, (key.ends_at - now).total_seconds())
    old = still_used(gateway.archive, directory, now)
    return {
        "edi_gateway_key_end_seconds": (
            "Seconds until the first of a partner's keys ends.",
            {("partner", partner): seconds for partner, seconds in ends.items()},
        ),
        "edi_gateway_keys_ending": (
            "Keys of partners that end within so many days.",
            {("days", str(days)): count for days, count in counts(directory, now).items()},
        ),
        "edi_gateway_keys_still_used": (
            "Keys that a partner's newest documents are signed with, though it has a newer one.",
            {("partner", partner): count for partner, count in Counter(one.old.partner for one in old).items()},
        ),
    }


def telling(gateway: Gateway) -> Gauges:
    """Of each webhook that is set."""
    waiting, given_up = gateway.notices.counts()
    names = [one.name for one in gateway.settings.webhooks]
    return {
        "edi_gateway_webhook_waiting": (
            "Notices that a webhook is still to be told of.",
            {("webhook", name): waiting.get(name, 0) for name in names},
        ),
        "edi_gateway_webhook_given_up": (
            "Notices that a webhook was not told of, after all attempts.",
            {("webhook", name): given_up.get(name, 0) for name in names},
        ),
    }


def _named(values: Mapping[Witness, float]) -> Mapping[tuple[str, str], float]:
    return {("witness", one.name): value for one, value in values.items()}


def _cosigned(gateway: Gateway, one: Witness) -> int:
    newest = gateway.publications.newest_of(key_name(one.verifier))
    return newest.size if newest else 0


def _age(gateway: Gateway, size: int) -> float:
    """Seconds since the first publication of at least that size; 0 where there is none."""
    first = gateway.publications.first_from(size)
    return max(0.0, (gateway.clock() - first.published_at).total_seconds()) if first else 0.0
