"""People whom an OpenID Connect issuer vouches for: only with its signature, for us, now, and with a role."""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from edi_gateway.access import create_token
from edi_gateway.errors import Misuse
from edi_gateway.settings import load
from edi_gateway.transports import oidc
from edi_gateway.workflows.verify import verify_ledger
from tests.support import certificates, pki
from tests.support.client import Client, assert_problem, serving
from tests.support.gateway import NOW, order, pem, private_key
from tests.support.issuer import Issuer, issuing


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def client(tmp_path: Path, issuer: Issuer) -> Iterator[Client]:
    with serving(tmp_path / "data", **issuer.settings()) as client:
        yield client


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def status(client: Client, token: str, path: str = "/v1/documents") -> tuple[int, str | None]:
    answer = client.get(path, token)
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("EC", "ES256"), ("RSA", "RS256"), ("RSA", "PS256"), ("OKP", "Ed25519")]
)
def test_whoever_the_issuer_vouches_for_comes_in(client: Client, issuer: Issuer, kind: str, algorithm: str) -> None:
    issuer.add("one", kind)
    token = issuer.token(client.clock.now, algorithm=algorithm)
    assert status(client, token) == (200, None)
    assert status(client, token, "/metrics") == (403, "role-insufficient")


def test_what_they_read_is_noted_under_their_name(client: Client, issuer: Issuer) -> None:
    id = client.post_signed(order(), "globex").headers["location"].rpartition("/")[2]
    token = issuer.token(client.clock.now)
    assert client.get(f"/v1/documents/{id}/receipt", token).status_code == 200
    (step,) = client.get("/v1/audit", token).json()["steps"]
    assert (step["actor"], step["role"], step["subject"]) == ("anna", "officer", id)
    assert step["credential"].startswith("oidc:")


def test_tokens_of_ours_are_good_all_the_same(client: Client, issuer: Issuer) -> None:
    assert status(client, client.token("officer")) == (200, None)
    assert issuer.asked == []


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"exp": 1_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 9_999_999_999},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_now_is_refused(client: Client, issuer: Issuer, claims: dict[str, Any]) -> None:
    assert status(client, issuer.token(client.clock.now, **claims)) == (401, "token-invalid")


@pytest.mark.parametrize(
    "roles", [None, [], ["others"], "others", 7, {"edi-officers": True}, ["edi-officers", "edi-operators"]]
)
def test_without_one_role_nobody_comes_in(client: Client, issuer: Issuer, roles: object) -> None:
    assert status(client, issuer.token(client.clock.now, roles=roles)) == (403, "role-insufficient")


def test_a_role_may_be_inside_of_other_claims(tmp_path: Path, issuer: Issuer) -> None:
    named = {"oidc_role_claim": "realm_access.roles", "oidc_name_claim": "preferred_username"}
    with serving(tmp_path / "data", **issuer.settings(), **named) as client:
        claims = {"realm_access": {"roles": ["edi-operators"]}, "preferred_username": "anna@example.com"}
        assert client.get("/metrics", issuer.token(client.clock.now, **claims)).status_code == 200
        assert status(client, issuer.token(client.clock.now)) == (401, "token-invalid")


def test_a_signature_by_another_key_is_refused(client: Client, issuer: Issuer) -> None:
    forged = ECKey.generate_key("P-256", {"kid": "one"})
    token = jwt.encode({"alg": "ES256", "kid": "one"}, issuer.claims(client.clock.now), forged)
    assert status(client, token) == (401, "token-invalid")


def test_a_token_without_a_signature_is_refused(client: Client, issuer: Issuer) -> None:
    for header in ({"alg": "none"}, {"alg": "None", "kid": "one"}, {"alg": "ES256", "kid": "one"}):
        assert status(client, f"{part(header)}.{part(issuer.claims(client.clock.now))}.") == (401, "token-invalid")


def test_a_mac_with_the_public_key_is_refused(client: Client, issuer: Issuer) -> None:
    public = issuer.keys["one"].as_pem(private=False)
    text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(issuer.claims(client.clock.now))}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, text.encode(), "sha256")).rstrip(b"=").decode()
    assert status(client, f"{text}.{mac}") == (401, "token-invalid")


