"""The requests of Sunlight's internal/witness/witness_test.go, TestAddCheckpoint (ISC): eleven, one after the other.

The tree's leaf hashes are 2a00…, 2a01…, and so on; the log's private key is theirs.
"""

from base64 import b64encode
from dataclasses import dataclass

from edi_gateway.ledger import note

ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
VERIFIER = note.Verifier(
    ORIGIN, 0x01, bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
)

_LEAF_1, _LEAF_2, _LEAF_3, _LEAF_4 = (b64encode(bytes([0x2A, n, *bytes(30)])).decode() for n in (1, 2, 3, 4))
_TWO = "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI="
_LEFT = "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE="
_NEARLY_LEAF_2 = "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABA="

# The reference spells its wrong signature with stray bits at the end, which is another fault here: base64 has one form.
_WRONG_3 = "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6gw="
_SIGNED_1 = "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY="
_SIGNED_3 = "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go="
_SIGNED_5 = "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww="
_SIGNED_FIVE = "UgIom4JTC2MerrFcJ5xDcWHzRPVB6zzGBIw4OFqcKDflqjH4q4xY5vMxUxyczvdIlEwFYf7ivQU4KoWan2bLmzLx0go="


def _checkpoint(size: str, root: str, signature: str, origin: str = ORIGIN) -> str:
    return f"{origin}\n{size}\n{root}\n\n— {origin} {signature}\n"


_AT_1 = _checkpoint("1", b64encode(bytes([0x2A, *bytes(31)])).decode(), _SIGNED_1)
_ROOT_3 = "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0="
_AT_3 = _checkpoint("3", _ROOT_3, _SIGNED_3)
_AT_5 = _checkpoint("5", "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=", _SIGNED_5)


@dataclass(frozen=True)
class Case:
    """`answer` is what the answer's body must contain, where the specification says."""

    name: str
    old: int
    proof: tuple[str, ...]
    checkpoint: str
    status: int
    answer: str = ""

    @property
    def body(self) -> bytes:
        return "\n".join([f"old {self.old}", *self.proof, "", self.checkpoint]).encode()


CASES = (
    Case("first cosignature at size 1", 0, (), _AT_1, 200, "— "),
    Case("invalid signature", 1, (_LEAF_1, _LEAF_2), _checkpoint("3", _ROOT_3, _WRONG_3), 403),
    Case(
        "unknown log",
        1,
        (_LEAF_1, _LEAF_2),
        _checkpoint("3", _ROOT_3, _SIGNED_3, ORIGIN.replace("e562", "e563")),
        404,
    ),
    Case("missing consistency proof", 1, (), _AT_3, 422),
    Case("wrong consistency proof", 1, (_LEAF_1, _NEARLY_LEAF_2), _AT_3, 422),
    Case("grow to size 3", 1, (_LEAF_1, _LEAF_2), _AT_3, 200, "— "),
    Case("old size is not the current one", 1, (_LEAF_1, _TWO, _LEAF_4), _AT_5, 409, "3\n"),
    Case("grow to size 5", 3, (_LEAF_2, _LEAF_3, _LEFT, _LEAF_4), _AT_5, 200, "— "),
    Case("old size 0 is not the current one", 0, (), _AT_5, 409, "5\n"),
    Case("no note", 5, (), _AT_5.partition("\n\n")[0] + "\n", 400),
    Case(
        "no checkpoint",
        5,
        (),
        _checkpoint("five", b64encode(bytes([0x2A, *bytes(31)])).decode(), _SIGNED_FIVE),
        400,
    ),
)
