"""The composition root: everything that the gateway is made of, put together once."""

import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from sqlalchemy import Engine

from edi_gateway.errors import Fault
from edi_gateway.installation import existing, first_verifier, installed, known_verifier, open_notary
from edi_gateway.model.moment import Clock, system_clock, uuid7
from edi_gateway.model.period import Period
from edi_gateway.model.publication import Timestamp
from edi_gateway.model.record import Examined, Recorded, Submission
from edi_gateway.model.transmission import Transmission
from edi_gateway.neighbours import authorities, issuer_keys, revocation_sources, webhooks, witnessed
from edi_gateway.settings import Settings
from edi_gateway.signatures.policy import Policy
from edi_gateway.storage import schema, signers
from edi_gateway.storage.anchor import AnchorFile
from edi_gateway.storage.archive import SqlArchive
from edi_gateway.storage.attempts import SqlAttempts
from edi_gateway.storage.chains import SqlChains
from edi_gateway.storage.contracts import SqlContracts
from edi_gateway.storage.directory import SqlDirectory
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.storage.nonces import SqlNonces
from edi_gateway.storage.notices import SqlNotices
from edi_gateway.storage.publications import SqlPublications
from edi_gateway.storage.revocations import SqlRevocations
from edi_gateway.storage.signers import key_access
from edi_gateway.storage.state import state_in
from edi_gateway.storage.timestamps import SqlTimestamps
from edi_gateway.storage.tokens import SqlTokens
from edi_gateway.storage.trail import SqlTrail
from edi_gateway.storage.users import SqlUsers
from edi_gateway.storage.vault import Vault
from edi_gateway.transports.oidc import IssuerKeys
from edi_gateway.transports.revocation import HttpList
from edi_gateway.transports.tsa import HttpAuthority
from edi_gateway.workflows import dispose, trail
from edi_gateway.workflows.anchoring import Watch
from edi_gateway.workflows.auditing import Auditing
from edi_gateway.workflows.enrol import Office
from edi_gateway.workflows.evidence import Attested, Sources, merged
from edi_gateway.workflows.forks import Forks
from edi_gateway.workflows.kept_heads import KeptHeads
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.notify import Notifier
from edi_gateway.workflows.publish import Publisher
from edi_gateway.workflows.receive import Desk, examine, examining, together
from edi_gateway.workflows.record import Recorder
from edi_gateway.workflows.revocations import Added, Revoking, fetch_all
from edi_gateway.workflows.rotate import KeyOffice
from edi_gateway.workflows.signed_request import Verifying
from edi_gateway.workflows.timestamp import Timekeeping, attested_times, take_timestamps
from edi_gateway.workflows.upgrade import Upgrades
from edi_gateway.workflows.verify_published import Published
from edi_gateway.workflows.vouch import Vouching
from edi_gateway.workflows.witnessed import Witnessed, attested_witnesses, show_checkpoint


