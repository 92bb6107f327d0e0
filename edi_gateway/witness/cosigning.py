"""A witness at work: what is asked of it, checked, persisted, and only then signed for."""

import logging
from pathlib import Path

from edi_gateway.errors import Fault, Misuse
from edi_gateway.ledger import checkpoint, note, witnessing
from edi_gateway.ledger.note import Signature
from edi_gateway.ledger.witnessing import INCONSISTENT, Admitted, Refused
from edi_gateway.witness import durable
from edi_gateway.witness import keys as key_files
from edi_gateway.witness.durable import Doubtful
from edi_gateway.witness.keys import Keys
from edi_gateway.witness.state import Latest, State, folder_of

log = logging.getLogger("edi_gateway.witness")


class Witness:
    """Cosigns what is consistent with all that it cosigned before. Safe to be asked by several threads."""

    def __init__(self, keys: Keys, state: State) -> None:
        self.keys = keys
        self.state = state
        self._doubt: Doubtful | None = None

    def add_checkpoint(self, body: bytes, now: int) -> bytes:
        """The witness's cosignature lines, at a time in POSIX seconds. Raises Refused, and Fault."""
        with self.state.locked():
            # Under the lock too, or a key that is just being replaced could sign what is persisted after that.
            admitted = witnessing.admit(body, self.state.keys_of)
            if self._doubt:
                raise Fault("This witness has to be started anew: it could not make its state durable.")
            latest = self.state.latest(folder_of(admitted.checkpoint.origin))
            _judge(latest, admitted)
            if latest and now < latest.time:
                # A cosignature says what was the latest at its time: an earlier one must not say more.
                raise Fault(f"The clock stands at {now}, before the latest cosignature at {latest.time}.")
            return self._cosign(admitted, now)

    def latest(self, name: str) -> Latest | None:
        """The latest checkpoint of the log with this name (`state.folder_of`). Raises LookupError, and Fault."""
        with self.state.locked():
            return self.state.latest(name)

    def _cosign(self, admitted: Admitted, now: int) -> bytes:
        own = self.keys.cosign(admitted.checkpoint, now)
        try:
            self.state.replace(admitted.checkpoint, (*_signatures(admitted), *own))
        except Doubtful as doubt:
            self._doubt = doubt
            raise
        except OSError as error:
            raise Fault(f"The checkpoint could not be persisted, and so is not cosigned: {error}") from error
        return "".join(one.line for one in own).encode()


def _judge(latest: Latest | None, admitted: Admitted) -> None:
    try:
        witnessing.judge(latest.checkpoint if latest else None, admitted)
    except Refused as refused:
        if refused.status == INCONSISTENT:
            # Signed by the log, it may be half a proof of misbehaviour: what it contradicts is in `checkpoints`.
            signed = note.compose(checkpoint.marshal(admitted.checkpoint), _signatures(admitted))
            fork = witnessing.forked(latest.checkpoint if latest else None, admitted.checkpoint)
            level, what = (logging.WARNING, "ALARM, the log forked") if fork else (logging.INFO, "not cosigned")
            log.log(level, "%s: %s: %s", what, refused, signed.decode())
        raise


def _signatures(admitted: Admitted) -> tuple[Signature, ...]:
    """One by each key, however often it signed: what is persisted must stay short enough to be read again."""
    return tuple({one.verifier: one for one in admitted.signatures}.values())


def create(folder: Path, name: str, mldsa: bool) -> Witness:
    """Make a witness in a directory. Raises Misuse where there is one already, and for a name that won't do."""
    durable.create_folder(folder)
    keys = key_files.create(folder, name, mldsa)
    state = State(folder, keys.verifiers)
    state.create()
    return Witness(keys, state)


def load(folder: Path) -> Witness:
    """Read a witness, and all that it has ever to rely on. Raises Misuse and Fault rather than begin on bad state."""
    if not folder.is_dir():
        raise Misuse(f"There is no witness in {folder}: run `edi-gateway witness init NAME`.")
    keys = key_files.load(folder)
    witness = Witness(keys, State(folder, keys.verifiers))
    for _ in witness.state.logs():
        pass
    return witness