def test_a_mac_is_refused_even_if_the_issuer_publishes_its_key(client: Client, issuer: Issuer) -> None:
    issuer.keys["shared"] = OctKey.generate_key(256, {"kid": "shared"})
    issuer.answer = lambda path: (
        200,
        {"keys": [key.as_dict() for key in issuer.keys.values()]}
        | {  # type: ignore[method-assign] # as a careless issuer
            "issuer": issuer.url,
            "jwks_uri": f"{issuer.url}/keys",
        },
    )
    token = jwt.encode(
        {"alg": "HS256", "kid": "shared"}, issuer.claims(client.clock.now), issuer.keys["shared"], algorithms=["HS256"]
    )
    assert status(client, token) == (401, "token-invalid")


@pytest.mark.parametrize("token", ["..", "a.b.c", "e30.e30.e30", "x" * 9 + ".y." + "z" * 20_000, "ÿ.ÿ.ÿ"])
def test_what_is_no_token_is_refused(client: Client, token: str) -> None:
    headers = {"Authorization": b"Bearer " + token.encode("latin-1")}
    assert_problem(client.request("GET", "/v1/documents", headers=headers), 401, "token-invalid")


def test_keys_are_fetched_once_and_again_for_a_key_that_is_new(
    client: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "PAUSE", -1.0)
    for _ in range(3):
        assert status(client, issuer.token(client.clock.now)) == (200, None)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    issuer.add("two")
    assert status(client, issuer.token(client.clock.now, "two")) == (200, None)
    assert len(issuer.asked) == 4


def test_unknown_keys_do_not_have_the_issuer_asked_each_time(client: Client, issuer: Issuer) -> None:
    issuer.add("two")
    token = issuer.token(client.clock.now, "two")
    del issuer.keys["two"]
    for _ in range(5):
        assert status(client, token) == (401, "token-invalid")
    assert len(issuer.asked) == 2


