"""A partner's side: sign a document, post it, check the receipt and keep it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import click
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from edi_gateway.cli import findings
from edi_gateway.cli.options import FILE, NEW_FILE, Failure, json_option
from edi_gateway.cli.output import pairs, show
from edi_gateway.cli.saving import save
from edi_gateway.cli.verify import told, warn_only_itself
from edi_gateway.client import Answer, Client, Format, sign
from edi_gateway.errors import Misuse, Unproven
from edi_gateway.ledger.keys import parse_keys
from edi_gateway.signing.xmldsig import Placement, PrivateKey
from edi_gateway.syntax.mime import sniff


def address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A gateway's, of an option."""
    asked = urlsplit(value)
    if asked.scheme not in ("http", "https") or not asked.netloc:
        raise click.BadParameter(f"{value!r} is not an address such as https://gw.example.com.", ctx, param)
    return value


def _vkey(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        if value is not None:
            parse_keys(value)
    except Unproven as error:
        raise click.BadParameter(f"{error}.", ctx, param) from error
    return value


EXAMPLE = "Example: edi-gateway send invoice.xml --url https://gw.example.com --key acme.key --cert acme.pem"


@click.command(epilog=EXAMPLE)
@click.argument("file", type=FILE)
@click.option("--url", required=True, callback=address, help="The gateway's address, such as https://gw.example.com.")
@click.option("--key", type=FILE, required=True, help="PEM private key.")
@click.option("--cert", type=FILE, required=True, help="Its certificate, PEM or DER.")
@click.option(
    "--format", type=click.Choice(get_args(Format)), help="How to sign; default: xmldsig, for JSON jws, for PDF pades."
)
@click.option(
    "--placement",
    type=click.Choice(get_args(Placement)),
    default="root",
    show_default=True,
    help="Where an XML signature goes: at the end, or into an extension as UBL's profile has it.",
)
@click.option("--cacert", type=FILE, help="PEM certificates to trust the server by, instead of the system's.")
@click.option("--insecure", is_flag=True, help="Don't check whose server it is.")
@click.option("--receipt", type=NEW_FILE, help="Where to save the receipt; default: beside FILE.")
@click.option("--vkey", callback=_vkey, help="The ledger's verifier key, to check the receipt by.")
@json_option
def send(
    file: Path,
    url: str,
    key: Path,
    cert: Path,
    format: Format | None,
    placement: Placement,
    cacert: Path | None,
    insecure: bool,
    receipt: Path | None,
    vkey: str | None,
) -> None:
    """Sign FILE, post it, check the receipt and save it.

    A refusal exits with 1, and its receipt is saved, too: by default to FILE.refusal.json instead of
    FILE.receipt.json. Sending a document twice does no harm: the first receipt comes back. A PDF is a new one whenever
    it is signed: it is saved as NAME.signed.pdf, and that is sent again as it is.
    """
    document = file.read_bytes()
    format = format or _USUAL.get(sniff(document), "xmldsig")
    signed = sign(document, format, private_key_in(key), certificate_in(cert), placement=placement)
    if format == "pades" and signed.body != document:
        save(file.with_name(f"{file.stem}.signed.pdf"), signed.body)
    with Client(url, vkey=vkey, ca_file=cacert, insecure=insecure) as client:
        try:
            answer = client.post(signed)
        except Unproven as error:
            raise Unproven(f"the document may be recorded, but its receipt does not hold: {error}. {_AGAIN}") from error
    saved = _save(answer, receipt or file.with_name(f"{file.name}.{'receipt' if answer.accepted else 'refusal'}.json"))
    if answer.checked and not answer.checked.trusted:
        warn_only_itself("receipt")
    show(_facts(answer, saved), *_lines(answer, saved))
    if answer.problem:
        raise Failure(f"refused: {answer.problem.get('code', answer.status)}: {answer.problem.get('detail')}")


_USUAL: Mapping[str, Format] = {"application/json": "jws", "application/pdf": "pades"}
_AGAIN = "If the ledger's key was exchanged, send it again with the new one as --vkey: the first receipt comes back."


def private_key_in(file: Path) -> PrivateKey:
    """The private key in a PEM file; asks for its passphrase where it has one. Raises Misuse."""
    pem = file.read_bytes()
    try:
        try:
            key = load_pem_private_key(pem, None)
        except TypeError:
            passphrase = click.prompt(f"Passphrase of {file}", hide_input=True, err=True)
            key = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Misuse(f"{file} is not a private key in PEM, or the passphrase is wrong.") from error
    if not isinstance(key, PrivateKey):
        raise Misuse(f"{file} holds a key that does not sign: {type(key).__name__}.")
    return key


def certificate_in(file: Path) -> bytes:
    """The certificate in a file, PEM or DER, as DER. Raises Misuse."""
    data = file.read_bytes()
    try:
        pem = b"-----BEGIN" in data
        certificate = x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise Misuse(f"{file} is not a certificate, in PEM or DER.") from error
    return certificate.public_bytes(Encoding.DER)


def _save(answer: Answer, file: Path) -> str | None:
    if answer.receipt is None:
        return None
    save(file, answer.receipt)
    return str(file)


def _lines(answer: Answer, saved: str | None) -> list[str]:
    outcome = "Accepted before" if answer.repeated else "Accepted" if answer.accepted else "Refused"
    lines = [f"{outcome} ({answer.status})."]
    if answer.checked:
        lines += pairs({**told(answer.checked), "saved": saved})
    return [*lines, *findings.told((answer.problem or {}).get("findings", ()))]


def _facts(answer: Answer, saved: str | None) -> dict[str, Any]:
    statement = answer.checked.statement if answer.checked else {}
    return {
        "status": answer.status,
        "accepted": answer.accepted,
        "repeated": answer.repeated,
        "id": statement.get("id"),
        "trusted": answer.checked.trusted if answer.checked else None,
        "receipt": saved,
        "problem": answer.problem,
    }
