"""The main job from end to end: a gateway, two partners, their documents, and a stranger who checks it all."""

import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import httpx

from edi_gateway import client
from edi_gateway.access import create_token
from edi_gateway.client import Answer, Client, Format, Signed
from edi_gateway.demo import certificates, documents, stranger
from edi_gateway.demo.certificates import Identity
from edi_gateway.demo.server import serving
from edi_gateway.demo.trade import ACME, GLOBEX, Company
from edi_gateway.errors import Fault
from edi_gateway.gateway import Gateway, build
from edi_gateway.installation import initialise
from edi_gateway.ledger.checkpoint import Checkpoint
from edi_gateway.settings import Settings, load
from edi_gateway.workflows import enrol

Say = Callable[[str], None]

COMPANIES = {"acme": ACME, "globex": GLOBEX}
ORDER = "PO-1001"

_OPENING = f"""
  Two companies trade: {ACME.name} sells, {GLOBEX.name} buys. Between them stands a gateway.
  It takes in what they sign, and answers with receipts that anybody can check."""


@dataclass(frozen=True)
class Scene:
    """Where the story takes place, and what has come of it so far."""

    say: Say
    folder: Path
    url: str
    vkey: str
    partners: dict[str, Identity]
    client: Client
    http: httpx.Client
    token: str
    receipts: dict[str, bytes] = field(default_factory=dict)

    def step(self, what: str, *how: object) -> None:
        columns = " ".join(f"{one!s:{width}}" for one, width in zip(how, (9, 18, 40), strict=False)).rstrip()
        self.say(f"     ✓ {what:32} {columns}")

    def keep(self, name: str, answer: Answer, *statuses: int) -> Answer:
        """Save a receipt. Raises Fault when the answer is another than the story wants."""
        if answer.status not in statuses:
            raise Fault(f"{name}: {answer.status} instead of {statuses[0]}: {answer.problem}")
        if answer.receipt:
            self.receipts[name] = answer.receipt
            (self.folder / "receipts" / f"{name}.json").write_bytes(answer.receipt)
        return answer


@contextmanager
def told(folder: Path, say: Say) -> Iterator[Scene]:
    """Tell the story in an empty folder; the server runs until the block ends. Raises Fault or Unproven if it fails."""
    began = time.monotonic()
    say(_OPENING)
    say("\n  1. A gateway is set up")
    for name in ("partners", "documents", "receipts"):
        (folder / name).mkdir()
    settings = load(data_dir=folder / "data", origin="localhost/ledger")
    gateway, partners, token = _set_up(settings, folder, say)
    gateway.close()
    server = certificates.make(folder, "server", "localhost", gateway.clock(), ("localhost", "127.0.0.1"))
    with serving(settings.data_dir, server, folder / "server.log") as url:
        trust = ssl.create_default_context(cafile=server.certificate_file)
        vkey = gateway.notary.verifier.vkey
        with (
            Client(url, vkey=vkey, transport=httpx.HTTPTransport(verify=trust)) as posting,
            httpx.Client(base_url=url, transport=httpx.HTTPTransport(verify=trust)) as http,
        ):
            scene = Scene(say, folder, url, vkey, partners, posting, http, token)
            _play(scene)
            say(f"\n  All of it took {time.monotonic() - began:.1f} seconds.")
            yield scene


def _set_up(settings: Settings, folder: Path, say: Say) -> tuple[Gateway, dict[str, Identity], str]:
    verifier = initialise(settings)
    say(f"     ✓ a ledger, called {verifier.name}, with a signing key of its own")
    gateway = build(settings)
    partners = {}
    for id, company in COMPANIES.items():
        partners[id] = certificates.make(folder / "partners", id, company.name, gateway.clock())
        _enrol(gateway, id, company, partners[id])
        say(f"     ✓ partner {id:7} {company.name}, GLN {company.gln}, with a P-256 key")
    return gateway, partners, create_token(gateway, "officer", "demonstration")


def _enrol(gateway: Gateway, id: str, company: Company, identity: Identity) -> None:
    gateway.record(enrol.add_partner(id, company.name, company.identifiers, gateway.office()))
    gateway.record(enrol.add_key(id, identity.certificate, (None, None), gateway.office()))


def _play(scene: Scene) -> None:
    scene.say(f"     ✓ served over HTTPS at {scene.url}")
    before = stranger.read_checkpoint(scene.http, scene.vkey)
    scene.say("\n  2. They send each other documents, each signed in another way")
    order = _trade(scene)
    scene.say("\n  3. Not everything is as it should be")
    _troubles(scene, order)
    scene.say("\n  4. A stranger checks it all, with nothing but the verifier key")
    _stranger(scene, before)


