"""The composition root: everything that the gateway is made of, put together once."""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

from sqlalchemy import Engine

from edi_gateway.errors import Fault, Misuse, Unproven
from edi_gateway.ledger.note import Verifier, parse_vkey
from edi_gateway.ledger.tree import check_head
from edi_gateway.model.moment import timestamp, uuid7
from edi_gateway.model.period import Period
from edi_gateway.model.publication import Timestamp
from edi_gateway.model.record import Examined, Recorded, Submission
from edi_gateway.model.transmission import Transmission
from edi_gateway.neighbours import authorities, witnessed
from edi_gateway.settings import Settings
from edi_gateway.signatures.policy import Policy
from edi_gateway.storage import continuation, schema, signers
from edi_gateway.storage.anchor import AnchorFile
from edi_gateway.storage.archive import SqlArchive
from edi_gateway.storage.chains import SqlChains
from edi_gateway.storage.directory import SqlDirectory
from edi_gateway.storage.engine import connect
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.storage.ledger_keys import SqlLedgerKeys
from edi_gateway.storage.publications import SqlPublications
from edi_gateway.storage.signers import key_access
from edi_gateway.storage.state import state_in
from edi_gateway.storage.timestamps import SqlTimestamps
from edi_gateway.storage.tokens import SqlTokens
from edi_gateway.transports.tsa import HttpAuthority
from edi_gateway.workflows import dispose
from edi_gateway.workflows.anchoring import Watch
from edi_gateway.workflows.auditing import Auditing
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.evidence import Attested, Sources, merged
from edi_gateway.workflows.key_ports import OwnKey, Signer
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.publish import Publisher
from edi_gateway.workflows.receive import Desk, examine
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.rotate import KeyOffice
from edi_gateway.workflows.timestamp import Timekeeping, attested_times, take_timestamps
from edi_gateway.workflows.upgrade import Upgrades
from edi_gateway.workflows.verify_published import Published
from edi_gateway.workflows.witnessed import Witnessed, attested_witnesses, show_checkpoint

Clock = Callable[[], datetime]

_WITHOUT_ANCHOR = ("0001", "0002", "0003", "0004")
"""Revisions of the database whose gateways kept no anchor: they begin one when they are upgraded."""


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Gateway:
    """What the doors work with. Holds a database engine: `close` it."""

    settings: Settings
    engine: Engine
    clock: Clock
    policy: Policy
    ledger: SqlLedger
    archive: SqlArchive
    chains: SqlChains
    directory: SqlDirectory
    publications: SqlPublications
    timestamps: SqlTimestamps
    authorities: tuple[HttpAuthority, ...]
    tokens: SqlTokens
    notary: Notary
    recorder: Recorder
    witnessed: Witnessed | None
    desk: Desk
    retention: Mapping[str, Period]
    watch: Watch

    def examine(self, transmission: Transmission) -> Examined:
        """Raises Rejection while nobody is identified."""
        return examine(transmission, self.new_id(transmission.received_at), self.desk)

    def record(self, submission: Submission) -> Recorded:
        """Record one submission here and now, in a commit of its own. Raises Fault."""
        (recorded,) = self.recorder.record([submission])
        if isinstance(recorded, Fault):
            raise recorded
        return recorded

    def office(self, by: str | None = None) -> Office:
        """For one change by an operator: with partners and keys as they are now, the moment, and an id."""
        now = self.clock()
        directory = self.directory.refreshed()
        return Office(directory, self.policy, self.settings.origin, now, self.new_id(now), by)

    @property
    def evidence(self) -> Sources:
        return Sources(self.archive, self.directory, self.recorder, self._attested)

    def _attested(self, size: int) -> tuple[Attested, ...]:
        stamped = attested_times(self.publications, self.timestamps, self.clock(), size)
        return merged(stamped, attested_witnesses(self.witnessed, size))

    @property
    def auditing(self) -> Auditing:
        roots = {authority.name: authority.roots for authority in self.authorities}
        witnesses = [one.verifier for one in self.witnessed.policy.witnesses] if self.witnessed else []
        published = Published(self.publications, self.timestamps, self.notary, witnesses, roots)
        states = partial(state_in, self.settings.data_dir)
        return Auditing(self.ledger, self.settings.origin, self.watch, published, states, self.clock)

    def take_timestamps(self, *, at_once: bool = False) -> list[Timestamp]:
        """Ask the timestamp authorities whose turn it is, or `at_once`. Raises Fault, once all were asked."""
        interval = timedelta(seconds=0 if at_once else self.settings.timestamp_seconds)
        renewal = timedelta(days=self.settings.timestamp_renewal_days)
        keeping = Timekeeping(self.publications, self.timestamps, self.authorities, interval, renewal)
        return take_timestamps(keeping, self.clock())

    def key_office(self, by: str | None = None) -> KeyOffice:
        """For one change of the ledger's own keys: with all of them as they are now, the moment, and an id."""
        self.notary.refresh()
        now = self.clock()
        return KeyOffice(self.notary.history, self.settings.origin, now, self.new_id(now), by)

    @cached_property
    def publisher(self) -> Publisher:
        """Opens the key of ML-DSA-44, if there is one. Raises Misuse where it can't be had."""
        second = signers.mldsa_key(key_access(self.settings))
        return Publisher(self.ledger, self.publications, self.notary, self.clock, second)

    def checkpoint(self) -> bytes:
        """The checkpoint to show to anybody. Raises Fault, and Unproven for a damaged head."""
        return show_checkpoint(self.ledger, self.publications, self.notary, self.witnessed)

    @property
    def upgrades(self) -> Upgrades:
        stamped = self.timestamps if self.authorities else None
        return Upgrades(self.recorder, self.publications, self.witnessed, stamped, self.clock)

    def new_id(self, moment: datetime) -> str:
        return uuid7(moment, secrets.token_bytes(10))

    def close(self) -> None:
        self.notary.close()
        self.engine.dispose()


