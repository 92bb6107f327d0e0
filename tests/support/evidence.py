"""Evidence bundles of a small gateway, and ways to tamper with them."""

from edi_gateway.gateway import Gateway
from edi_gateway.receipts import bundle
from edi_gateway.workflows.check_evidence import CheckedEvidence, Trust, check_evidence
from edi_gateway.workflows.evidence import gather
from tests.support.gateway import Format, order, order_in, transmission


def evidence_of(gateway: Gateway, number: str, format: Format = "xmldsig") -> bytes:
    """Record an order of globex's, and another after it, and gather the evidence for the first."""
    recorded = gateway.record(gateway.examine(transmission(order_in(format, number), "globex", format)))
    gateway.record(gateway.examine(transmission(order(f"{number}-later"), "globex")))
    return gathered(gateway, recorded.id)


def gathered(gateway: Gateway, id: str) -> bytes:
    packed = gather(gateway.evidence, id)
    assert packed is not None
    return packed


def check_files(files: dict[str, bytes], vkey: str | None) -> CheckedEvidence:
    return check_evidence(bundle.pack(files), Trust(vkey))
