"""A gateway's database and its ledger's keys: made, opened again, brought up to date."""

from contextlib import closing

from sqlalchemy import Engine

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger.note import Verifier, parse_vkey
from edi_gateway.model.moment import Clock, system_clock, timestamp
from edi_gateway.settings import Settings
from edi_gateway.storage import continuation, schema, signers
from edi_gateway.storage.anchor import AnchorFile
from edi_gateway.storage.engine import connect
from edi_gateway.storage.ledger import SqlLedger
from edi_gateway.storage.ledger_keys import SqlLedgerKeys
from edi_gateway.storage.signers import key_access
from edi_gateway.storage.state import StateFile
from edi_gateway.workflows.anchoring import Watch
from edi_gateway.workflows.key_ports import OwnKey, Signer
from edi_gateway.workflows.notary import Notary

_WITHOUT_ANCHOR = ("0001", "0002", "0003", "0004")
"""Revisions of the database whose gateways kept no anchor: they begin one when they are upgraded."""


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
        with closing(open_notary(settings, engine, verifier)) as notary:
            Watch(SqlLedger(engine), notary, AnchorFile(settings.anchor)).found()
        # Last: no gateway opens without it, so that nothing was signed by one that is not finished.
        settings.keys_dir.mkdir(mode=0o700, exist_ok=True)
        StateFile(settings.verifier_key_file).write(f"{verifier.vkey}\n".encode())
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
    engine = existing(settings)
    try:
        before = schema.version(engine)
        if before is None:
            raise Misuse("There is no gateway here yet: run `edi-gateway init`.")
        schema.upgrade(engine)
        keys = SqlLedgerKeys(engine)
        if not keys.history().keys:
            # A ledger from before its keys were told in the database has had one only.
            keys.found(first_verifier(settings), signers.FIRST, timestamp(system_clock()))
        if before in _WITHOUT_ANCHOR and not settings.anchor.exists():
            with closing(open_notary(settings, engine, first_verifier(settings))) as notary:
                Watch(SqlLedger(engine), notary, AnchorFile(settings.anchor)).begin()
        return str(schema.version(engine))
    finally:
        engine.dispose()


def existing(settings: Settings) -> Engine:
    if plan := continuation.planned(settings.data_dir):
        raise Misuse(f"`edi-gateway ledger continue --origin {plan.origin}` was interrupted: run it again.")
    # SQLite would make an empty file where there is none.
    if not settings.database_url and not (settings.data_dir / "gateway.db").exists():
        raise Misuse(f"There is no gateway in {settings.data_dir}: run `edi-gateway init`.")
    return connect(settings.database)


def open_notary(settings: Settings, engine: Engine, first: Verifier) -> Notary:
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


def first_verifier(settings: Settings) -> Verifier:
    file = settings.verifier_key_file
    try:
        return parse_vkey(file.read_text("utf-8").strip())
    except (OSError, ValueError, Unproven) as error:
        raise Misuse(f"{file} should hold the verifier key that `init` printed: {error}") from error


def known_verifier(settings: Settings, engine: Engine) -> Verifier:
    """The same where that file is lost, from the database: enough to look at a ledger. Raises Misuse."""
    if settings.verifier_key_file.exists():
        return first_verifier(settings)
    keys = SqlLedgerKeys(engine).history().keys
    if not keys:
        raise Misuse("There is no gateway here yet: run `edi-gateway init`.")
    return keys[0].key.verifier


def installed(settings: Settings) -> str | None:
    """The name of the ledger that is there now; None where its verifier key is lost. Raises Misuse."""
    return first_verifier(settings).name if settings.verifier_key_file.exists() else None
