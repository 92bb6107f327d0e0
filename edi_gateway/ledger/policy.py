"""Which logs and witnesses somebody trusts, and how many witnesses it takes (c2sp.org/tlog-policy)."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger import note
from edi_gateway.ledger.note import Opened, Verifier
from edi_gateway.ledger.signature_types import COSIGNATURES, ED25519, MLDSA_COSIGNATURE

MAX_POLICY = 1_000_000
MAX_LINES = 1000
"""Of logs, witnesses, and groups together; readers should manage 32 of each."""

NONE = "none"
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK = re.compile(r"[ \t]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_LOG_TYPES = (ED25519, MLDSA_COSIGNATURE)


@dataclass(frozen=True, slots=True)
class Log:
    verifier: Verifier
    url: str | None


@dataclass(frozen=True, slots=True)
class Witness:
    """`name` means something within the policy only; `url` is where checkpoints are submitted."""

    name: str
    verifier: Verifier
    url: str | None

    def satisfied(self, signed: Collection[Verifier]) -> bool:
        return self.verifier in signed


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of the members have witnessed what the group has."""

    name: str
    threshold: int
    members: tuple["Witness | Group", ...]

    def satisfied(self, signed: Collection[Verifier]) -> bool:
        return sum(member.satisfied(signed) for member in self.members) >= self.threshold


@dataclass(frozen=True, slots=True)
class Policy:
    """`quorum` None: no witness is needed. `logs` may be empty where the log is known from elsewhere."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    quorum: Witness | Group | None

    def satisfied(self, signed: Collection[Verifier]) -> bool:
        """Whether cosignatures of these keys are enough."""
        return self.quorum is None or self.quorum.satisfied(signed)


def check(policy: Policy, signed: bytes, logs: Collection[Verifier] = ()) -> Opened:
    """The checkpoint's note, if one of the policy's logs or of `logs` signed it, and witnesses enough cosigned it.

    Raises Unproven; also where the signature of any known log or witness is wrong.
    """
    trusted = {*logs, *(log.verifier for log in policy.logs)}
    opened = note.read(signed, [*trusted, *(witness.verifier for witness in policy.witnesses)])
    signers = {one.verifier for one in opened.signatures}
    origin = opened.text.partition("\n")[0]
    if not any(log.name == origin for log in signers & trusted):
        raise Unproven("the checkpoint is not signed by a log of the policy")
    if policy.quorum and not policy.satisfied(signers):
        names = ", ".join(_shown(one.name) for one in policy.witnesses if one.verifier in signers) or "nobody"
        raise Unproven(f"the checkpoint is cosigned by {names}: the quorum {_shown(policy.quorum.name)} is not reached")
    return opened


@dataclass
class _Reading:
    """What the lines read so far have defined."""

    logs: list[Log] = field(default_factory=list)
    named: dict[str, Witness | Group] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)
    quorum: list[Witness | Group | None] = field(default_factory=list)


def parse(content: bytes) -> Policy:
    """Read a policy file. Raises Misuse, naming the line: a policy that is misread is worse than none."""
    if len(content) > MAX_POLICY:
        raise Misuse(f"The policy is longer than {MAX_POLICY} bytes.")
    if content and not content.endswith(b"\n"):
        raise Misuse("The policy does not end in a newline: it may have been cut off.")
    reading = _Reading()
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            _read_line(line, reading)
        except (ValueError, Unproven) as error:
            raise Misuse(f"Line {number} of the policy: {error}.") from error
    if not reading.quorum:
        raise Misuse("The policy has no quorum line.")
    witnesses = tuple(one for one in reading.named.values() if isinstance(one, Witness))
    return Policy(tuple(reading.logs), witnesses, reading.quorum[0])


def _read_line(line: bytes, reading: _Reading) -> None:
    if _CONTROL.search(line):
        raise ValueError("it has a control character")
    # Octets above 127 are opaque: the same octets are the same name, whatever they mean.
    words = [word for word in _BLANK.split(line.decode("utf-8", "surrogateescape")) if word]
    if not words or words[0].startswith("#"):
        return
    if words[0] not in _LINES:
        raise ValueError(f"it begins with {_shown(words[0])}, not with {', '.join(_LINES)}")
    _LINES[words[0]](words[1:], reading)
    if len(reading.logs) + len(reading.named) > MAX_LINES:
        raise ValueError(f"it is one definition more than {MAX_LINES}")


def _read_log(words: Sequence[str], reading: _Reading) -> None:
    (vkey,), url = _with_url(words, 1, "a log has a vkey, and may have a URL")
    verifier = _verifier(vkey, _LOG_TYPES, (log.verifier for log in reading.logs))
    reading.logs.append(Log(verifier, url))


def _read_witness(words: Sequence[str], reading: _Reading) -> None:
    (name, vkey), url = _with_url(words, 2, "a witness has a name and a vkey, and may have a URL")
    there = (one.verifier for one in reading.named.values() if isinstance(one, Witness))
    _define(Witness(name, _verifier(vkey, COSIGNATURES, there), url), reading)


def _read_group(words: Sequence[str], reading: _Reading) -> None:
    if len(words) < 3:
        raise ValueError("a group has a name, a number, any or all, and one member or more")
    name, needed, *names = words
    threshold = {"any": 1, "all": len(names)}.get(needed) or (int(needed) if _NUMBER.fullmatch(needed) else 0)
    if not 1 <= threshold <= len(names):
        raise ValueError(f"a group of {len(names)} needs any, all, or 1 to {len(names)} of its members")
    members = tuple(_defined(member, reading) for member in names)
    for member in names:
        # A witness that counted twice would be worth two.
        if member in reading.grouped:
            raise ValueError(f"{_shown(member)} is a member already, of this group or of another")
        reading.grouped.add(member)
    _define(Group(name, threshold, members), reading)


def _read_quorum(words: Sequence[str], reading: _Reading) -> None:
    if len(words) != 1 or reading.quorum:
        raise ValueError("there is one quorum line, with one name")
    reading.quorum.append(None if words[0] == NONE else _defined(words[0], reading))


_LINES: Mapping[str, Callable[[Sequence[str], _Reading], None]] = MappingProxyType(
    {"log": _read_log, "witness": _read_witness, "group": _read_group, "quorum": _read_quorum}
)


def _with_url(words: Sequence[str], needed: int, form: str) -> tuple[Sequence[str], str | None]:
    if len(words) not in (needed, needed + 1):
        raise ValueError(form)
    return words[:needed], words[needed] if len(words) > needed else None


def _verifier(vkey: str, types: Collection[int], there: Iterator[Verifier]) -> Verifier:
    verifier = note.parse_vkey(vkey)
    if verifier.type not in types:
        raise ValueError(f"a key of type {verifier.type} does not sign what this line is about")
    if any(verifier.public_key == other.public_key for other in there):
        raise ValueError("this public key is there already")
    return verifier


def _define(one: Witness | Group, reading: _Reading) -> None:
    if one.name in reading.named or one.name == NONE:
        raise ValueError(f"the name {_shown(one.name)} is taken")
    reading.named[one.name] = one


def _defined(name: str, reading: _Reading) -> Witness | Group:
    if name not in reading.named:
        raise ValueError(f"{_shown(name)} is not defined on a line above")
    return reading.named[name]


def _shown(word: str) -> str:
    return repr(word[:100])
