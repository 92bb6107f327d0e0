"""Witnesses of a gateway's ledger, asked without a network, and what they may do instead of cosigning."""

from dataclasses import dataclass, field
from pathlib import Path

from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway
from edi_gateway.ledger import policy, witnessing
from edi_gateway.ledger.note import Verifier
from edi_gateway.ledger.policy import Policy
from edi_gateway.ledger.witnessing import CONFLICT, Conflict, Refused, Request
from edi_gateway.witness import cosigning
from edi_gateway.witness.state import folder_of
from edi_gateway.workflows.witness import Disputed
from edi_gateway.workflows.witnessed import Submitter, Witnessed

AT = 1_795_000_000


@dataclass
class Neighbour:
    """Implements `workflows.witness_ports.Cosigner` with a real witness. `down` says why it does not answer.

    `shows` is what it gives for the newest checkpoint that it cosigned, instead of that; nothing at all where empty.
    """

    name: str
    witness: cosigning.Witness
    down: str | None = None
    lies: bool = False
    shows: bytes | None = None
    asked: list[Request] = field(default_factory=list)

    @property
    def verifier(self) -> Verifier:
        return self.witness.keys.verifiers[0]

    def add_checkpoint(self, request: Request) -> bytes | Conflict:
        self.asked.append(request)
        if self.down:
            raise Fault(self.down)
        try:
            lines = self.witness.add_checkpoint(witnessing.marshal(request), AT)
        except Refused as refused:
            if refused.status == CONFLICT and refused.size is not None:
                return Conflict(refused.size)
            raise Disputed(str(refused)) from refused
        return lines.replace(b"A", b"B") if self.lies else lines

    def latest(self, origin: str) -> bytes | None:
        if self.shows is None:
            latest = self.witness.latest(folder_of(origin))
            return latest.note if latest else None
        if self.shows == b"":
            raise Fault("no route to host")
        return self.shows

    def submitter(self, gateway: Gateway) -> Submitter:
        one = policy.Witness(self.name, self.verifier, "http://192.0.2.1/")
        return Submitter(gateway.ledger, gateway.publications, gateway.clock, one, self, gateway.forks)


def neighbours(folder: Path, gateway: Gateway, *names: str) -> list[Neighbour]:
    """Witnesses that know the gateway's ledger, each with one Ed25519 key."""
    made = []
    for name in names:
        witness = cosigning.create(folder / name, f"witness.example.com/{name}", False)
        witness.state.add_log(gateway.notary.verifier, only=False)
        made.append(Neighbour(name, witness))
    return made


def policy_text(gateway: Gateway, threshold: int | str, *members: Neighbour, url: str = "http://192.0.2.1/") -> str:
    """So many of the witnesses make a quorum."""
    witnesses = "".join(f"witness {one.name} {one.verifier.vkey} {url}\n" for one in members)
    group = f"group quorum {threshold} {' '.join(one.name for one in members)}\nquorum quorum\n"
    return f"log {gateway.notary.verifier.vkey}\n{witnesses}{group}"


def policy_of(gateway: Gateway, threshold: int | str, *members: Neighbour) -> Policy:
    return policy.parse(policy_text(gateway, threshold, *members).encode())


def witnessed(gateway: Gateway, threshold: int | str, *members: Neighbour) -> Witnessed:
    return Witnessed(gateway.publications, policy_of(gateway, threshold, *members))
