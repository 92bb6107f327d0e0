import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger import checkpoint, cosignature, note, policy
from edi_gateway.ledger.checkpoint import Checkpoint

ORIGIN = "gw.example.com/ledger"
LOG_KEY = Ed25519PrivateKey.generate()
LOG = note.verifier_of(ORIGIN, LOG_KEY.public_key())
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))
SIGNED = checkpoint.sign(CHECKPOINT, LOG_KEY)
KEYS = {name: Ed25519PrivateKey.generate() for name in ("X1", "X2", "X3", "Y1", "Y2")} | {
    "Y3": MLDSA44PrivateKey.generate()
}
VKEYS = {name: cosignature.cosigner(f"{name}.example", key.public_key()) for name, key in KEYS.items()}
WITNESSES = "".join(f"witness {name} {verifier.vkey}\n" for name, verifier in VKEYS.items())

# The example of the specification, with keys.
EXAMPLE = f"""\
log {LOG.vkey}

{WITNESSES}
group X-witnesses 2 X1 X2 X3
  # those of somebody else
group\tY-witnesses any Y1  Y2 Y3\t
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def _cosigned(*names):
    return SIGNED + b"".join(
        cosignature.cosign(f"{name}.example", KEYS[name], CHECKPOINT, 1_795_000_000).line.encode() for name in names
    )


def test_the_quorum_of_the_specifications_example_is_two_of_these_and_one_of_those():
    read = policy.parse(EXAMPLE.encode())
    for names in (("X1", "X2", "Y1"), ("X3", "Y3", "X1"), tuple(KEYS)):
        opened = policy.check(read, _cosigned(*names))
        assert opened.text == checkpoint.marshal(CHECKPOINT)
        assert {one.verifier for one in opened.signatures} == {LOG, *(VKEYS[name] for name in names)}
    for names in ((), ("X1", "X2"), ("X1", "Y1", "Y2", "Y3"), ("X1", "X1", "Y1")):
        with pytest.raises(Unproven, match="quorum 'X-and-Y' is not reached"):
            policy.check(read, _cosigned(*names))


def test_logs_and_witnesses_are_read_with_their_addresses():
    read = policy.parse(
        f"log {LOG.vkey} https://gw.example.com\nwitness X1 {VKEYS['X1'].vkey} http://x\nquorum X1\n".encode()
    )
    assert read.logs == (policy.Log(LOG, "https://gw.example.com"),)
    assert read.witnesses == (policy.Witness("X1", VKEYS["X1"], "http://x"),)
    assert read.quorum == read.witnesses[0]
    assert read.satisfied([VKEYS["X1"]])
    assert not read.satisfied([VKEYS["X2"]])


def test_no_quorum_asks_for_no_witness_but_for_the_log():
    read = policy.parse(f"log {LOG.vkey}\nquorum none\n".encode())
    assert read.satisfied([])
    assert policy.check(read, SIGNED).text == checkpoint.marshal(CHECKPOINT)
    other = checkpoint.sign(CHECKPOINT, Ed25519PrivateKey.generate())
    with pytest.raises(Unproven, match="no signature of a known key"):
        policy.check(read, other)


def test_a_log_that_is_known_from_elsewhere_needs_no_line():
    read = policy.parse(f"{WITNESSES}quorum X1\n".encode())
    assert policy.check(read, _cosigned("X1"), [LOG])
    with pytest.raises(Unproven, match="not signed by a log"):
        policy.check(read, _cosigned("X1"))


def test_a_log_signs_for_itself_only():
    stranger = note.sign(ORIGIN, LOG_KEY, checkpoint.marshal(Checkpoint("other.example/log", 7, bytes(32))))
    with pytest.raises(Unproven, match="not signed by a log"):
        policy.check(policy.parse(f"log {LOG.vkey}\nquorum none\n".encode()), stranger)


def test_a_wrong_cosignature_spoils_a_checkpoint_that_has_enough_right_ones():
    read = policy.parse(f"log {LOG.vkey}\n{WITNESSES}quorum X1\n".encode())
    lie = cosignature.cosign("X2.example", KEYS["X2"], Checkpoint(ORIGIN, 8, bytes(32)), 5).line.encode()
    with pytest.raises(Unproven, match=r"X2\.example does not verify"):
        policy.check(read, _cosigned("X1") + lie)


def test_names_are_octets():
    kelvin = "\u212a".encode()
    vkey, other = VKEYS["X1"].vkey.encode(), VKEYS["X2"].vkey.encode()
    lines = b"witness K " + vkey + b"\nwitness " + kelvin + b" " + other + b"\nwitness \xff%s\nquorum \xff\n"
    read = policy.parse(lines.replace(b"%s", b" " + VKEYS["X3"].vkey.encode()))
    assert read.quorum is read.witnesses[2]
    with pytest.raises(Unproven, match="not reached"):
        policy.check(read, SIGNED, [LOG])


REFUSED = (
    ("", "no quorum"),
    (WITNESSES, "no quorum"),
    ("quorum none", "cut off"),
    ("quorum none\nquorum none\n", "Line 2.*one quorum"),
    ("quorum\n", "one quorum"),
    ("quorum X1\n", "not defined on a line above"),
    ("quorum none extra\n", "one quorum"),
    ("Quorum none\n", "begins with 'Quorum'"),
    ("quorum none\r\n", "control character"),
    ("quorum\x0bnone\n", "control character"),
    ("quorum\u00a0none\n", "begins with"),
    ("quorum none\x7f\n", "control character"),
    (f"log {LOG.vkey} http://a b\nquorum none\n", "a log has a vkey"),
    (f"log {LOG.vkey}x\nquorum none\n", "Line 1"),
    (f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n", "there already"),
    (f"log {VKEYS['X1'].vkey}\nquorum none\n", "does not sign what this line is about"),
    (f"witness L {LOG.vkey}\nquorum none\n", "does not sign what this line is about"),
    (f"witness {LOG.vkey}\nquorum none\n", "a witness has a name"),
    (f"witness none {VKEYS['X1'].vkey}\nquorum none\n", "'none' is taken"),
    (WITNESSES + f"witness X9 {VKEYS['X1'].vkey}\nquorum none\n", "there already"),
    (WITNESSES.replace("X2 ", "X1 ") + "quorum none\n", "'X1' is taken"),
    (WITNESSES + "group X1 any X2\nquorum none\n", "'X1' is taken"),
    (WITNESSES + "group g any\nquorum none\n", "one member or more"),
    (WITNESSES + "group g 0 X1\nquorum none\n", "needs any, all, or 1 to 1"),
    (WITNESSES + "group g 2 X1\nquorum none\n", "needs any, all, or 1 to 1"),
    (WITNESSES + "group g 01 X1\nquorum none\n", "needs any, all, or 1 to 1"),
    (WITNESSES + "group g some X1\nquorum none\n", "needs any, all, or 1 to 1"),
    (WITNESSES + "group g any X1 X1\nquorum none\n", "a member already"),
    (WITNESSES + "group g any X1\ngroup h any X1\nquorum none\n", "a member already"),
    (WITNESSES + "group g any none\nquorum none\n", "'none' is not defined"),
    (WITNESSES + "group g any g\nquorum none\n", "'g' is not defined"),
    ("#" * 1_000_001 + "\n", "longer than"),
)


# Numbered, since the keys in them are other ones each time.
@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_a_policy_that_could_be_misread_is_refused(text, reason):
    with pytest.raises(Misuse, match=reason):
        policy.parse(text.encode())


def test_two_names_of_one_public_key_are_one_witness():
    twin = cosignature.cosigner("twin.example", KEYS["X1"].public_key())
    with pytest.raises(Misuse, match="there already"):
        policy.parse(f"witness a {VKEYS['X1'].vkey}\nwitness b {twin.vkey}\nquorum none\n".encode())


def test_thirty_two_of_each_are_read_and_more_than_a_thousand_are_not():
    verifiers = [note.new_verifier("w", 4, number.to_bytes(32, "big")) for number in range(1001)]
    lines = [f"witness w{number} {verifier.vkey}\n" for number, verifier in enumerate(verifiers)]
    groups = [f"group g{number} any w{number}\n" for number in range(32)]
    assert len(policy.parse("".join([*lines[:32], *groups, "quorum g31\n"]).encode()).witnesses) == 32
    with pytest.raises(Misuse, match="one definition more than 1000"):
        policy.parse("".join([*lines, "quorum w1\n"]).encode())
