"""Checking the other forms in which a receipt's proof is given: they name no statement, so that it is brought along."""

from dataclasses import replace

from edi_gateway.errors import Unproven
from edi_gateway.ledger import proof
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.keys import LedgerKey, parse_keys, signer
from edi_gateway.ledger.signature_types import ED25519
from edi_gateway.ledger.tree import leaf_hash
from edi_gateway.receipts import cose
from edi_gateway.receipts import receipt as receipts
from edi_gateway.receipts.cose import Sealed
from edi_gateway.receipts.statement import commit
from edi_gateway.syntax import json
from edi_gateway.workflows.check import CheckedReceipt, check_parsed


def check_tlog_proof(data: bytes, about: bytes, vkey: str | None) -> CheckedReceipt:
    """Check a bare tlog-proof for the statement of the JSON receipt `about`; its own proof doesn't matter.

    Keys are as for `check_receipt`; where `vkey` is None, it is the key in `about`. Raises Unproven at the first lie.
    """
    receipt = receipts.parse(about)
    key = signer(proof.parse(data).checkpoint, _keys(receipt.vkey, vkey))
    return check_parsed(replace(receipt, proof=data.decode(), vkey=key.verifier.vkey), vkey)


def check_cose(data: bytes, about: bytes, vkey: str | None) -> CheckedReceipt:
    """Check a COSE receipt (RFC 9942) likewise.

    (1) The statement, canonical, and the salt give the leaf; the proof leads from there to a root hash.
    (2) That root hash is signed by a key that the checker trusts at this size.
    (3) Key, receipt and statement name one log; receipt and statement one entry.
    """
    about_parsed = receipts.parse(about)
    sealed = cose.parse(data)
    # (1)
    leaf = leaf_hash(commit(about_parsed.statement, about_parsed.salt))
    root = proof.computed_root(leaf, sealed.index, sealed.size, sealed.path)
    # (2)
    key = _key_of(sealed, _keys(about_parsed.vkey, vkey))
    sealed.verify(root, key.verifier.public_key)
    # (3)
    statement = json.parse(about_parsed.statement)
    if not isinstance(statement, dict) or not statement.get("origin") == sealed.issuer == key.verifier.name:
        raise Unproven("the statement, the receipt and the key are of different logs")
    if sealed.subject != f"urn:uuid:{statement.get('id')}" or sealed.index != about_parsed.index:
        raise Unproven("the statement and the COSE receipt are of different entries")
    found = replace(about_parsed, proof="", vkey=key.verifier.vkey)
    return CheckedReceipt(found, statement, leaf, Checkpoint(sealed.issuer, sealed.size, root), vkey is not None)


def _keys(own: str, trusted: str | None) -> tuple[LedgerKey, ...]:
    return parse_keys(own if trusted is None else trusted)


def _key_of(sealed: Sealed, keys: tuple[LedgerKey, ...]) -> LedgerKey:
    named = [key for key in keys if key.verifier.key_id == sealed.key_id and key.verifier.type == ED25519]
    if not named:
        raise Unproven("no known key signed the COSE receipt")
    if not named[0].signs(sealed.size):
        raise Unproven(f"key not valid then: the tree of size {sealed.size} is signed by {named[0]}")
    return named[0]