def _trade(scene: Scene) -> Signed:
    """Contract, order, order response, invoice. Returns the signed order."""
    number = documents.CONTRACT
    _post(scene, "contract", number, documents.contract(number, GLOBEX, ACME), "acme", "jws")
    order = _post(scene, "order", ORDER, documents.order(ORDER, GLOBEX, ACME), "globex", "xmldsig")
    response = documents.order_response("OR-1001", ORDER, GLOBEX, ACME)
    _post(scene, "order response", "OR-1001", response, "acme", "cms")
    _post(scene, "invoice", "INV-2001", documents.invoice("INV-2001", ORDER, GLOBEX, ACME), "acme", "smime")
    return order


def _post(scene: Scene, what: str, number: str, document: bytes, sender: str, format: Format) -> Signed:
    suffix = "json" if format == "jws" else "xml"
    name = what.replace(" ", "-")
    (scene.folder / "documents" / f"{name}.{suffix}").write_bytes(document)
    signed = _signed(scene, document, sender, format)
    answer = scene.keep(name, scene.client.post(signed), 201)
    assert answer.checked
    receiver = "globex" if sender == "acme" else "acme"
    entry = f"accepted: entry {answer.checked.receipt.index} of the ledger"
    scene.step(f"{what} {number}", _FORMATS[format], f"{sender} → {receiver}", entry)
    return signed


_FORMATS = {"jws": "JWS", "xmldsig": "XMLDSig", "cms": "CMS", "smime": "S/MIME"}


def _signed(scene: Scene, document: bytes, sender: str, format: Format) -> Signed:
    identity = scene.partners[sender]
    return client.sign(document, format, identity.private_key, identity.certificate)


def _troubles(scene: Scene, order: Signed) -> None:
    again = scene.client.post(order)
    if again.status != 200 or again.receipt != scene.receipts["order"]:
        raise Fault(f"The order sent twice: {again.status} and another receipt than the first.")
    scene.step("the order, sent once more", 200, "the first receipt, byte for byte")

    altered = Signed(order.body.replace(b">EUR<", b">USD<", 1), order.content_type, order.digest)
    answer = scene.keep("tampered-order", scene.client.post(altered), 401)
    scene.step("the order, altered on its way", 401, _code(answer), "nobody is identified, nothing is recorded")

    undated = _without(documents.invoice("INV-2002", ORDER, GLOBEX, ACME), b"cbc:IssueDate")
    answer = scene.keep("undated-invoice", scene.client.post(_signed(scene, undated, "acme", "xades")), 422)
    scene.step("an invoice without a date", 422, _code(answer), "refused, with a receipt for the refusal")
    problem = answer.problem or {}
    for finding in problem["findings"][:2]:
        scene.say(f"         {finding['rule']}: {finding['message'][:90]}")

    foreign = documents.invoice("INV-2003", ORDER, GLOBEX, ACME)
    answer = scene.keep("foreign-invoice", scene.client.post(_signed(scene, foreign, "globex", "xmldsig")), 422)
    scene.step("acme's invoice, signed by globex", 422, _code(answer), "refused, with a receipt for the refusal")


def _code(answer: Answer) -> str:
    return str((answer.problem or {}).get("code"))


def _without(document: bytes, element: bytes) -> bytes:
    """The document without the first element of that name, and of that element's content."""
    start = document.index(b"<" + element + b">")
    end = document.index(b"</" + element + b">") + len(element) + 3
    return document[:start] + document[end:]


def _stranger(scene: Scene, before: Checkpoint) -> None:
    scene.say(f"       {scene.vkey}")
    checked = stranger.check_receipts(scene.http, list(scene.receipts.values()), scene.vkey)
    now = stranger.read_checkpoint(scene.http, scene.vkey)
    stranger.check_growth(scene.http, before, now)
    if not stranger.finds_forgery(scene.receipts["undated-invoice"], b"rejected", b"accepted", scene.vkey):
        raise Fault("A forged receipt was not found out.")
    say = scene.say
    say(f"     ✓ all {len(checked)} receipts hold, those for refusals too")
    say(f"     ✓ the ledger's {now.size} entries begin with the {before.size} from before: nothing was rewritten")
    say("     ✓ a receipt in which “rejected” was changed to “accepted” is found out")


def look_around(scene: Scene) -> None:
    command = "edi-gateway" if which("edi-gateway") else f"{sys.executable} -m edi_gateway"
    vkey = '"$(cat data/keys/ledger.vkey)"'
    scene.say(f"""
  Look around, in another terminal:

    cd {scene.folder}

    # all documents, as an officer sees them
    curl --cacert server.pem -H "Authorization: Bearer {scene.token}" {scene.url}/v1/documents

    # check a receipt, then change a letter in it and check it again
    {command} verify receipts/invoice.json --vkey {vkey}

    # sign and send a document yourself
    {command} send documents/invoice.xml --url {scene.url} --cacert server.pem \\
      --key partners/acme.key --cert partners/acme.pem --vkey {vkey}

  The API is explained at {scene.url}/docs""")
