import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from edi_gateway.access import passwords
from tests.support.people import PASSWORD


def test_the_hash_that_is_nobodys_costs_what_others_cost() -> None:
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._NOBODYS, PASSWORD)
    assert not PasswordHasher().check_needs_rehash(passwords._NOBODYS)
