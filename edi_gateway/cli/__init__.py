"""`edi-gateway`: the command line of operators, and of partners without a client of their own."""

import click

from edi_gateway.cli.options import Root, gateway_options, json_option

COMMANDS = {
    "init": ("setup:init", "Create a gateway: database, signing key, origin."),
    "serve": ("serve:serve", "Serve until stopped."),
    "demo": ("demo:demo", "See it work from end to end, in a temporary directory."),
    "partner": ("partner:partner", "Trading partners: add, list, show, suspend, resume, apply, export, profile."),
    "key": ("key:key", "Partners' keys: add, list, show, check, request, renew, approve, retire, revoke, affected."),
    "trust": (
        "trust:trust",
        "Authorities that name keys: add, list, show, retire, grant, approve, end, revocation.",
    ),
    "document": (
        "document:document",
        "Documents: list, show, receipt, evidence, history, erase, hold, release, due.",
    ),
    "payload-key": (
        "payload_key:payload_key",
        "Keys under which documents are stored encrypted: create, list, show, rotate, encrypt, destroy, give-up.",
    ),
    "contract": ("contract:contract", "Contracts: list, show."),
    "webhook": ("webhook:webhook", "Webhooks: list, deliver."),
    "ledger": ("ledger:ledger", "The ledger: key, checkpoint, verify, anchor, continue, fork, timestamp, timestamps."),
    "user": ("user:user", "People who log in: add, list, disable, enable, password, totp."),
    "token": ("token:token", "Access tokens for the API: create, list, revoke."),
    "audit": ("trail:audit", "Who read what, and who was given which right: list, verify."),
    "send": ("send:send", "Sign FILE, post it, check the receipt and save it."),
    "fetch": ("fetch:fetch", "Read PATH, such as /v1/documents, from a gateway."),
    "check": ("check:check", "Judge documents without sending them: schema and rules, as the gateway would."),
    "rule": ("rule:rule", "Say what RULE means, with an example that fails and one that passes."),
    "verify": ("verify:verify", "Check a receipt (.json), a history (.json) or an evidence bundle (.zip), offline."),
    "witness": ("witness:witness", "Be a witness of ledgers: init, add-log, key, serve."),
    "db": ("setup:db", "The database's schema: upgrade."),
}
"""Each command: where it is, inside this package, and one line of help, so that help needs no command's imports."""

EPILOG = """\b
Examples:
  edi-gateway init --origin gw.example.com/ledger
  edi-gateway partner add acme --name "Acme Tools" --identifier 0088:4000001000005
  edi-gateway key add acme --cert acme.pem
  edi-gateway serve --tls-cert server.pem --tls-key server.key
  edi-gateway send invoice.xml --url https://gw.example.com --key acme.key --cert acme.pem
  edi-gateway verify invoice.xml.receipt.json --vkey "$(cat gateway.vkey)"

Settings come from options, then EDI_GATEWAY_* variables, then gateway.toml in the working directory.
Exit codes: 0 done; 1 refused, or a check failed, with the reason on stderr; 2 wrong usage.
"""


@click.group(cls=Root, commands_at=COMMANDS, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="edi-gateway", prog_name="edi-gateway")
@gateway_options
@json_option
def main() -> None:
    """A gateway for signed business documents, with a ledger that nobody can rewrite unseen."""
