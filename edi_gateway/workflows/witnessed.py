"""Publications and those who witnessed them: having them cosigned, and finding those that enough have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from edi_gateway.errors import Fault
from edi_gateway.ledger import checkpoint, note
from edi_gateway.ledger.note import Verifier
from edi_gateway.ledger.policy import Group, Policy, Witness
from edi_gateway.ledger.proven import Memory
from edi_gateway.ledger.stored import consistency_proof
from edi_gateway.model.publication import Cosignature, Publication
from edi_gateway.workflows import witness
from edi_gateway.workflows.acknowledge import sign_head
from edi_gateway.workflows.check_cosignatures import cosignatures_file
from edi_gateway.workflows.evidence import Attested
from edi_gateway.workflows.forks import Forks
from edi_gateway.workflows.notary import Notary
from edi_gateway.workflows.ports import Ledger, Publications
from edi_gateway.workflows.witness_ports import Cosigner


def key_name(verifier: Verifier) -> str:
    """What a witness's cosignatures are kept under: two keys of one name are two."""
    return f"{verifier.name}+{verifier.key_id.hex()}"


@dataclass(frozen=True)
class Submitter:
    """What it takes to have publications cosigned by one witness, who is asked through `cosigner`.

    `forks` judges what the witness shows where it holds another history of the ledger, or more of it.
    """

    ledger: Ledger
    publications: Publications
    clock: Callable[[], datetime]
    witness: Witness
    cosigner: Cosigner
    forks: Forks

    def submit(self) -> bool:
        """Have the newest publication cosigned, unless it is. Safe to do on several hosts at once.

        Nothing is kept but what was verified with the witness's own key. Raises Fault or Unproven where the witness
        can't be reached, refuses, or answers with something else; the next time it is asked again. Raises Forked where
        it proves that the ledger's own keys signed another history.
        """
        newest = self.publications.newest()
        name = key_name(self.witness.verifier)
        latest = self.publications.newest_of(name)
        if newest is None or (latest and latest.size >= newest.size):
            return False
        prove = partial(consistency_proof, self.ledger)
        known = latest.size if latest else 0
        try:
            signed = witness.submit(self.cosigner, [self.witness.verifier], newest.note, prove, known)
        except (witness.Overtaken, witness.Disputed) as refused:
            if isinstance(refused, witness.Overtaken) and self._published(refused.size):
                return False
            self._ask_for_proof(newest)
            raise
        line = "".join(one.line for one in signed[:1])
        return self.publications.cosign(Cosignature(newest.size, name, line, self.clock()))

    def _ask_for_proof(self, newest: Publication) -> None:
        try:
            shown = self.cosigner.latest(checkpoint.parse(note.text_of(newest.note)).origin)
        except Fault:
            return
        if shown:
            self.forks.judge(self.witness.name, shown, newest.note)

    def _published(self, size: int) -> bool:
        """Whether somebody else of us has got that far in the meantime."""
        newest = self.publications.newest()
        return newest is not None and newest.size >= size


@dataclass(frozen=True)
class Witnessed:
    """Publications under a policy that says which witnesses count, and how many it takes.

    Where it takes none, there is nothing that witnesses make better, and nothing is found.
    """

    publications: Publications
    policy: Policy

    def newest(self) -> Publication | None:
        """The publication of the largest tree that enough witnesses have cosigned."""
        return next(self._found(0, newest=True), None)

    def first_from(self, size: int) -> Publication | None:
        """The one of the smallest tree of at least this size."""
        return next(self._found(size, newest=False), None)

    def _found(self, start: int, *, newest: bool) -> Iterator[Publication]:
        if self.policy.quorum is None:
            return
        keys = {key_name(one.verifier): one.verifier for one in self.policy.witnesses}
        fewest = _fewest(self.policy.quorum)
        for size in self.publications.cosigned(keys, fewest, start, newest=newest):
            signers = {one.witness for one in self.publications.cosignatures(size)}
            found = self.publications.at(size)
            if found and self.policy.satisfied({keys[name] for name in signers & keys.keys()}):
                yield found


def _fewest(quorum: Witness | Group) -> int:
    """How many witnesses can satisfy it at best: fewer never do."""
    if isinstance(quorum, Witness):
        return 1
    return sum(sorted(_fewest(member) for member in quorum.members)[: quorum.threshold])


def cosigned_note(publications: Publications, one: Publication) -> bytes:
    """A publication's note, with all cosignatures that there are."""
    return one.note + "".join(cosigned.line for cosigned in publications.cosignatures(one.size)).encode()


def show_checkpoint(memory: Memory, publications: Publications, notary: Notary, witnessed: Witnessed | None) -> bytes:
    """The checkpoint to show to anybody.

    Where witnesses are asked it is the newest that enough of them cosigned, so that nobody is shown what no witness has
    seen. Else, and until the first is, it is that of the head, with whatever was added to it if it was published.
    """
    if witnessed and (found := witnessed.newest()):
        return cosigned_note(publications, found)
    head = memory.newest()
    published = publications.at(head.size)
    if published and published.root == head.root:
        return cosigned_note(publications, published)
    return sign_head(notary, head)


def attested_witnesses(witnessed: Witnessed | None, size: int) -> tuple[Attested, ...]:
    """The oldest publication of at least `size` that enough witnesses cosigned, and what they signed. Raises Fault."""
    found = witnessed.first_from(size) if witnessed else None
    if witnessed is None or found is None:
        return ()
    keys = {key_name(one.verifier): one.verifier for one in witnessed.policy.witnesses}
    cosigned = witnessed.publications.cosignatures(found.size)
    lines = [(keys[one.witness], one.line) for one in cosigned if one.witness in keys]
    return (Attested(found.size, found.note, cosignatures_file(found.size, lines)),)
