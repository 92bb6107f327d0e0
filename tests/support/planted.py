"""Secrets of a gateway in each form in which one might leave it."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from edi_gateway.gateway import Gateway
from edi_gateway.storage import signing_key

PASSPHRASE = "planted correct horse"
WEBHOOK = b"planted-secret-of-a-webhook-32b!"


def planted(gateway: Gateway, *texts: str) -> dict[str, bytes]:
    """What must not be found in anything that leaves the gateway, by name; `texts` are secrets as people have them."""
    key = signing_key.load(gateway.settings.keys_dir / "ledger.key", PASSPHRASE)
    raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    secrets = {"ledger key": raw, "webhook": WEBHOOK} | dict(_payload_secrets(gateway))
    found = {f"{name}, {form}": content for name, one in secrets.items() for form, content in _forms(one)}
    found |= {f"text {number}": text.encode() for number, text in enumerate((PASSPHRASE, *texts))}
    return found


def _payload_secrets(gateway: Gateway) -> Iterable[tuple[str, bytes]]:
    vault = gateway.vault
    for known in vault.keys.known():
        yield f"payload key {known.id}", vault._key(known.id)._key
        for one in vault.keys.wrapped_by(known.id, "", 1):
            yield f"data key of {one.document}", vault.unwrap(known.id, one.wrapped)


def _forms(secret: bytes) -> Iterable[tuple[str, bytes]]:
    yield "raw", secret
    yield "hex", secret.hex().encode()
    yield "HEX", secret.hex().upper().encode()
    # Without the last characters, which depend on what follows.
    yield "base64", b64encode(secret)[:40]
    yield "base64url", urlsafe_b64encode(secret)[:40]
    yield "repr", repr(secret)[2:-1].encode()


def leaks(content: bytes, secrets: dict[str, bytes]) -> list[str]:
    return [name for name, secret in secrets.items() if secret in content]