def test_while_the_issuer_is_down_the_keys_at_hand_are_good(
    client: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token(client.clock.now)
    assert status(client, token) == (200, None)
    issuer.up = False
    monkeypatch.setattr(oidc, "FRESH", -1.0)
    monkeypatch.setattr(oidc, "PAUSE", -1.0)
    assert status(client, token) == (200, None)
    monkeypatch.setattr(oidc, "KEPT", -1.0)
    assert status(client, token) == (503, "unavailable")


@pytest.mark.parametrize(
    "described",
    [{"issuer": "https://elsewhere.example"}, {"jwks_uri": "https://elsewhere.example/keys"}, {"jwks_uri": 7}],
)
def test_keys_are_taken_from_the_issuer_only(client: Client, issuer: Issuer, described: dict[str, Any]) -> None:
    issuer.described = described
    assert status(client, issuer.token(client.clock.now)) == (503, "unavailable")
    assert issuer.asked == ["/.well-known/openid-configuration"]


def test_keys_are_taken_from_where_the_settings_say(tmp_path: Path, issuer: Issuer) -> None:
    with serving(tmp_path / "data", **issuer.settings(), oidc_keys_url=f"{issuer.url}/keys") as client:
        assert status(client, issuer.token(client.clock.now)) == (200, None)
    assert issuer.asked == ["/keys"]


@pytest.mark.parametrize(
    "named",
    [
        {"oidc_issuer": "http://login.example.com"},
        {"oidc_issuer": "http://127.0.0.1.example.com"},
        {"oidc_keys_url": "http://login.example.com/keys"},
        {"oidc_audience": ""},
        {"oidc_roles": {}},
        {"oidc_roles": {"x": "partner"}},
    ],
    ids=str,
)
def test_settings_that_would_let_in_others_are_refused(named: dict[str, Any]) -> None:
    good = {"oidc_issuer": "https://login.example.com", "oidc_audience": "us", "oidc_roles": {"x": "officer"}}
    assert load(**good).oidc_issuer
    with pytest.raises(Misuse):
        load(**good | named)


# Four eyes: who somebody is says the issuer, whatever they are called.

OPERATORS = {"roles": ["edi-operators"]}


@pytest.fixture
def careful(tmp_path: Path, issuer: Issuer) -> Iterator[Client]:
    with serving(tmp_path / "data", four_eyes=True, oidc_name_claim="name", **issuer.settings()) as client:
        yield client


def propose(client: Client, token: str) -> str:
    """A key of acme's; gives the path at which it is approved."""
    answer = client.post_json("/v1/partners/acme/keys", {"publicKey": pem("acme's next").decode()}, token)
    assert answer.json()["statement"]["type"] == "key.proposed"
    return f"/v1/keys/{answer.json()['statement']['key']['fingerprint']}/approve"


def test_whoever_proposed_a_key_cannot_approve_it_under_a_new_name(careful: Client, issuer: Issuer) -> None:
    def anna(name: str) -> str:
        return issuer.token(careful.clock.now, sub="f81d4fae", name=name, **OPERATORS)

    path = propose(careful, anna("Anna Schmidt"))
    assert_problem(careful.post_json(path, {}, anna("Anna Meier")), 403, "second-person-needed")
    berta = issuer.token(careful.clock.now, sub="0d7ec3a2", name="Berta", **OPERATORS)
    said = careful.post_json(path, {}, berta).json()["statement"]
    assert (said["type"], said["by"]) == ("key.activated", "Berta")
    assert said["byIdentity"].startswith("oidc:")
    verify_ledger(careful.gateway.ledger, careful.gateway.notary.origin, full=True)


def test_two_people_of_one_name_are_two(careful: Client, issuer: Issuer) -> None:
    first, second = (issuer.token(careful.clock.now, sub=sub, name="A. Kim", **OPERATORS) for sub in ("kim1", "kim2"))
    path = propose(careful, first)
    assert_problem(careful.post_json(path, {}, first), 403, "second-person-needed")
    assert careful.post_json(path, {}, second).status_code == 201


def test_renewals_and_grants_are_approved_by_another_person_too(careful: Client, issuer: Issuer) -> None:
    now = careful.clock.now
    old, new = (issuer.token(now, sub="f81d4fae", name=name, **OPERATORS) for name in ("Anna", "Anna Meier"))
    other = issuer.token(now, sub="0d7ec3a2", name="Anna", **OPERATORS)
    key = careful.gateway.directory.refreshed().keys_of["acme"][0].fingerprint
    made = certificates.certificate(private_key("acme"), since=NOW, until=NOW + timedelta(days=2000))
    renewal = careful.post_json(f"/v1/keys/{key}/renew", {"certificate": certificates.pem(made).decode()}, old).json()
    root = {"name": "ca", "certificate": pki.root().pem.decode()}
    assert careful.post_json("/v1/trust/roots", root, old).status_code == 201
    grant = {"partner": "acme", "root": "ca", "kind": "subject", "value": "CN=Acme"}
    granted = careful.post_json("/v1/trust/grants", grant, old).json()["statement"]
    assert granted["type"] == "trust.proposed"
    for path in (f"/v1/keys/{key}/approve?renewal={renewal['index']}", f"/v1/trust/grants/{granted['id']}/approve"):
        for token in (old, new):
            assert_problem(careful.post_json(path, {}, token), 403, "second-person-needed")
        assert careful.post_json(path, {}, other).status_code == 201


def test_where_a_token_stands_for_somebody_names_are_all_there_is(careful: Client, issuer: Issuer) -> None:
    path = propose(careful, create_token(careful.gateway, "operator", "anna"))
    anna = issuer.token(careful.clock.now, sub="f81d4fae", name="Anna", **OPERATORS)
    assert_problem(careful.post_json(path, {}, anna), 403, "second-person-needed")
    berta = issuer.token(careful.clock.now, sub="0d7ec3a2", name="Berta", **OPERATORS)
    assert careful.post_json(path, {}, berta).status_code == 201
