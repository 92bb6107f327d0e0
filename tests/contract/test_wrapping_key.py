"""What every payload key does, wherever it is: the promises of `storage.wrapping_key.WrappingKey`."""

import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.storage import key_wrapping, token_wrapping, wrapping_keys
from edi_gateway.storage.signers import KeyAccess
from edi_gateway.storage.token_session import Place, writing
from edi_gateway.storage.wrapping_key import KEY_SIZE, WRAPPED_SIZE, MemoryKey, WrappingKey
from tests.support.softhsm import PIN, TOKEN, software_token

VARIABLE = "EDI_GATEWAY_TEST_PAYLOAD_KEY"

Where = tuple[str | None, KeyAccess]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_wrapping, "COST", 2**4)


@pytest.fixture(params=["new file", "named file", "path", "wrapped file", "variable", "token"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Where]:
    """Where a payload key of each kind may be, and what opens it."""
    access = KeyAccess(tmp_path / "keys", "correct horse" if request.param == "wrapped file" else None)
    match request.param:
        case "named file":
            yield "file:payload.key", access
        case "path":
            yield f"file:{tmp_path / 'elsewhere' / 'payload.key'}", access
        case "variable":
            monkeypatch.setenv(VARIABLE, b64encode(secrets.token_bytes(KEY_SIZE)).decode() + "\n")
            yield f"env:{VARIABLE}", access
        case "token":
            with software_token(tmp_path) as module:
                yield f"pkcs11:token={TOKEN};object=payload-1", KeyAccess(tmp_path, None, module, PIN)
        case _:
            yield None, access


@pytest.fixture
def open(place: Where) -> Iterator[Callable[[], WrappingKey]]:
    """Opens the key, which is there; closes it in the end."""
    source, key = wrapping_keys.made(*place)
    opened = [key]

    def open() -> WrappingKey:
        opened.append(wrapping_keys.open_key(source, place[1]))
        return opened[-1]

    yield open
    for one in opened:
        one.close()


def test_what_a_key_has_wrapped_it_unwraps_also_when_it_is_opened_again(open: Callable[[], WrappingKey]):
    data_key = secrets.token_bytes(KEY_SIZE)
    wrapped = open().wrap(data_key)
    assert len(wrapped) == WRAPPED_SIZE
    assert open().unwrap(wrapped) == data_key
    assert data_key not in wrapped


def test_its_id_is_the_same_each_time(open: Callable[[], WrappingKey]):
    assert len({open().id for _ in range(3)}) == 1


def test_what_was_changed_or_wrapped_by_another_key_is_told_and_the_key_goes_on(open: Callable[[], WrappingKey]):
    key, data_key = open(), secrets.token_bytes(KEY_SIZE)
    wrapped = key.wrap(data_key)
    another = MemoryKey(secrets.token_bytes(KEY_SIZE)).wrap(data_key)
    changed = [bytes([wrapped[at] ^ 1 << at % 8 if at == n else wrapped[at] for at in range(40)]) for n in range(40)]
    for wrong in (*changed, another, wrapped[:-1], wrapped[:-8], wrapped + bytes(8), b""):
        with pytest.raises(Unproven):
            key.unwrap(wrong)
    assert key.unwrap(wrapped) == data_key


def test_several_threads_wrap_and_unwrap_at_once(open: Callable[[], WrappingKey]):
    key, data_keys = open(), [secrets.token_bytes(KEY_SIZE) for _ in range(60)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda one: key.unwrap(key.wrap(one)), data_keys)) == data_keys


def test_closing_one_leaves_the_other_open(open: Callable[[], WrappingKey], place: Where):
    one, data_key = open(), secrets.token_bytes(KEY_SIZE)
    source = place[0] or f"file:payload-{one.id}.key"
    wrapping_keys.open_key(source, place[1]).close()
    assert one.unwrap(one.wrap(data_key)) == data_key


def test_what_is_there_is_taken_and_not_made_anew(place: Where):
    source, key = wrapping_keys.made(*place)
    again, same = wrapping_keys.made(source, place[1])
    key.close()
    same.close()
    assert (source, key.id) == (again, same.id)


def test_a_destroyed_key_can_not_be_opened_any_more(place: Where):
    source, key = wrapping_keys.made(*place)
    key.close()
    if source.startswith("env:"):
        with pytest.raises(Misuse, match="environment"):
            wrapping_keys.destroy(source, place[1])
        return
    wrapping_keys.destroy(source, place[1])
    with pytest.raises(Misuse):
        wrapping_keys.open_key(source, place[1])


