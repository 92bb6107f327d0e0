"""Receipts: signed only for what is committed, and checked by ourselves before they leave."""

from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edi_gateway.ledger import checkpoint, proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.note import Verifier, verifier_of
from edi_gateway.ledger.tree import Head
from edi_gateway.model.record import Entry
from edi_gateway.receipts import cose
from edi_gateway.receipts.cose import Issuer, Place
from edi_gateway.receipts.receipt import Receipt, to_json


@dataclass(frozen=True)
class Notary:
    """Whoever signs for the ledger: its name and its key."""

    origin: str
    private_key: Ed25519PrivateKey = field(repr=False)

    @cached_property
    def verifier(self) -> Verifier:
        return verifier_of(self.origin, self.private_key.public_key())

    @cached_property
    def vkey(self) -> str:
        """What receipts name for convenience; a checker brings its own."""
        return self.verifier.vkey


def sign_head(notary: Notary, head: Head) -> bytes:
    """The signed checkpoint of a committed head. Ed25519 is deterministic: a lost one can be made again, the same."""
    statement = Checkpoint(notary.origin, head.size, head.root)
    signed = checkpoint.sign(statement, notary.private_key)
    checkpoint.open(signed, notary.origin, [notary.verifier])
    return signed


def receipt(notary: Notary, entry: Entry, path: tuple[bytes, ...], head: Head, signed: bytes) -> bytes:
    """The receipt for an entry under a signed head, as JSON. Raises Unproven rather than hand out a wrong one."""
    proof.verify_inclusion(entry.leaf_hash, entry.index, head.size, path, head.root)
    inclusion = proof.marshal(proof.InclusionProof(entry.index, path, signed)).decode()
    return to_json(Receipt(entry.statement, entry.salt, entry.index, inclusion, notary.vkey))


def cose_receipt(notary: Notary, entry: Entry, path: tuple[bytes, ...], head: Head) -> bytes:
    """The same in the form of RFC 9942, for an entry under a committed head. Raises Unproven likewise."""
    proof.verify_inclusion(entry.leaf_hash, entry.index, head.size, path, head.root)
    issuer = Issuer(notary.origin, notary.verifier.key_id, notary.private_key.sign)
    return cose.receipt(f"urn:uuid:{entry.id}", Place(entry.index, head.size, path, head.root), issuer)
