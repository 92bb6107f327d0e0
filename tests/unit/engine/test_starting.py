import gc

import pytest

from edi_gateway.engine.starting import for_good


def test_what_is_made_for_good_is_not_looked_through_for_garbage() -> None:
    with for_good():
        assert not gc.isenabled()
        made: list[object] = []
    later: list[object] = []
    looked_through = {id(one) for one in gc.get_objects()}
    assert id(later) in looked_through
    assert id(made) not in looked_through
    assert gc.isenabled()


def test_a_start_that_fails_leaves_garbage_to_be_collected() -> None:
    with pytest.raises(OSError, match="no such thing"), for_good():
        raise OSError("no such thing")
    assert gc.isenabled()


def test_who_collects_nothing_goes_on_like_that() -> None:
    gc.disable()
    try:
        with for_good():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
