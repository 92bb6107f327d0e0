"""Exchanging the ledger's key of a gateway, as the command line does it."""

import base64
import json
from collections.abc import Callable
from typing import TypeVar

from edi_gateway.gateway import Gateway
from edi_gateway.storage import signers
from edi_gateway.storage.signers import key_access
from edi_gateway.workflows.key_ports import OwnKey
from edi_gateway.workflows.rotate import add_key, find_key, keep_signatures, retire_key
from tests.support.recording import examined
from tests.support.recording import one as recorded_one

Made = TypeVar("Made")


def add(gateway: Gateway) -> OwnKey:
    """Another key, in a file, that signs from now on."""
    access, origin = key_access(gateway.settings), gateway.notary.origin
    source = signers.make(None, origin, access)
    verifier = signers.open_signer(source, origin, access).verifier
    gateway.record(add_key(verifier, source, gateway.key_office()))
    gateway.notary.refresh()
    return find_key(verifier.vkey, gateway.notary.history)


def retire(gateway: Gateway, one: OwnKey) -> OwnKey:
    """The key signs no more, from now on; nothing is kept yet."""
    gateway.record(retire_key(one, gateway.key_office()))
    return again(gateway, one)


def keep(gateway: Gateway, one: OwnKey) -> OwnKey:
    """All that the key has signed is kept."""
    signer = gateway.notary.signer_of(one)
    assert signer
    keep_signatures(one, signer, gateway.ledger, gateway.notary.kept)
    return again(gateway, one)


def destroy(gateway: Gateway, one: OwnKey) -> None:
    signers.destroy(one.source, key_access(gateway.settings))


def again(gateway: Gateway, one: OwnKey) -> OwnKey:
    """The key as it is now."""
    gateway.notary.refresh()
    return find_key(one.id, gateway.notary.history)


def first(gateway: Gateway) -> OwnKey:
    return gateway.notary.history.keys[0]


def record(gateway: Gateway, number: str) -> bytes:
    return recorded_one(gateway.recorder, examined(number)).receipt


def across(gateway: Gateway, record: Callable[[Gateway, str], Made]) -> dict[str, Made]:
    """What is recorded before a second key signs, while both do, and after the first one was retired."""
    made = {"before": record(gateway, "before")}
    add(gateway)
    made["while"] = record(gateway, "while")
    retire(gateway, first(gateway))
    return made | {"after": record(gateway, "after")}


def signed_by(receipt: bytes) -> list[str]:
    """The ids of the keys that signed, in the order of their lines."""
    lines = [line for line in json.loads(receipt)["proof"].splitlines() if line.startswith("— ")]
    return [base64.b64decode(line.rpartition(" ")[2])[:4].hex() for line in lines]
