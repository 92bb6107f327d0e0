"""A payload key that never leaves its token: PKCS#11, CKM_AES_KEY_WRAP (PKCS#11 3.0 §2.14).

Data keys come and go as objects of the session: they are for this process to encrypt with.
"""

from pathlib import Path
from typing import Any

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.storage.token_session import Place, enter, leave, lock, writing
from edi_gateway.storage.wrapping_key import KEY_SIZE, WRAPPED_SIZE, id_of
from edi_gateway.workflows.payload_ports import PayloadKeyUnavailable


class TokenKey:
    """Implements `storage.wrapping_key.WrappingKey`."""

    def __init__(self, place: Place, module: Path, pin: str) -> None:
        """Raises Misuse where the key can't be used."""
        self._key = (module, place.token)
        self._session = enter(*self._key, pin)
        try:
            self._wrapping = _found(self._session, place)
            self.id = id_of(self._tried_out())
        except BaseException:
            self.close()
            raise

    def _tried_out(self) -> bytes:
        zeros = bytes(KEY_SIZE)
        try:
            wrapped = self.wrap(zeros)
            if self._unwrapped(wrapped) == zeros:
                return wrapped
        except (PayloadKeyUnavailable, _pkcs11_error()) as error:
            raise Misuse(f"The token {self._key[1]} does not wrap and unwrap AES keys: {error!r}") from error
        raise Misuse(f"The token {self._key[1]} unwraps something else than it wrapped.")

    def wrap(self, data_key: bytes) -> bytes:
        from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error

        template = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, Attribute.VALUE: data_key}
        try:
            with lock:
                passing = self._session.create_object(template | _readable())
                try:
                    return bytes(self._wrapping.wrap_key(passing, mechanism=Mechanism.AES_KEY_WRAP))
                finally:
                    passing.destroy()
        except PKCS11Error as error:
            raise PayloadKeyUnavailable(
                f"The token {self._key[1]} does not wrap, the gateway may need a restart: {error!r}"
            ) from error

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            if len(wrapped) == WRAPPED_SIZE:
                return self._unwrapped(wrapped)
        except _pkcs11_error():
            # Tokens have no one word for what they did not wrap themselves: is it this, or the token?
            self.wrap(bytes(KEY_SIZE))
        raise Unproven(f"this was not wrapped by the payload key {self.id}, or was changed")

    def _unwrapped(self, wrapped: bytes) -> bytes:
        from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

        asked = (ObjectClass.SECRET_KEY, KeyType.AES, wrapped)
        with lock:
            passing = self._wrapping.unwrap_key(*asked, mechanism=Mechanism.AES_KEY_WRAP, template=_readable())
            try:
                return bytes(passing[Attribute.VALUE])
            finally:
                passing.destroy()

    def close(self) -> None:
        leave(*self._key)


def make(place: Place, module: Path, pin: str) -> None:
    """Make a key on the token that wraps and unwraps, and can't be read out. Raises Misuse where there is one."""
    from pkcs11 import Attribute, KeyType, MechanismFlag

    with writing(place, module, pin) as session:
        if list(session.get_objects({Attribute.LABEL: place.object})):
            raise Misuse(f"There is an object already: {place.uri}")
        # Whoever could decrypt with it, too, would not need to unwrap.
        capabilities = MechanismFlag.WRAP | MechanismFlag.UNWRAP
        private = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        bits, label = KEY_SIZE * 8, place.object
        session.generate_key(KeyType.AES, bits, store=True, label=label, capabilities=capabilities, template=private)


def _found(session: Any, place: Place) -> Any:
    from pkcs11 import KeyType, ObjectClass, PKCS11Error

    try:
        with lock:
            return session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=place.object)
    except PKCS11Error as error:
        raise Misuse(f"There is no one AES key {place.uri}: {error!r}") from error


def _readable() -> dict[Any, Any]:
    """What a data key has to be in the token, for as long as it passes through."""
    from pkcs11 import Attribute

    return {Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}


def _pkcs11_error() -> type[Exception]:
    from pkcs11 import PKCS11Error

    return PKCS11Error
