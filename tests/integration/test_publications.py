"""Where publications and cosignatures are kept: what is there stays, whoever comes second, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.model.publication import Cosignature, Publication
from tests.support.gateway import NOW


def publication(size: int, note: bytes = b"note") -> Publication:
    return Publication(size, bytes([size]) * 32, note, NOW)


def publish(gateway: Gateway, *sizes: int) -> None:
    for size in sizes:
        assert gateway.publications.publish(publication(size))


def cosign(gateway: Gateway, size: int, *witnesses: str) -> None:
    for witness in witnesses:
        assert gateway.publications.cosign(Cosignature(size, witness, f"— {witness} {size}", NOW))


def test_nothing_is_published_at_first(gateway: Gateway) -> None:
    publications = gateway.publications
    assert (publications.newest(), publications.at(1), publications.first_from(0)) == (None, None, None)
    assert (publications.cosignatures(1), publications.newest_of("a")) == ((), None)
    assert list(publications.cosigned(["a"], 1, newest=True)) == []


def test_publications_are_found_by_their_sizes(gateway: Gateway) -> None:
    publish(gateway, 3, 7, 5)
    publications = gateway.publications
    assert publications.newest() == publication(7)
    assert (publications.at(5), publications.at(6)) == (publication(5), None)
    found = [publications.first_from(size) for size in (0, 3, 4, 7, 8)]
    assert found == [publication(3), publication(3), publication(5), publication(7), None]


def test_the_first_publication_of_a_size_stands(gateway: Gateway) -> None:
    publish(gateway, 3)
    assert not gateway.publications.publish(publication(3, b"another"))
    assert gateway.publications.newest() == publication(3)


def test_the_first_cosignature_of_a_witness_stands(gateway: Gateway) -> None:
    publish(gateway, 3)
    cosign(gateway, 3, "b", "a")
    assert not gateway.publications.cosign(Cosignature(3, "a", "another", NOW + timedelta(days=1)))
    lines = [one.line for one in gateway.publications.cosignatures(3)]
    assert lines == ["— a 3", "— b 3"]


def test_what_is_not_published_is_not_cosigned(gateway: Gateway) -> None:
    with pytest.raises(Fault):
        gateway.publications.cosign(Cosignature(3, "a", "line", NOW))


def test_a_witness_is_known_by_its_newest_cosignature(gateway: Gateway) -> None:
    publish(gateway, 3, 5, 7)
    cosign(gateway, 5, "a")
    cosign(gateway, 3, "a", "b")
    newest = gateway.publications.newest_of("a")
    assert newest
    assert newest.size == 5


def test_sizes_that_enough_witnesses_cosigned_are_found_from_either_end(gateway: Gateway) -> None:
    publish(gateway, *range(1, 7))
    for size, witnesses in ((1, "ab"), (2, "a"), (3, "abc"), (4, "bx"), (5, "bc"), (6, "x")):
        cosign(gateway, size, *witnesses)

    def found(fewest: int, start: int = 0, *, newest: bool) -> list[int]:
        return list(gateway.publications.cosigned(["a", "b", "c"], fewest, start, newest=newest))

    assert found(2, newest=True) == [5, 3, 1]
    assert found(2, 2, newest=False) == [3, 5]
    assert found(1, 4, newest=True) == [5, 4]
    assert found(3, newest=False) == [3]


def test_more_sizes_than_are_read_in_one_go_are_all_found(gateway: Gateway) -> None:
    publish(gateway, *range(1, 111))
    for size in range(1, 111):
        cosign(gateway, size, "a")
    assert list(gateway.publications.cosigned(["a"], 1, newest=False)) == list(range(1, 111))
    assert list(gateway.publications.cosigned(["a"], 1, 2, newest=True)) == list(range(110, 1, -1))


def test_of_publishers_at_once_one_succeeds_and_none_fails(gateway: Gateway) -> None:
    with ThreadPoolExecutor(4) as pool:
        for size in range(1, 6):
            done = list(
                pool.map(lambda n, size=size: gateway.publications.publish(publication(size, b"%d" % n)), range(4))
            )
            assert sorted(done) == [False, False, False, True]
            kept = list(
                pool.map(
                    lambda n, size=size: gateway.publications.cosign(Cosignature(size, "a", f"{n}", NOW)), range(4)
                )
            )
            assert sorted(kept) == [False, False, False, True]
