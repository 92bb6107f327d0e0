#!/usr/bin/env python3
"""Checks that a ledger holds a statement: one file to read, Python 3.11 or newer, and the package `cryptography`.

    python verify_receipt.py receipt.json 'gw.example.com/ledger+1234abcd+…'
    python verify_receipt.py evidence.zip 'gw.example.com/ledger+1234abcd+…'

The second argument is the ledger's verifier key. Take it from a source that you trust: all else follows from it. If
it was exchanged, give all that there were: any may have signed. Of an evidence bundle, this checks the receipt, and
that transmission and document are those of the statement. It does not check the signature on the document, the signer's
key, or the later checkpoints. Exits with 0 if the proof holds, with 1 if it doesn't, and says why.

How it is proved, step by step, with the functions that do it:

  statement   what the gateway says that it did: canonical JSON (RFC 8785)                    canonical_json
  commitment  0x01, then HMAC-SHA-256 of the statement under a secret salt: what the          leaf_of
              ledger holds. Without the salt it tells nothing of the statement.
  leaf        SHA-256 of 0x00 and the commitment (RFC 6962, section 2.1)                      leaf_of
  inclusion   hashing the leaf together with the hashes of the proof, one after the other,    root_of
              gives the root hash of the whole ledger (RFC 9162, section 2.1.3.2). Nobody
              can find another leaf, or another place, that gives the same root.
  checkpoint  the ledger's name, its number of entries, its root hash, and a signature        signed_checkpoint
              over these three lines by the ledger's key (c2sp.org/signed-note, RFC 8032)
"""

import base64
import hashlib
import hmac
import io
import json
import pathlib
import re
import sys
import zipfile
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST = 256 * 2**20
MEMBERS = {"version": int, "statement": dict, "salt": str, "index": int, "proof": str, "vkey": str}
DIGESTS = {"transmission/body": "transmission", "transmission/headers.json": "headers", "document": "document"}
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NotProved(Exception):
    """The file is not what it claims to be."""


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotProved(otherwise)


