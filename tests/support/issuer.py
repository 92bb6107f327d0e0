"""An OpenID Connect issuer: a real server on this machine, with keys of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests.support.programs import PATIENCE

ROLES = {"edi-officers": "officer", "edi-operators": "operator"}
AUDIENCE = "edi-gateway"


class Issuer:
    """`asked` are the paths that were asked for; `described` replaces members of its description."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.described: dict[str, Any] = {}
        self.keys: dict[str, Key] = {}
        self.up = True
        self.url = ""

    def add(self, kid: str, kind: str = "EC") -> None:
        parameters = {"kid": kid, "use": "sig"}
        match kind:
            case "EC":
                self.keys[kid] = ECKey.generate_key("P-256", parameters)
            case "RSA":
                self.keys[kid] = RSAKey.generate_key(2048, parameters)
            case _:
                self.keys[kid] = OKPKey.generate_key("Ed25519", parameters)

    def settings(self) -> dict[str, Any]:
        return {"oidc_issuer": self.url, "oidc_audience": AUDIENCE, "oidc_roles": ROLES}

    def claims(self, now: datetime, **other: Any) -> dict[str, Any]:
        at = int(now.timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "anna",
            "iat": at,
            "exp": at + 300,
            "roles": ["edi-officers"],
        }
        return {name: value for name, value in (claims | other).items() if value is not None}

    def token(self, now: datetime, kid: str = "one", algorithm: str = "ES256", **claims: Any) -> str:
        header = {"alg": algorithm, "kid": kid}
        return jwt.encode(header, self.claims(now, **claims), self.keys[kid], algorithms=[algorithm])

    def answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        if not self.up:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.described
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys.values()]}
        return 404, {}


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer with one key, `one`, for ES256."""
    issuer = Issuer()
    issuer.add("one")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, answer = issuer.answer(self.path)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join(PATIENCE)