@dataclass(frozen=True)
class Gateway:
    """What the doors work with. Holds a database engine: `close` it."""

    settings: Settings
    engine: Engine
    clock: Clock
    policy: Policy
    ledger: SqlLedger
    vault: Vault
    archive: SqlArchive
    contracts: SqlContracts
    directory: SqlDirectory
    publications: SqlPublications
    timestamps: SqlTimestamps
    authorities: tuple[HttpAuthority, ...]
    issuer: IssuerKeys | None
    notary: Notary
    recorder: Recorder
    witnessed: Witnessed | None
    desk: Desk
    retention: Mapping[str, Period]
    watch: Watch
    forks: Forks
    revocations: SqlRevocations
    revocation_sources: tuple[HttpList, ...] = ()

    def examine(self, transmission: Transmission) -> Examined:
        """Raises Rejection while nobody is identified."""
        return examine(transmission, self.new_id(transmission.received_at), self.desk)

    def examine_together(self, several: Sequence[Transmission]) -> list[Examined | Exception]:
        """The same for several at once; gives what would have been raised in the place of the result."""
        return together([examining(one, self.new_id(one.received_at), self.desk) for one in several])

    def record(self, submission: Submission) -> Recorded:
        """Record one submission here and now, in a commit of its own. Raises Fault."""
        (recorded,) = self.recorder.record([submission])
        if isinstance(recorded, Fault):
            raise recorded
        return recorded

    def record_all(self, submissions: Sequence[Submission]) -> list[Recorded]:
        """Record several here and now, in one commit: all of them, or none. Raises Fault."""
        recorded = self.recorder.record(submissions)
        for one in recorded:
            if isinstance(one, Fault):
                raise one
        return [one for one in recorded if isinstance(one, Recorded)]

    def office(self, by: str | None = None, identity: str | None = None) -> Office:
        """For one change by an operator: with partners and keys as they are now, the moment, and an id."""
        now = self.clock()
        directory = self.directory.refreshed()
        marks = self.settings.origin, now, self.new_id(now), by
        return Office(directory, self.policy, *marks, self.settings.four_eyes, identity)

    def revoking(self, source: str) -> Revoking:
        """For one CRL or OCSP response, at this moment."""
        return Revoking(self.revocations, self.directory, self.clock(), source)

    def fetch_revocations(self) -> list[Added]:
        """Fetch the CRLs and OCSP responses that the settings list. Raises Fault, once all were asked."""
        return fetch_all(self.revocation_sources, self.revoking)

    @property
    def evidence(self) -> Sources:
        kept = KeptHeads(self.publications, self.watch.anchor)
        return Sources(self.archive, self.directory, self.recorder, self._attested, kept, self.revocations)

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

    def state_trail(self) -> None:
        """Have the ledger say where the trail of access has come to, if it is time. Raises Fault, and Unproven."""
        now = self.clock()
        if newest := trail.due(self.trail, now):
            self.record(trail.state(newest, self.new_id(now), self.settings.origin))

    def key_office(self, by: str | None = None) -> KeyOffice:
        """For one change of the ledger's own keys: with all of them as they are now, the moment, and an id."""
        self.notary.refresh()
        now = self.clock()
        return KeyOffice(self.notary.history, self.settings.origin, now, self.new_id(now), by)

    @cached_property
    def publisher(self) -> Publisher:
        """Opens the key of ML-DSA-44, if there is one. Raises Misuse where it can't be had."""
        second = signers.mldsa_key(key_access(self.settings))
        return Publisher(self.ledger, self.publications, self.notary, self.watch.memory, self.clock, second)

    def checkpoint(self) -> bytes:
        """The checkpoint to show to anybody. Raises Fault, and `Doubtful` for a wrong head."""
        return show_checkpoint(self.watch.memory, self.publications, self.notary, self.witnessed)

    @property
    def upgrades(self) -> Upgrades:
        stamped = self.timestamps if self.authorities else None
        return Upgrades(self.recorder, self.publications, self.witnessed, stamped, self.clock)

    @cached_property
    def chains(self) -> SqlChains:
        return SqlChains(self.engine)

    @cached_property
    def tokens(self) -> SqlTokens:
        return SqlTokens(self.engine)

    @cached_property
    def trail(self) -> SqlTrail:
        return SqlTrail(self.engine)

    @cached_property
    def users(self) -> SqlUsers:
        return SqlUsers(self.engine)

    @cached_property
    def attempts(self) -> SqlAttempts:
        return SqlAttempts(self.engine)

    @cached_property
    def notices(self) -> SqlNotices:
        return SqlNotices(self.engine)

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(webhooks(self.settings), self.notices, self.directory, self.archive, self.clock)

    @cached_property
    def verifying(self) -> Verifying:
        return Verifying(self.directory, self.policy, SqlNonces(self.engine), self.settings.public_hosts)

    def new_id(self, moment: datetime) -> str:
        return uuid7(moment, secrets.token_bytes(10))

    def close(self) -> None:
        self.vault.close()
        self.notary.close()
        self.engine.dispose()


def build(settings: Settings, clock: Clock = system_clock, *, as_found: bool = False) -> Gateway:
    """Put the gateway together. Raises Misuse where something is missing or doubtful, and Unproven for a ledger that
    is not the one that its anchor has seen.

    `as_found`: to look at a ledger, whatever its anchor says, and without its private keys. Nothing may be recorded in
    it.
    """
    with ExitStack() as opened:
        engine = existing(settings)
        opened.callback(engine.dispose)
        schema.require_current(engine)
        first = known_verifier(settings, engine) if as_found else first_verifier(settings)
        notary = opened.enter_context(closing(open_notary(settings, engine, first)))
        gateway = _assemble(settings, engine, notary, clock, as_found)
        # From here on it is the gateway's to close.
        opened.pop_all()
    return gateway


def _assemble(settings: Settings, engine: Engine, notary: Notary, clock: Clock, as_found: bool) -> Gateway:
    settings = settings.model_copy(update={"origin": notary.origin})
    policy = Policy(settings.rsa_refused_bits, settings.rsa_advised_bits)
    vault = Vault(engine, partial(key_access, settings), time.monotonic, on=settings.encrypt_payloads)
    ledger = SqlLedger(engine, vault)
    watch = Watch(ledger, notary, AnchorFile(settings.anchor), partial(installed, settings))
    if not as_found:
        notary.ready()
        watch.memory.newest()
    forks = Forks(ledger, notary, state_in(settings.data_dir, "forks"), clock)
    directory = SqlDirectory(engine, time.monotonic)
    publications, revocations, contracts = SqlPublications(engine), SqlRevocations(engine), SqlContracts(engine, vault)
    return Gateway(
        settings=settings,
        engine=engine,
        clock=clock,
        policy=policy,
        ledger=ledger,
        vault=vault,
        archive=SqlArchive(engine, vault),
        contracts=contracts,
        directory=directory,
        publications=publications,
        timestamps=SqlTimestamps(engine),
        authorities=authorities(settings),
        issuer=issuer_keys(settings),
        notary=notary,
        recorder=Recorder(ledger, notary, clock, watch.memory, forks.check, vault.protect),
        witnessed=witnessed(settings, publications),
        desk=Desk(settings.origin, directory, policy, Vouching(revocations), contracts=contracts),
        retention=dispose.classes(settings.retention),
        watch=watch,
        revocations=revocations,
        revocation_sources=revocation_sources(settings),
        forks=forks,
    )
