"""What every private key of the ledger does, wherever it is: the promises of `workflows.key_ports.Signer`."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edi_gateway.errors import Misuse
from edi_gateway.ledger.note import ED25519, parse_vkey
from edi_gateway.storage import key_wrapping, signers
from edi_gateway.storage.signers import KeyAccess, open_signer
from edi_gateway.storage.token_signer import TokenSigner
from edi_gateway.workflows.key_ports import Signer
from tests.support import programs
from tests.support.softhsm import PIN, TOKEN, software_token

NAME = "gw.example.com/ledger"
MESSAGE = b"gw.example.com/ledger\n1\nAAAA\n"

Place = tuple[str, KeyAccess]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """To guess a passphrase is dear in the tests of wrapping itself, and in no other."""
    monkeypatch.setattr(key_wrapping, "COST", 2**4)


@pytest.fixture(params=["file", "wrapped file", "token"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where a key of each kind may be, and what opens it; there is none yet."""
    if request.param != "token":
        yield "file:ledger.key", KeyAccess(tmp_path / "keys", "correct horse" if "wrapped" in request.param else None)
        return
    with software_token(tmp_path) as module:
        yield f"pkcs11:token={TOKEN};object=ledger-1", KeyAccess(tmp_path, None, module, PIN)


@pytest.fixture
def open(place: Place) -> Iterator[Callable[[], Signer]]:
    """Opens the key, which is there; closes it in the end."""
    source, access = place
    signers.make(source, NAME, access)
    opened: list[Signer] = []

    def open() -> Signer:
        opened.append(open_signer(source, NAME, access))
        return opened[-1]

    yield open
    for signer in opened:
        signer.close()


def test_a_signature_verifies_with_the_keys_verifier(open: Callable[[], Signer]):
    signer = open()
    assert (signer.verifier.name, signer.verifier.type) == (NAME, ED25519)
    assert parse_vkey(signer.verifier.vkey) == signer.verifier
    Ed25519PublicKey.from_public_bytes(signer.verifier.public_key).verify(signer.sign(MESSAGE), MESSAGE)


def test_the_same_message_gets_the_same_signature_also_from_the_key_opened_again(open: Callable[[], Signer]):
    one, again = open(), open()
    assert one.verifier == again.verifier
    assert len({signer.sign(MESSAGE) for signer in (one, one, again)}) == 1
    assert one.sign(MESSAGE) != one.sign(MESSAGE + b"\n")


def test_closing_one_leaves_the_other_open(open: Callable[[], Signer], place: Place):
    one, other = open(), open_signer(place[0], NAME, place[1])
    before = one.sign(MESSAGE)
    other.close()
    assert one.sign(MESSAGE) == before


def test_several_threads_sign_at_once(open: Callable[[], Signer]):
    signer = open()
    messages = [b"%d\n" % n for n in range(200)]
    alone = [signer.sign(message) for message in messages]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(signer.sign, messages)) == alone


_FORKING = """
import os
from pathlib import PosixPath
from edi_gateway.storage.signers import KeyAccess, open_signer

def sign():
    signer = open_signer(*{words!r}, KeyAccess(*{access!r}))
    try:
        return signer.sign({message!r})
    finally:
        signer.close()

expected = sign()
child = os.fork()
if child == 0:
    os._exit(0 if sign() == expected else 1)
assert os.waitpid(child, 0)[1] == 0
assert sign() == expected
"""


def test_a_process_forked_after_all_was_closed_opens_the_key_anew(open: Callable[[], Signer], place: Place):
    program = _FORKING.format(words=(place[0], NAME), access=tuple(place[1]), message=MESSAGE)
    programs.run(programs.python(program), check=True)


def test_a_key_that_is_there_is_not_replaced(open: Callable[[], Signer], place: Place):
    before = open().verifier
    with pytest.raises(Misuse, match="already"):
        signers.make(place[0], NAME, place[1])
    assert open().verifier == before


def test_what_is_not_there_is_not_opened(place: Place):
    source, access = place
    assert not signers.exists(source, access)
    with pytest.raises(Misuse):
        open_signer(source, NAME, access)


def test_a_key_that_was_destroyed_is_gone(open: Callable[[], Signer], place: Place):
    source, access = place
    assert signers.exists(source, access)
    signers.destroy(source, access)
    assert not signers.exists(source, access)
    with pytest.raises(Misuse):
        open_signer(source, NAME, access)


def test_a_key_under_a_secret_is_not_opened_with_another(open: Callable[[], Signer], place: Place):
    source, access = place
    if access.passphrase:
        with pytest.raises(Misuse, match="the passphrase is wrong"):
            open_signer(source, NAME, access._replace(passphrase="wrong horse"))
    elif access.pin:
        with pytest.raises(Misuse, match="PinIncorrect"):
            open_signer(source, NAME, access._replace(pin="000000"))
    else:
        with pytest.raises(Misuse, match="is not encrypted: give no passphrase"):
            open_signer(source, NAME, access._replace(passphrase="correct horse"))
    open()


def test_a_token_that_signs_one_message_in_two_ways_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with software_token(tmp_path) as module:
        source, access = f"pkcs11:token={TOKEN};object=ledger-1", KeyAccess(tmp_path, None, module, PIN)
        signers.make(source, NAME, access)
        tail = iter((b"", b"x"))
        sign = TokenSigner.sign
        monkeypatch.setattr(TokenSigner, "sign", lambda self, message: sign(self, message) + next(tail))
        with pytest.raises(Misuse, match="signs one message in two ways"):
            open_signer(source, NAME, access)


def test_a_token_that_signs_with_another_key_than_it_shows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with software_token(tmp_path) as module:
        source, access = f"pkcs11:token={TOKEN};object=ledger-1", KeyAccess(tmp_path, None, module, PIN)
        signers.make(source, NAME, access)
        monkeypatch.setattr(TokenSigner, "sign", lambda *_: bytes(64))
        with pytest.raises(Misuse, match="does not sign as Ed25519 does"):
            open_signer(source, NAME, access)
