"""For which gateway a request was signed: the name counts as it is, with its port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.errors import Misuse, Rejection
from edi_gateway.model.request import HttpRequest
from edi_gateway.settings import load
from edi_gateway.signatures.addressed import check_addressed


def request(authority: str, scheme: str = "https") -> HttpRequest:
    return HttpRequest("GET", scheme, authority, "/v1/documents")


def test_the_schemes_own_port_is_not_named() -> None:
    check_addressed(request("gw.example.com:443"), {"gw.example.com"})
    check_addressed(request("gw.example.com:80", "http"), {"gw.example.com"})
    with pytest.raises(Rejection, match="misdirected-request"):
        check_addressed(request("gw.example.com:80"), {"gw.example.com"})


@given(st.text(max_size=300))
def test_whatever_a_host_is_nothing_but_this_machine_is_taken_unnamed(authority: str) -> None:
    if not authority.lower().startswith(("localhost", "127.", "::", "[::", "0:", "[0")):
        with pytest.raises(Rejection, match="misdirected-request") as refusal:
            check_addressed(request(authority), ())
        assert len(refusal.value.detail) <= 800


@pytest.mark.parametrize(
    "host",
    ["", "https://gw.example.com", "gw.example.com/", "gw.example.com:", "*.example.com", "::1", "a b", "gw:8443x"],
)
def test_a_setting_that_is_no_host_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(Misuse, match="public_hosts"):
        load(public_hosts=(host,))


def test_a_setting_is_compared_as_a_signature_names_it() -> None:
    hosts = load(public_hosts=("GW.example.com:443", "[2001:DB8::1]:8443")).public_hosts
    assert hosts == ("gw.example.com", "[2001:db8::1]:8443")
