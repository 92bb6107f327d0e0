"""People whom an OpenID Connect issuer vouches for: a signed token (RFC 7519) names them and their groups.

Verified by joserfc, where Authlib's own JOSE has moved; nothing else of Authlib is needed to check a token.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry, Token

from edi_gateway.access.rights import Denied
from edi_gateway.access.tokens import PREFIX, find_caller
from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.model.account import AccountRole
from edi_gateway.model.caller import Caller
from edi_gateway.transports.oidc import IssuerKeys

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures by a private key that the issuer alone has. Never `none`, and no MAC: its key would be in the key set."""

LEEWAY = 60
"""Seconds by which clocks may differ."""

MAX_TOKEN, MAX_NAME = 16_384, 200
"""Characters."""


def bearer(gateway: Gateway, credential: str) -> Caller:
    """Whose credential this is: a token of ours or, where an issuer is named, one of its. Raises Denied, and Fault."""
    if gateway.issuer is None or credential.startswith(PREFIX) or credential.count(".") != 2:
        return find_caller(gateway, credential)
    return vouched_for(gateway, gateway.issuer, credential)


def vouched_for(gateway: Gateway, issuer: IssuerKeys, credential: str) -> Caller:
    """Who the issuer says is calling, if its token is for us, and good now. Raises Denied, and Fault."""
    if len(credential) > MAX_TOKEN:
        raise Denied("token-invalid")
    try:
        try:
            token = _decoded(credential, issuer.current())
        except InvalidKeyIdError:
            token = _decoded(credential, issuer.current(lacking=True))
        _check(gateway, token, gateway.clock())
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Denied("token-invalid") from error
    return _caller(gateway, token.claims)


def _decoded(credential: str, keys: Mapping[str, Any]) -> Token:
    # Keys of a kind that we don't know don't make the others useless; nor may one be symmetric.
    known = [one for one in keys["keys"] if isinstance(one, dict) and one.get("kty") in ("RSA", "EC", "OKP")]
    if not known:
        raise Fault("the issuer of identities has no key that could verify a token")
    return jwt.decode(credential, KeySet.import_key_set({"keys": known}), algorithms=list(ALGORITHMS))


def _check(gateway: Gateway, token: Token, now: datetime) -> None:
    settings = gateway.settings
    claims = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.oidc_issuer},
        aud={"essential": True, "value": settings.oidc_audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    claims.validate(token.claims)


def _caller(gateway: Gateway, claims: Mapping[str, Any]) -> Caller:
    settings = gateway.settings
    name = claims.get(settings.oidc_name_claim)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable() or name.isspace():
        raise Denied("token-invalid", f"The token has no name in the claim {settings.oidc_name_claim}.")
    # Two names that look the same are one: whoever proposes must not approve under another spelling.
    name = " ".join(normalize("NFKC", name).split())
    roles = {
        settings.oidc_roles[one] for one in _groups(claims, settings.oidc_role_claim) if one in settings.oidc_roles
    }
    if len(roles) != 1:
        what = "no role" if not roles else "more than one role"
        raise Denied("role-insufficient", f"The claim {settings.oidc_role_claim} of the token gives {what} here.")
    role: AccountRole = roles.pop()
    who = sha256(f"{claims['iss']}\0{claims['sub']}".encode()).hexdigest()
    identity = f"oidc:{who[:16]}"
    return Caller(name, role, identity=identity, credential=identity)


def _groups(claims: Mapping[str, Any], path: str) -> list[str]:
    """The strings in a claim: a name, or names with dots between where it is inside of others."""
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list) else [found]
    return [one for one in several if isinstance(one, str)]
