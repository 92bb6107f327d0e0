"""A witness in a process of its own, as a trading partner runs it, and what becomes of it when that is killed."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event

import httpx
import pytest

from edi_gateway.demo import certificates
from edi_gateway.errors import Fault
from edi_gateway.ledger import checkpoint, note, policy, stored, witnessing
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.ledger.note import Signature, Verifier
from edi_gateway.transports.witness import HttpWitness
from edi_gateway.witness.state import folder_of
from edi_gateway.workflows.witness import Disputed, Overtaken, submit
from tests.support.ledger import MemoryLog
from tests.support.programs import PATIENCE
from tests.support.servers import witness_serving
from tests.support.shell import Shell
from tests.support.witnesses import log_of, request

NAME = "witness.example.com/w1"


@pytest.fixture
def log() -> MemoryLog:
    return log_of(300)


@pytest.fixture
def vkeys(shell: Shell, log: MemoryLog) -> list[str]:
    """Those of a new witness that knows the log."""
    made: list[str] = shell.json("witness", "init", NAME, "--ml-dsa-44")["vkeys"]
    shell.ok("witness", "add-log", log.vkey)
    return made


def _submit(
    url: str, log: MemoryLog, vkeys: list[str], known: int = 0, size: int | None = None
) -> tuple[Signature, ...]:
    size = log.head.size if size is None else size
    signed = checkpoint.sign(Checkpoint(log.origin, size, stored.root_at(log, size)), log.key)
    verifiers: list[Verifier] = [note.parse_vkey(vkey) for vkey in vkeys]
    with HttpWitness(url) as witness:
        return submit(witness, verifiers, signed, lambda *sizes: stored.consistency_proof(log, *sizes), known)


def _latest(url: str, log: MemoryLog) -> bytes:
    return httpx.get(f"{url}/{folder_of(log.origin)}/checkpoint").content


def test_a_partner_runs_a_witness_and_a_ledger_has_its_checkpoints_cosigned(
    shell: Shell, log: MemoryLog, vkeys: list[str]
) -> None:
    assert shell.ok("witness", "key").splitlines() == vkeys
    with witness_serving(shell.folder) as (_, url):
        cosigned = _submit(url, log, vkeys)
        assert [one.verifier.vkey for one in cosigned] == vkeys
        log.append([b"more"] * 77)
        # Whether or not the size is known that the witness has.
        for known in (300, 0, 377):
            cosigned = _submit(url, log, vkeys, known)
        whole = log.checkpoint() + "".join(one.line for one in cosigned).encode()
        assert _latest(url, log) == whole
    lines = [f"log {log.vkey}", *(f"witness w{number} {vkey}" for number, vkey in enumerate(vkeys))]
    read = policy.parse("\n".join([*lines, "group both all w0 w1", "quorum both", ""]).encode())
    assert policy.check(read, whole)


def test_a_ledger_with_another_past_or_set_back_is_told_so(shell: Shell, log: MemoryLog, vkeys: list[str]) -> None:
    fork = MemoryLog(key=log.key)
    fork.append([b"another past"] * 301)
    with witness_serving(shell.folder) as (_, url):
        _submit(url, log, vkeys)
        with pytest.raises(Disputed, match="holds another history"):
            _submit(url, fork, vkeys, known=300)
        with pytest.raises(Overtaken):
            _submit(url, log, vkeys, size=299)
        assert _latest(url, log).startswith(log.checkpoint())


def test_a_log_is_added_while_the_witness_serves(shell: Shell, log: MemoryLog, vkeys: list[str]) -> None:
    other = log_of(3, origin="gw.globex.example/ledger")
    with witness_serving(shell.folder) as (_, url):
        with pytest.raises(Fault, match="404: it does not know this log"):
            _submit(url, other, vkeys)
        shell.ok("witness", "add-log", other.vkey)
        assert _submit(url, other, vkeys)
        turned = MemoryLog(origin=other.origin)
        turned.append(other.entries)
        with pytest.raises(Fault, match="403: it trusts another key"):
            _submit(url, turned, vkeys)
        shell.ok("witness", "add-log", turned.vkey, "--replace")
        assert _submit(url, turned, vkeys)
        with pytest.raises(Fault, match="403: it trusts another key"):
            _submit(url, other, vkeys)


def test_a_witness_that_is_killed_between_requests_forgets_nothing(
    shell: Shell, log: MemoryLog, vkeys: list[str]
) -> None:
    for size in (100, 101, 256, 300):
        with witness_serving(shell.folder) as (server, url):
            assert len(_submit(url, log, vkeys, size=size)) == 2
            server.send(signal.SIGKILL)
            server.ended()
        with witness_serving(shell.folder) as (_, url):
            answer = httpx.post(f"{url}/add-checkpoint", content=request(log))
            assert (answer.status_code, answer.text) == (409, f"{size}\n")


def test_a_witness_killed_under_load_never_cosigned_more_than_it_remembers(
    shell: Shell, log: MemoryLog, vkeys: list[str]
) -> None:
    rounds, told = 4, [0]
    for _ in range(rounds):
        with witness_serving(shell.folder) as (server, url):
            enough = Event()

            def grow(url: str = url, enough: Event = enough) -> None:
                with suppress(Fault):
                    for size in range(told[-1] + 1, 300):
                        _submit(url, log, vkeys, told[-1], size)
                        told.append(size)
                        if len(told) % 5 == 0:
                            enough.set()
                enough.set()

            with ThreadPoolExecutor(1) as pool:
                growing = pool.submit(grow)
                assert enough.wait(PATIENCE), "the witness cosigned nothing more"
                server.send(signal.SIGKILL)
                growing.result(PATIENCE)
        with witness_serving(shell.folder) as (_, url):
            remembered = int(_latest(url, log).split(b"\n")[1])
            # One more at most: persisted, but its answer was lost.
            assert told[-1] <= remembered <= told[-1] + 1
            told.append(remembered)
    assert len(told) > rounds * 5


def test_of_submissions_that_arrive_at_once_one_wins(shell: Shell, log: MemoryLog, vkeys: list[str]) -> None:
    with witness_serving(shell.folder) as (_, url), witness_serving(shell.folder) as (_, twin):
        _submit(url, log, vkeys, size=100)

        def ask(number: int) -> int:
            body = request(log, 100, 101 + number)
            return httpx.post(f"{(url, twin)[number % 2]}/add-checkpoint", content=body).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(16)))
        assert sorted(answers) == [200] + [409] * 15
        assert _latest(url, log) == _latest(twin, log)
        assert checkpoint.parse(note.text_of(_latest(url, log))).size == 101 + answers.index(200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_asked_to_stop_and_ends_well(
    shell: Shell, vkeys: list[str], number: signal.Signals
) -> None:
    with witness_serving(shell.folder) as (server, _):
        assert (server.end(number), server.log) == (0, "")


def test_a_witness_with_damaged_state_does_not_start(shell: Shell, log: MemoryLog, vkeys: list[str]) -> None:
    (shell.folder / "witness" / "checkpoints" / folder_of(log.origin)).write_bytes(b"")
    assert "is not what was written" in shell.refused("witness", "serve")
    assert "is not what was written" in shell.refused("witness", "add-log", log.vkey)


def test_a_witness_over_tls(shell: Shell, log: MemoryLog, vkeys: list[str]) -> None:
    server = certificates.make(shell.folder, "server", "localhost", datetime.now(UTC), ["localhost", "127.0.0.1"])
    assert "go together" in shell.refused("witness", "serve", "--tls-cert", server.certificate_file)
    with witness_serving(shell.folder, "--tls-cert", server.certificate_file, "--tls-key", server.key_file) as (_, url):
        assert url.startswith("https://")
        with pytest.raises(Fault, match="certificate verify failed"):
            _submit(url, log, vkeys)
        with HttpWitness(url, ca_file=server.certificate_file) as trusting:
            read = witnessing.parse(request(log))
            assert trusting.add_checkpoint(read)


def test_each_command_says_what_is_wrong_in_one_line(shell: Shell, log: MemoryLog) -> None:
    for words in (("key",), ("serve",), ("add-log", log.vkey)):
        assert "run `edi-gateway witness init NAME`" in shell.refused("witness", *words)
    assert "no name for a witness" in shell.refused("witness", "init", "two words")
    shell.ok("witness", "init", NAME)
    assert "There is a witness already" in shell.refused("witness", "init", NAME)
    assert "not of the form name+id+key" in shell.refused("witness", "add-log", "nonsense")
    own = shell.ok("witness", "key").strip()
    assert "key of a witness" in shell.refused("witness", "add-log", own)
    shell.ok("witness", "add-log", log.vkey)
    assert "trusted already" in shell.refused("witness", "add-log", log.vkey)


def test_the_directory_is_an_option_or_a_variable(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.ok("witness", "init", NAME, "--witness-dir", "elsewhere")
    monkeypatch.setenv("EDI_GATEWAY_WITNESS_DIR", "elsewhere")
    assert shell.json("witness", "key")["name"] == NAME
