"""Receipts: signed only for what is committed, and checked by ourselves before they leave."""

from edi_gateway.errors import Fault
from edi_gateway.ledger import checkpoint, note, proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.keys import open_by
from edi_gateway.ledger.note import Signature
from edi_gateway.ledger.proven import Proven
from edi_gateway.model.record import Entry
from edi_gateway.receipts import cose
from edi_gateway.receipts.cose import Issuer, Place
from edi_gateway.receipts.receipt import Receipt, to_json
from edi_gateway.workflows.key_ports import OwnKey
from edi_gateway.workflows.notary import Notary


def sign_head(notary: Notary, head: Proven) -> bytes:
    """The checkpoint of a committed head, signed by all keys in force at its size, oldest first. Raises Fault.

    Ed25519 is deterministic: a lost one can be made again, the same.
    """
    text = checkpoint.marshal(Checkpoint(notary.origin, head.size, head.root))
    keys = notary.signing(head.size)
    signed = note.compose(text, [_signature(notary, one, head.size, text) for one in keys])
    checkpoint.open(signed, notary.origin, [one.key.verifier for one in keys])
    return signed


def open_head(notary: Notary, signed: bytes) -> Checkpoint:
    """The checkpoint in a note that the ledger signed at some time. Raises Unproven where no key of that time did."""
    # Before the keys are looked at: one of them may have come since.
    notary.signing(checkpoint.parse(note.text_of(signed)).size)
    return open_by(signed, notary.keys)


def _signature(notary: Notary, one: OwnKey, size: int, text: str) -> Signature:
    signer = notary.signer_of(one)
    signature = signer.sign(text.encode()) if signer else notary.kept.signature(one.id, size)
    if signature is None:
        raise Fault(f"The key {one.id} is gone, and its signature of the tree of {size} was not kept.")
    return Signature(one.key.verifier, signature)


def receipt(notary: Notary, entry: Entry, path: tuple[bytes, ...], head: Proven, signed: bytes) -> bytes:
    """The receipt for an entry under a signed head, as JSON. Raises Unproven rather than hand out a wrong one."""
    proof.verify_inclusion(entry.leaf_hash, entry.index, head.size, path, head.root)
    inclusion = proof.marshal(proof.InclusionProof(entry.index, path, signed)).decode()
    return to_json(Receipt(entry.statement, entry.salt, entry.index, inclusion, notary.vkey_at(head.size)))


def cose_receipt(notary: Notary, entry: Entry, path: tuple[bytes, ...], head: Proven) -> bytes:
    """The same in the form of RFC 9942, for an entry under a committed head. Raises Unproven likewise."""
    proof.verify_inclusion(entry.leaf_hash, entry.index, head.size, path, head.root)
    signer = notary.signer_at(head.size)
    issuer = Issuer(notary.origin, signer.verifier.key_id, signer.sign)
    return cose.receipt(f"urn:uuid:{entry.id}", Place(entry.index, head.size, path, head.root), issuer)