def test_wrapping_is_that_of_rfc_3394():
    # Section 4.6: 256 bits of key data with a 256-bit KEK.
    kek = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
    data = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
    assert (MemoryKey(kek).wrap(data), MemoryKey(kek).unwrap(wrapped)) == (wrapped, data)


def test_a_token_wraps_as_memory_does(tmp_path: Path):
    with software_token(tmp_path) as module:
        import pkcs11
        from pkcs11 import Attribute, KeyType, ObjectClass

        key = secrets.token_bytes(KEY_SIZE)
        template = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.VALUE: key,
            Attribute.LABEL: "known",
            Attribute.TOKEN: True,
            Attribute.WRAP: True,
            Attribute.UNWRAP: True,
        }
        with pkcs11.lib(str(module)).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
            session.create_object(template)
        pkcs11.unload(str(module))
        opened = wrapping_keys.open_key(f"pkcs11:token={TOKEN};object=known", KeyAccess(tmp_path, None, module, PIN))
        data_key = secrets.token_bytes(KEY_SIZE)
        assert opened.id == MemoryKey(key).id
        assert opened.wrap(data_key) == aes_key_wrap(key, data_key)
        opened.close()


def test_a_key_that_the_token_made_can_not_be_read_out_nor_decrypt(tmp_path: Path):
    with software_token(tmp_path) as module:
        from pkcs11 import Attribute, KeyType
        from pkcs11.exceptions import AttributeSensitive

        _, key = wrapping_keys.made(f"pkcs11:token={TOKEN};object=payload-1", KeyAccess(tmp_path, None, module, PIN))
        with writing(Place(TOKEN, "payload-1"), module, PIN) as session:
            made = session.get_key(key_type=KeyType.AES, label="payload-1")
            assert (made[Attribute.EXTRACTABLE], made[Attribute.DECRYPT]) == (False, False)
            with pytest.raises(AttributeSensitive):
                made[Attribute.VALUE]
        key.close()


def test_no_second_key_of_one_name_is_made_on_a_token(tmp_path: Path):
    with software_token(tmp_path) as module:
        token_wrapping.make(Place(TOKEN, "payload-1"), module, PIN)
        with pytest.raises(Misuse, match="already"):
            token_wrapping.make(Place(TOKEN, "payload-1"), module, PIN)


@pytest.mark.parametrize(
    "content",
    [b"", b"not base64!", b64encode(bytes(16)), b64encode(bytes(31)), b64encode(bytes(33)), bytes(32)],
    ids=["empty", "no base64", "half", "short", "long", "binary"],
)
def test_what_is_no_payload_key_is_refused_without_being_repeated(tmp_path: Path, content: bytes):
    file = tmp_path / "payload.key"
    file.touch(0o600)
    file.write_bytes(content)
    with pytest.raises(Misuse) as refused:
        wrapping_keys.open_key(f"file:{file}", KeyAccess(tmp_path))
    assert content.decode() not in str(refused.value) or not content
    assert refused.value.__cause__ is None


def test_a_key_that_others_can_read_is_refused(tmp_path: Path):
    source, _ = wrapping_keys.made("file:payload.key", KeyAccess(tmp_path))
    assert (tmp_path / "payload.key").stat().st_mode & 0o777 == 0o600
    os.chmod(tmp_path / "payload.key", 0o640)
    with pytest.raises(Misuse, match="readable by others"):
        wrapping_keys.open_key(source, KeyAccess(tmp_path))


def test_an_encrypted_file_takes_its_passphrase(tmp_path: Path):
    source, key = wrapping_keys.made(None, KeyAccess(tmp_path, "correct horse"))
    for passphrase, words in ((None, "EDI_GATEWAY_PASSPHRASE"), ("wrong horse", "passphrase is wrong")):
        with pytest.raises(Misuse, match=words):
            wrapping_keys.open_key(source, KeyAccess(tmp_path, passphrase))
    assert wrapping_keys.open_key(source, KeyAccess(tmp_path, "correct horse")).id == key.id


@pytest.mark.parametrize("source", ["", "file:", "file:../x", "file:a/b", "env:", "env:A-B", "http://x", "pkcs11:x"])
def test_a_source_of_another_form_is_refused(tmp_path: Path, source: str):
    with pytest.raises(Misuse):
        wrapping_keys.open_key(source, KeyAccess(tmp_path))


def test_a_variable_that_is_not_set_is_refused(tmp_path: Path):
    with pytest.raises(Misuse, match=VARIABLE):
        wrapping_keys.made(f"env:{VARIABLE}", KeyAccess(tmp_path))