def octets(text: str, what: str, size: int | None = None) -> bytes:
    """Base64, in the one form that these octets have."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NotProved(f"{what} is not base64") from error
    check(base64.b64encode(data).decode() == text, f"{what} is not base64 in its one canonical form")
    check(size is None or len(data) == size, f"{what} does not have {size} bytes")
    return data


def number(text: str, what: str) -> int:
    check(bool(DECIMAL.fullmatch(text)) and int(text) < 2**63, f"{what} is not a decimal number")
    return int(text)


def parsed(data: bytes) -> Any:
    """JSON in which each name occurs once, so that nobody can read another statement out of it."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        check(len(dict(pairs)) == len(pairs), "a name occurs twice in one object of the JSON")
        return dict(pairs)

    def refuse(text: str) -> NoReturn:
        raise NotProved(f"the statement has a number that canonical JSON can't hold: {text[:40]}")

    try:
        value = json.loads(data.decode(), object_pairs_hook=members, parse_float=refuse, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()  # fails for half a character, which JSON can name
        return value
    except (ValueError, RecursionError) as error:
        raise NotProved(f"the receipt is not JSON: {error}") from error


def canonical_json(value: Any) -> bytes:
    """RFC 8785 for what statements are made of: names sorted by UTF-16 code units, no white space, no fractions."""

    def in_order(each: Any) -> Any:
        if isinstance(each, dict):
            return {name: in_order(each[name]) for name in sorted(each, key=lambda name: name.encode("utf-16-be"))}
        check(not isinstance(each, int) or abs(each) < 2**53, "the statement has a number beyond 2**53")
        return [in_order(one) for one in each] if isinstance(each, list) else each

    return json.dumps(in_order(value), ensure_ascii=False, separators=(",", ":")).encode()


def leaf_of(statement: bytes, salt: bytes) -> bytes:
    commitment = b"\x01" + hmac.digest(salt, statement, "sha256")
    return hashlib.sha256(b"\x00" + commitment).digest()


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root hash of a tree of `size` leaves that has this one at `index` and these hashes beside its way up."""
    check(0 <= index < size, f"entry {index} is outside a ledger of {size} entries")
    at, last, node = index, size - 1, leaf
    for sibling in path:
        check(last > 0, "the inclusion proof is too long")
        if at % 2 == 1 or at == last:  # the sibling is to the left
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while at % 2 == 0 and at > 0:  # a node without a partner moves up as it is
                at, last = at // 2, last // 2
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        at, last = at // 2, last // 2
    check(last == 0, "the inclusion proof is too short")
    return node


def key_of(vkey: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """The name, the id and the key in a verifier key: the id is made of the other two."""
    name, _, rest = vkey.partition("+")
    key_id, _, key = rest.partition("+")
    raw = octets(key, "the verifier key", 33)
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    check(raw[0] == 1 and key_id == expected.hex(), "the verifier key is not an Ed25519 key with its own id")
    return name, expected, Ed25519PublicKey.from_public_bytes(raw[1:])


def signed_checkpoint(note: str, claimed: str, vkeys: tuple[str, ...]) -> tuple[str, int, bytes]:
    """The ledger's name, its number of entries and its root hash, if the claimed key and one of the others signed."""
    text, _, signature_lines = note.rpartition("\n\n")
    check(note.endswith("\n") and not CONTROL.search(note), "the checkpoint is not a signed note")
    signatures = []
    for line in signature_lines[:-1].split("\n"):
        name, _, encoded = line.removeprefix("— ").partition(" ")
        signature = octets(encoded, "a signature of the checkpoint")
        check(line.startswith("— ") and "+" not in name and len(signature) > 4, f"malformed signature line: {line}")
        signatures.append((name, signature))
    lines = text.split("\n")
    check(len(lines) >= 3 and all(lines), "the checkpoint is not made of three or more lines")
    signers = set()
    for vkey in {claimed, *vkeys}:
        name, key_id, public_key = key_of(vkey)
        check(lines[0] == name, "the checkpoint is of another ledger than the key")
        own = [signature[4:] for of, signature in signatures if (of, signature[:4]) == (name, key_id)]
        for signature in own:
            try:
                public_key.verify(signature, f"{text}\n".encode())
            except InvalidSignature as error:
                raise NotProved(f"the signature of {name} on the checkpoint does not verify") from error
            signers.add(vkey)
    check(claimed in signers and bool(signers & {*vkeys}), "not signed by a key that you trust, and by its own")
    return lines[0], number(lines[1], "the size"), octets(lines[2], "the root hash", 32)


def verify_receipt(data: bytes, *vkeys: str) -> dict[str, Any]:
    """The statement, if the ledger of those keys holds it. Raises NotProved."""
    receipt = parsed(data)
    shaped = isinstance(receipt, dict) and {name: type(value) for name, value in receipt.items()} == MEMBERS
    check(shaped and receipt["version"] == 1, "the file is not a receipt of version 1")
    leaf = leaf_of(canonical_json(receipt["statement"]), octets(receipt["salt"], "the salt", 32))
    head, _, note = receipt["proof"].partition("\n\n")
    kind, _, rest = head.partition("\n")
    check(kind == "c2sp.org/tlog-proof@v1" and rest.startswith("index "), "the proof is not a tlog-proof")
    index, *path = rest.removeprefix("index ").split("\n")
    check(number(index, "the index") == receipt["index"], "receipt and proof differ in index")
    origin, size, root = signed_checkpoint(note, receipt["vkey"], vkeys)
    check(receipt["statement"].get("origin") == origin, "the statement is of another ledger than the checkpoint")
    hashes = [octets(line, "a hash of the proof", 32) for line in path]
    check(root_of(leaf, receipt["index"], size, hashes) == root, "the proof does not lead to the root hash")
    return dict(receipt["statement"])


def verify_bundle(data: bytes, *vkeys: str) -> dict[str, Any]:
    """The statement of an evidence bundle, if the receipt holds, and what arrived is what the statement names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check(sum(entry.file_size for entry in archive.infolist()) <= LARGEST, "the bundle is too large")
        check(len(set(archive.namelist())) == len(archive.namelist()), "a file is in the bundle twice")
        files = {name: archive.read(name) for name in ("receipt.json", "statement.json", *DIGESTS)}
    statement = verify_receipt(files["receipt.json"], *vkeys)
    check(files["statement.json"] == canonical_json(statement), "statement.json is not the statement of receipt.json")
    for name, what in DIGESTS.items():
        digest = "sha256:" + hashlib.sha256(files[name]).hexdigest()
        check(statement["digests"][what] == digest, f"{name} is not the one that the statement names")
    return statement


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        content = pathlib.Path(sys.argv[1]).read_bytes()
        proved = (verify_bundle if content[:2] == b"PK" else verify_receipt)(content, *sys.argv[2:])
        print(f"proved: {json.dumps(proved, indent=2, ensure_ascii=False)}")
    except Exception as lie:  # a hostile file can make the libraries raise almost anything
        sys.exit(f"NOT PROVED: {lie if isinstance(lie, NotProved) else repr(lie)}")
