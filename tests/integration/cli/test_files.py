"""What `send` and `verify` make of files that are not what they should be. No gateway is asked."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.support.gateway import order, private_key
from tests.support.shell import Shell

NOWHERE = "http://127.0.0.1:1"


def test_what_is_no_bundle_does_not_hold(shell: Shell) -> None:
    assert "does not hold: the bundle is not a zip" in shell.refused("verify", shell.write("evidence.zip", b"PK"))


def test_what_is_no_receipt_does_not_hold(shell: Shell) -> None:
    assert "does not hold: the receipt is not JSON" in shell.refused("verify", shell.write("a.json", b"hello"))


def test_what_is_no_verifier_key_is_wrong_usage_and_says_nothing_of_the_file(shell: Shell) -> None:
    result = shell.run("verify", shell.write("a.json", b"{}"), "--vkey", "nonsense")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "With --vkey or --vkeys, the" in result.stderr
    assert "does not hold" not in result.stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--vkey", "nonsense", "for '--vkey': the"), ("--url", "gw.example.com", "for '--url': 'gw.example.com' is not")],
)
def test_wrong_usage_is_told_before_anything_is_sent(shell: Shell, option: str, value: str, said: str) -> None:
    key, certificate = shell.identity("acme")
    words = ("send", shell.write("o.xml", order()), "--url", NOWHERE, "--key", key, "--cert", certificate)
    result = shell.run(*words, option, value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_gateway_that_is_not_there_is_named(shell: Shell) -> None:
    key, certificate = shell.identity("acme")
    words = ("send", shell.write("o.xml", order()), "--url", NOWHERE, "--key", key, "--cert", certificate)
    assert f"{NOWHERE}/v1/documents can't be reached" in shell.refused(*words)
    assert not (shell.folder / "o.xml.receipt.json").exists()


def test_a_certificate_of_another_key_is_refused(shell: Shell) -> None:
    key, _ = shell.identity("acme")
    _, certificate = shell.identity("globex")
    words = ("send", shell.write("o.xml", order()), "--url", NOWHERE, "--key", key, "--cert", certificate)
    assert "The certificate is for another key." in shell.refused(*words)


def test_what_is_no_key_or_no_certificate_is_named(shell: Shell) -> None:
    key, certificate = shell.identity("acme")
    document = shell.write("o.xml", order())
    words = ("send", document, "--url", NOWHERE)
    assert "o.xml is not a private key in PEM" in shell.refused(*words, "--key", document, "--cert", certificate)
    assert "o.xml is not a certificate" in shell.refused(*words, "--key", key, "--cert", document)


def test_a_key_that_does_not_sign_is_refused(shell: Shell) -> None:
    pem = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _, certificate = shell.identity("acme")
    words = ("send", shell.write("o.xml", order()), "--url", NOWHERE, "--cert", certificate)
    assert "holds a key that does not sign: X25519" in shell.refused(*words, "--key", shell.write("x.key", pem))


def test_the_passphrase_of_a_key_is_asked_for(shell: Shell) -> None:
    encryption = BestAvailableEncryption(b"correct horse")
    pem = private_key("acme").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    _, certificate = shell.identity("acme")
    words = ["send", shell.write("o.xml", order()), "--url", NOWHERE, "--cert", certificate]
    words += ["--key", shell.write("locked.key", pem)]
    assert "can't be reached" in shell.run(*words, input="correct horse\n").stderr
    assert "the passphrase is wrong" in shell.run(*words, input="battery staple\n").stderr


def test_what_is_no_xml_is_said_before_anything_is_sent(shell: Shell) -> None:
    key, certificate = shell.identity("acme")
    words = ("send", shell.write("o.xml", b"hello"), "--url", NOWHERE, "--key", key, "--cert", certificate)
    assert "not-xml" in shell.refused(*words)
