import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.documents import contract
from edi_gateway.documents.schema import folder
from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Transmission, Verified
from edi_gateway.signing.jws import sign
from tests.support import jws
from tests.support.jws import DOCUMENT, NOW

EXAMPLE = json.loads((folder() / "contract-1.schema.json").read_text(encoding="utf-8"))["examples"][0]
CODES = {"not-jws", "not-json", "unsigned", "signature-profile", "algorithm-unknown", "signature-invalid"}

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=5
)


def content(body: bytes, media_type: str) -> bytes:
    """What is verified of this body, or the honest document where it is refused."""
    try:
        envelope = jws.unwrap(Transmission(body, media_type, NOW))
        return jws.verify(envelope, [jws.partner_key(jws.key("ed25519"))]).content
    except Rejection as refused:
        if refused.code not in CODES:
            raise
        return DOCUMENT


@given(st.binary(max_size=80) | st.text('eyJ.AZ-_{}":', max_size=40).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused(body: bytes) -> None:
    assert content(body, "application/jose") == DOCUMENT
    assert content(body, "application/jose+json") == DOCUMENT


@given(st.booleans(), st.integers(0, 10_000), st.binary(max_size=2), st.integers(0, 2))
@settings(max_examples=200, deadline=None)
def test_a_changed_token_is_refused_or_says_the_same(form: bool, place: int, octets: bytes, cut: int) -> None:
    body = sign(DOCUMENT, jws.key("ed25519"), flattened=form)
    place %= len(body)
    changed = body[:place] + octets + body[place + cut :]
    assert content(changed, "application/jose+json" if form else "application/jose") == DOCUMENT


names = st.sampled_from(["alg", "kid", "x5c", "x5t#S256", "crit", "b64", "cty", "typ", "iat", "sigT", "jwk", "é"])


@given(st.dictionaries(names, values, max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_header_is_refused_or_verified(header: dict[str, Any]) -> None:
    body = jws.token({"alg": "EdDSA", **header}, jws.key("ed25519"))
    assert content(body, "application/jose") == DOCUMENT


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for step, child in steps for deeper in paths(child, (*path, step)))]


@given(st.sampled_from(paths(EXAMPLE)[1:]), values)
@settings(max_examples=200, deadline=None)
def test_a_changed_contract_is_read_or_reported_and_nothing_else(path: tuple[Any, ...], value: Any) -> None:
    record = json.loads(json.dumps(EXAMPLE))
    holder = record
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    octets = json.dumps(record).encode()
    key = jws.partner_key(jws.key("ed25519"))
    try:
        result = contract.read(Verified("jws", "application/json", octets, key, "ed25519", "sha512"))
    except Rejection as refused:
        if refused.code != "document-malformed":
            raise
        return
    assert result.document is not None
    if not result.findings:
        assert result.document.number
        assert result.document.issue_date
        assert result.document.sender.identifiers
        assert all(party.identifiers for party in result.document.receivers)
    assert set(contract.peek(octets)) == set(result.document.sender.identifiers)