def initialise(settings: Settings, source: str | None = None, clock: Clock = system_clock) -> Verifier:
    """Create the database and the ledger's key, under the origin that it keeps. Raises Misuse when there is one.

    The key is at `source`, or made there. What an earlier try left behind unfinished is finished.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = connect(settings.database)
    there = Misuse(f"There is a gateway already: {engine.url.render_as_string()}")
    try:
        if schema.version(engine) is None:
            # Another database under the key of a ledger that exists would be another history under its name.
            if settings.verifier_key_file.exists():
                raise Misuse(f"There is a key already: {settings.verifier_key_file}")
        elif settings.verifier_key_file.exists() or SqlLedger(engine).head().size:
            raise there
        verifier = _first_key(settings, source or signers.FIRST)
        schema.upgrade(engine)
        keys = SqlLedgerKeys(engine)
        if not keys.history().keys:
            keys.found(verifier, source or signers.FIRST, timestamp(clock()))
        if keys.history().keys[0].key.verifier != verifier:
            raise there
        with closing(_notary(settings, engine, verifier)) as notary:
            Watch(SqlLedger(engine), notary, AnchorFile(settings.anchor)).begin()
        # Last: no gateway opens without it, so that nothing was signed by one that is not finished.
        settings.keys_dir.mkdir(mode=0o700, exist_ok=True)
        settings.verifier_key_file.write_text(f"{verifier.vkey}\n", "utf-8")
    finally:
        engine.dispose()
    return verifier


def _first_key(settings: Settings, source: str) -> Verifier:
    access = key_access(settings)
    if not signers.exists(source, access):
        signers.make(source, settings.origin, access)
    signer = signers.open_signer(source, settings.origin, access)
    signer.close()
    return signer.verifier


def upgrade(settings: Settings) -> str:
    """Bring the database to the newest schema; return its revision. Raises Misuse when there is no gateway."""
    engine = _connect(settings)
    try:
        before = schema.version(engine)
        if before is None:
            raise Misuse("There is no gateway here yet: run `edi-gateway init`.")
        schema.upgrade(engine)
        keys = SqlLedgerKeys(engine)
        if not keys.history().keys:
            # A ledger from before its keys were told in the database has had one only.
            keys.found(_first_verifier(settings), signers.FIRST, timestamp(system_clock()))
        if before in _WITHOUT_ANCHOR and not settings.anchor.exists():
            with closing(_notary(settings, engine, _first_verifier(settings))) as notary:
                Watch(SqlLedger(engine), notary, AnchorFile(settings.anchor)).begin()
        return str(schema.version(engine))
    finally:
        engine.dispose()


def build(settings: Settings, clock: Clock = system_clock, *, as_found: bool = False) -> Gateway:
    """Put the gateway together. Raises Misuse where something is missing or doubtful, and Unproven for a ledger that
    is not the one that its anchor has seen.

    `as_found`: to look at a ledger, whatever its anchor says. Nothing may be recorded in it.
    """
    with ExitStack() as opened:
        engine = _connect(settings)
        opened.callback(engine.dispose)
        schema.require_current(engine)
        notary = opened.enter_context(closing(_notary(settings, engine, _first_verifier(settings))))
        gateway = _assemble(settings, engine, notary, clock, as_found)
        # From here on it is the gateway's to close.
        opened.pop_all()
    return gateway


def _assemble(settings: Settings, engine: Engine, notary: Notary, clock: Clock, as_found: bool) -> Gateway:
    settings = settings.model_copy(update={"origin": notary.origin})
    policy = Policy(settings.rsa_refused_bits, settings.rsa_advised_bits)
    ledger = SqlLedger(engine)
    watch = Watch(ledger, notary, AnchorFile(settings.anchor))
    if not as_found:
        check_head(ledger.head())
        watch.check()
    directory = SqlDirectory(engine, time.monotonic)
    publications = SqlPublications(engine)
    return Gateway(
        settings=settings,
        engine=engine,
        clock=clock,
        policy=policy,
        ledger=ledger,
        archive=SqlArchive(engine),
        chains=SqlChains(engine),
        directory=directory,
        publications=publications,
        timestamps=SqlTimestamps(engine),
        authorities=authorities(settings),
        tokens=SqlTokens(engine),
        notary=notary,
        recorder=Recorder(ledger, notary, clock),
        witnessed=witnessed(settings, publications),
        desk=Desk(settings.origin, directory, policy),
        retention=dispose.classes(settings.retention),
        watch=watch,
    )


def _connect(settings: Settings) -> Engine:
    if plan := continuation.planned(settings.data_dir):
        raise Misuse(f"`edi-gateway ledger continue --origin {plan.origin}` was interrupted: run it again.")
    # SQLite would make an empty file where there is none.
    if not settings.database_url and not (settings.data_dir / "gateway.db").exists():
        raise Misuse(f"There is no gateway in {settings.data_dir}: run `edi-gateway init`.")
    return connect(settings.database)


def _notary(settings: Settings, engine: Engine, first: Verifier) -> Notary:
    """The ledger's keys, under the name that `init` gave it: a ledger that changed its name would be another one."""
    keys, access = SqlLedgerKeys(engine), key_access(settings)
    if "origin" in settings.model_fields_set and settings.origin != first.name:
        raise Misuse(f"This ledger is {first.name}, not {settings.origin}: its origin was fixed by `init`.")
    if [one.key.verifier for one in keys.history().keys][:1] != [first]:
        raise Misuse(f"{settings.verifier_key_file} is not the first verifier key of the ledger in the database.")

    def open_signer(one: OwnKey) -> Signer:
        signer = signers.open_signer(one.source, first.name, access)
        if signer.verifier != one.key.verifier:
            raise Misuse(f"The key at {one.source} is not the private key of {one.key.verifier.vkey}.")
        return signer

    return Notary(first.name, keys, open_signer)


def _first_verifier(settings: Settings) -> Verifier:
    file = settings.verifier_key_file
    try:
        return parse_vkey(file.read_text("utf-8").strip())
    except (OSError, ValueError, Unproven) as error:
        raise Misuse(f"{file} should hold the verifier key that `init` printed: {error}") from error
