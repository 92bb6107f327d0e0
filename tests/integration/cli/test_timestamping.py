"""`edi-gateway ledger timestamp` against `openssl ts` behind HTTP, and what the settings refuse."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edi_gateway.gateway import build
from edi_gateway.settings import load
from edi_gateway.worker import duties
from tests.support.gateway import order, transmission
from tests.support.shell import Shell
from tests.support.tsa import YEAR, Authority, make_authority, openssl_replies, refusal, serving

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl: apt-get install openssl")


@pytest.fixture(scope="module")
def tsa() -> Authority:
    now = datetime.now(UTC)
    return make_authority(since=now - timedelta(days=1), until=now + YEAR)


def configure(shell: Shell, tsa: Authority, **urls: str) -> None:
    roots = shell.write("roots.pem", tsa.root_pem)
    tables = [
        f'[[timestamp_authorities]]\nname = "{name}"\nurl = "{url}"\nroots = "{roots}"' for name, url in urls.items()
    ]
    shell.write("gateway.toml", "\n".join(tables).encode())


def posted(shell: Shell) -> str:
    gateway = build(load(data_dir=shell.folder / "data"))
    recorded = gateway.record(gateway.examine(transmission(order(), "globex", at=gateway.clock())))
    gateway.close()
    return recorded.id


def publish(shell: Shell) -> None:
    gateway = build(load(data_dir=shell.folder / "data"))
    gateway.publisher.publish()
    gateway.close()


@pytest.fixture
def stamped(trading: Shell, tsa: Authority, tmp_path: Path) -> Iterator[Shell]:
    """A gateway with one published checkpoint and an authority that answers."""
    with serving(openssl_replies(tmp_path / "tsa", tsa)) as url:
        configure(trading, tsa, example=url)
        publish(trading)
        yield trading


@needs_openssl
def test_the_newest_checkpoint_is_stamped_and_listed(stamped: Shell) -> None:
    (one,) = stamped.json("ledger", "timestamp")
    assert (one["size"], one["authority"], one["covers"]) == (4, "example", None)
    assert one["genTime"] < one["expiresAt"]
    assert stamped.json("ledger", "timestamps") == [one]
    assert stamped.ok("ledger", "timestamps").rstrip().endswith("  the checkpoint")
    assert stamped.json("ledger", "timestamp") == []


def test_an_authority_that_refuses_is_named(trading: Shell, tsa: Authority) -> None:
    publish(trading)
    with serving(lambda _: refusal(2, "not today")) as url:
        configure(trading, tsa, example=url)
        assert "example gave no timestamp that holds: the authority refused: rejection: not today" in trading.refused(
            "ledger", "timestamp"
        )
    assert trading.json("ledger", "timestamps") == []


def test_without_authority_or_publication_there_is_nothing_to_stamp(trading: Shell, tsa: Authority) -> None:
    assert "No timestamp authority is set" in trading.refused("ledger", "timestamp")
    configure(trading, tsa, example="http://127.0.0.1:9/")
    assert "Nothing was published yet" in trading.refused("ledger", "timestamp")


def test_the_worker_takes_timestamps_where_there_is_an_authority(trading: Shell, tsa: Authority) -> None:
    for urls in ({}, {"example": "http://127.0.0.1:9/"}):
        configure(trading, tsa, **urls)
        gateway = build(load())
        named = [duty.name for duty in duties(gateway)]
        gateway.close()
        assert ("timestamps" in named) is bool(urls)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('name = "a b"\nurl = "http://tsa/"\nroots = "roots.pem"', "name"),
        ('name = "a"\nurl = "ftp://tsa/"\nroots = "roots.pem"', "url"),
        ('name = "a"\nurl = "http://tsa/"', "roots"),
        ('name = "a"\nurl = "http://tsa/"\nroots = "roots.pem"\nport = 1', "port"),
        ('name = "a"\nurl = "http://tsa/"\nroots = "gone.pem"', "gone.pem should hold"),
        ('name = "a"\nurl = "http://tsa/"\nroots = "gateway.toml"', "gateway.toml should hold"),
    ],
    ids=["a name with a space", "no HTTP", "no roots", "too much", "no file", "no certificates"],
)
def test_an_authority_that_is_not_set_up_well_is_refused_at_the_start(
    gateway: Shell, tsa: Authority, setting: str, words: str
) -> None:
    gateway.write("roots.pem", tsa.root_pem)
    gateway.write("gateway.toml", f"[[timestamp_authorities]]\n{setting}\n".encode())
    assert words in gateway.refused("ledger", "key")


def test_two_authorities_of_one_name_are_refused(gateway: Shell, tsa: Authority) -> None:
    gateway.write("roots.pem", tsa.root_pem)
    one = '[[timestamp_authorities]]\nname = "a"\nurl = "http://tsa/"\nroots = "roots.pem"\n'
    gateway.write("gateway.toml", (one * 2).encode())
    assert "two timestamp_authorities have one name" in gateway.refused("ledger", "key")


@needs_openssl
def test_evidence_with_a_timestamp_is_checked_offline_under_the_authority_s_root(stamped: Shell) -> None:
    id = posted(stamped)
    publish(stamped)
    stamped.ok("ledger", "timestamp")
    stamped.ok("document", "evidence", id, "-o", "evidence.zip")
    vkey = stamped.ok("ledger", "key").strip()
    shutil.rmtree(stamped.folder / "data")
    bare = stamped.json("verify", "evidence.zip", "--vkey", vkey)
    assert "trusted-time" in {point["check"] for point in bare["notChecked"]}
    checked = stamped.json("verify", "evidence.zip", "--vkey", vkey, "--tsa-roots", "roots.pem")
    assert "trusted-time" in {point["check"] for point in checked["checked"]}
    assert "trusted-time" not in {point["check"] for point in checked["notChecked"]}
    told = stamped.ok("verify", "evidence.zip", "--vkey", vkey, "--tsa-roots", "roots.pem")
    assert "by the clock of CN=tsa" in told
    stamped.write("other.pem", make_authority().root_pem)
    refused = stamped.refused("verify", "evidence.zip", "--vkey", vkey, "--tsa-roots", "other.pem")
    assert "evidence.zip does not hold: checkpoints/5-example.tsr: the timestamp does not hold" in refused
    assert "gateway.toml holds no PEM certificates" in stamped.refused(
        "verify", "evidence.zip", "--vkey", vkey, "--tsa-roots", "gateway.toml"
    )
