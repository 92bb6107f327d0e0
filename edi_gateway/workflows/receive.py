"""What happens to a transmission, from the door to the point where it can be recorded.

Each step's result is the next step's only input, so that none can be left out. Until the signature has been verified,
nobody is identified: a Rejection leaves, and no trace stays in the ledger. From then on whatever is wrong is recorded
under the sender's name, because a refusal is evidence, too.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from edi_gateway.documents.validate import claimed_sender
from edi_gateway.envelopes.unwrap import unwrap
from edi_gateway.errors import Rejection
from edi_gateway.model.contract import Offer
from edi_gateway.model.partner import Identifier, PartnerKey
from edi_gateway.model.record import Earlier, Examined
from edi_gateway.model.transmission import Envelope, Transmission, Verified, XmlSigned
from edi_gateway.partners.keyring import Directory
from edi_gateway.receipts.report import report_json
from edi_gateway.receipts.statement import disputed, document_statement
from edi_gateway.signatures.policy import Policy
from edi_gateway.signatures.verify import verify
from edi_gateway.workflows.contract_ports import Contracts
from edi_gateway.workflows.judge import Judgement, contradiction, dispute, judge
from edi_gateway.workflows.ports import DirectorySource
from edi_gateway.workflows.terms import Pace, check_pace, check_size
from edi_gateway.workflows.vouch import Vouching, vouch

_NOBODY: tuple[PartnerKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What examining needs besides the transmission."""

    origin: str
    directory: DirectorySource
    policy: Policy
    vouching: Vouching | None = None
    pace: Pace = field(default_factory=Pace)
    contracts: Contracts | None = None

    def vouched(self, envelope: Envelope, at: datetime, directory: Directory) -> tuple[PartnerKey, ...]:
        """The key of a certificate that the signature brings, where a root vouches for it. Raises Rejection, Fault."""
        return vouch(envelope, directory, at, self.vouching) if self.vouching else ()


Examining = Generator[None, None, Examined]
"""A transmission on its way through the steps: it pauses after each."""


def examine(transmission: Transmission, id: str, desk: Desk) -> Examined:
    """Unwrap, identify, verify, validate. Raises Rejection as long as nobody is identified, and Fault for our own."""
    (examined,) = together([examining(transmission, id, desk)])
    if isinstance(examined, Exception):
        raise examined
    return examined


def together(several: Sequence[Examining]) -> list[Examined | Exception]:
    """Take several transmissions through the steps side by side: each step finds in the processor's caches what it
    needs, code and schema, from the transmission before. Gives what would have been raised in the place of the result.
    """
    ended: dict[int, Examined | Exception] = {}
    under_way = dict(enumerate(several))
    while under_way:
        for place, one in tuple(under_way.items()):
            try:
                next(one)
            except StopIteration as end:
                ended[place] = end.value
            except Exception as error:
                ended[place] = error
            if place in ended:
                del under_way[place]
    return [ended[place] for place in range(len(several))]


def examining(transmission: Transmission, id: str, desk: Desk) -> Examining:
    """The steps, with a pause after each of those that take long."""
    # (1) How is it packed, what is signed, and which key does the signature name?
    envelope = unwrap(transmission)
    yield
    # (2) Whose key is that? The key names the partner, not the document.
    known, at = desk.directory.current(), transmission.received_at
    keys, others = identify(envelope, at, desk), _NOBODY
    check_size(transmission, keys, desk.directory.current())
    # (3) Does the signature hold? From here on there is only what it covers.
    try:
        verified = verify(envelope, keys)
        # Nobody is turned away for a key that ended, and was renewed a moment ago.
        again = not verified.key.valid_at(transmission.received_at) and desk.directory.refreshed() is not known
    except Rejection:
        # Nor for a name that several keys share: it may mean one that was added a moment ago, or one vouched for.
        newest = desk.directory.refreshed()
        others = _others(envelope, at, desk, keys, newest)
        if newest is known and not others:
            raise
        again = True
    if again:
        envelope = unwrap(transmission)
        verified = verify(envelope, (*identify(envelope, at, desk), *others))
    yield
    # (4) May they sign like this, what does the document say, and is that right?
    directory = desk.directory.current()
    # Before, it might have been from any of those whose keys the signature names.
    check_size(transmission, (verified.key,), directory)
    check_pace(directory.partners[verified.key.partner], transmission, desk.pace)
    judgement = judge(verified, transmission.received_at, directory, desk.policy, transmission.peer, desk.contracts)
    yield
    # (5) Everything is known but its place in the ledger.
    return examined(transmission, id, desk.origin, verified, judgement)


def identify(envelope: Envelope, at: datetime, desk: Desk) -> tuple[PartnerKey, ...]:
    """The registered keys that the signature can mean, or without any, the one that a root vouches for.

    Raises Rejection("unknown-signer") if there are none.
    """
    # Where the signature names no key, the sender whom the document claims says whose keys to try. Read once: unknown
    # signers are asked about twice, and may have sent a large document.
    claimed = () if envelope.key_names else _claimed_sender(envelope)

    def candidates(directory: Directory) -> tuple[PartnerKey, ...]:
        registered = directory.named(envelope.key_names) if envelope.key_names else directory.claimed(claimed)
        return registered or desk.vouched(envelope, at, directory)

    try:
        if keys := candidates(desk.directory.current()):
            return keys
    except Rejection:
        pass  # what doesn't lead to a root may lead to one that came a moment ago
    if keys := candidates(desk.directory.refreshed()):
        return keys
    raise Rejection("unknown-signer")


def _others(
    envelope: Envelope, at: datetime, desk: Desk, tried: Sequence[PartnerKey], directory: Directory
) -> tuple[PartnerKey, ...]:
    """The key that a root vouches for, where only registered ones were tried, if there is one."""
    try:
        return () if any(key.vouched for key in tried) else desk.vouched(envelope, at, directory)
    except Rejection:
        return ()


def _claimed_sender(envelope: Envelope) -> tuple[Identifier, ...]:
    signed = envelope.signed
    content = signed.root if isinstance(signed, XmlSigned) else getattr(signed, "payload", b"")
    return claimed_sender(envelope.media_type, content)


def contradicting(one: Examined, earlier: Earlier) -> Examined:
    """Turn an accepted document into the refusal that it is beside an earlier one. Decided under the ledger's lock."""
    return _refused(one, contradiction(one, earlier))


def disputing(one: Examined, offer: Offer) -> Examined:
    """The same of a contract record, beside one that another party has signed."""
    return _refused(one, dispute(one, offer))


def _refused(one: Examined, verdict: Judgement) -> Examined:
    draft = disputed(one.draft, verdict.reading.findings, verdict.code or "")
    report = report_json(one.id, one.digest, verdict.reading)
    return replace(one, reading=verdict.reading, code=verdict.code, detail=verdict.detail, draft=draft, report=report)


def examined(transmission: Transmission, id: str, origin: str, verified: Verified, judgement: Judgement) -> Examined:
    """Put together what is to be recorded."""
    reading, code = judgement.reading, judgement.code
    draft = document_statement(
        "document.rejected" if code else "document.accepted",
        id=id,
        origin=origin,
        transmission=transmission,
        verified=verified,
        receiver=judgement.receiver,
        document=reading.document,
        findings=reading.findings,
        ruleset=reading.ruleset,
        code=code,
        parties=judgement.parties,
    )
    return Examined(
        id=id,
        transmission=transmission,
        reading=reading,
        receiver=judgement.receiver,
        code=code,
        detail=judgement.detail,
        draft=draft,
        report=report_json(id, draft["digests"]["document"], reading),
        parties=judgement.parties,
    )
