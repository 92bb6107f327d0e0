"""A partner reads from a running gateway with the key that signs its documents."""

import json

from tests.support.gateway import order_response
from tests.support.servers import serving
from tests.support.shell import Shell


def test_a_partner_reads_what_it_sent_without_a_token(trading: Shell) -> None:
    key, certificate = trading.identity("acme")
    stranger, _ = trading.identity("stranger")
    with serving(trading.folder) as (_, url):
        at = ("--url", url, "--key", key)
        trading.ok("send", trading.write("or.xml", order_response("OR-1")), *at, "--cert", certificate)
        (one,) = json.loads(trading.ok("fetch", "/v1/documents?number=OR-1&limit=3", *at))["documents"]
        assert (one["sender"], one["verdict"]) == ("acme", "accepted")
        receipt = trading.folder / "fetched.json"
        assert trading.ok("fetch", one["links"]["receipt"], *at, "-o", receipt) == ""
        assert receipt.read_bytes() == (trading.folder / "or.xml.receipt.json").read_bytes()
        assert "role-insufficient" in trading.refused("fetch", "/v1/partners", *at)
        assert "not-found" in trading.refused("fetch", "/v1/documents/0", *at)
        assert "unknown-signer" in trading.refused("fetch", "/v1/documents", "--url", url, "--key", stranger)
        assert "begins with /v1/" in trading.refused("fetch", "https://elsewhere.example.com/v1/documents", *at)
    assert "can't be reached" in trading.refused("fetch", "/v1/documents", *at)
