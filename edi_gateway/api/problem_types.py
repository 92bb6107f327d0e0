"""Every kind of problem that an answer can name: its status, what it means, and what the sender can do about it.

`GET /problems/{code}` and docs/problems.md say the same, from this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edi_gateway.errors import REASONS


@dataclass(frozen=True, slots=True)
class ProblemType:
    """`status` is the HTTP status that goes with it; `recorded` says that the refusal is in the ledger."""

    status: int
    title: str
    advice: str
    recorded: bool = False


_RESEND = "Nothing was recorded. Correct it, and send it again."

# What was refused before anybody was identified: status, advice.
_UNIDENTIFIED: Mapping[str, tuple[int, str]] = {
    "content-type-unknown": (415, "Send one of the content types that the detail lists, without a Content-Encoding."),
    "body-too-large": (413, "Send a smaller document; the detail names the limit in bytes."),
    "body-too-slow": (408, "Look at the connection, and send the document again."),
    "not-xml": (400, _RESEND),
    "xml-doctype": (400, "Remove the document type declaration, and sign again."),
    "xml-encoding": (400, "Write the document in UTF-8, and sign again."),
    "xml-limits": (400, "Write the document with less nesting and fewer declarations, and sign again."),
    "not-json": (400, _RESEND),
    "not-jws": (400, _RESEND),
    "not-cms": (400, _RESEND),
    "not-mime": (400, _RESEND),
    "not-pdf": (400, _RESEND),
    "header-invalid": (400, "Correct the header that the detail names, and send the document again."),
    "too-fast": (429, "Wait as long as Retry-After says, and send the same bytes again: nothing was recorded."),
    "unsigned": (401, "Sign the document with a key that is registered here."),
    "signature-profile": (401, "Sign in the plain form that the detail asks for."),
    "algorithm-unknown": (401, "Sign with one of the algorithms that the documentation lists."),
    "unknown-signer": (401, "Have the operator register your key, or sign with the key that is registered."),
    "signature-invalid": (401, "Send exactly the bytes that were signed; if you did, look at how you sign."),
    "misdirected-request": (421, "Sign for the address at which this gateway is reached; the detail names it."),
    "signature-stale": (401, "Look at your clock, and sign the request anew."),
    "nonce-used": (401, "Sign each request anew, with a nonce of its own."),
}

# What was refused after: its sender is known, and has a receipt for the refusal.
_IDENTIFIED: Mapping[str, tuple[int, str]] = {
    "partner-suspended": (403, "Ask the operator of the gateway why, and send again once you are resumed."),
    "network-not-permitted": (403, "Send from a network that the operator of the gateway has agreed with you."),
    "document-not-permitted": (403, "Send what was agreed with the operator of the gateway; the detail names it."),
    "key-not-valid": (422, "Sign with a key that is valid now, or have the operator register a new one."),
    "key-purpose": (422, "Sign with a key that is registered for documents."),
    "certificate-revoked": (422, "Sign with a certificate that is not revoked; ask its authority why this one is."),
    "revocation-unknown": (
        422,
        "Have the operator of the gateway add the newest CRL of your authority, and send again.",
    ),
    "algorithm-barred": (422, "Sign with a stronger algorithm or a longer key."),
    "document-unknown": (422, "Send a document in one of the formats that are read; the detail names them."),
    "document-malformed": (422, "Correct the document, sign it again, and send it."),
    "pdf-limits": (422, "Make the PDF with fewer objects and smaller attachments, sign it, and send it."),
    "document-invalid": (422, "Correct what the findings name, sign the document again, and send it."),
    "party-mismatch": (
        422,
        "Name yourself as the sender and a partner of this gateway as the receiver, as registered.",
    ),
    "document-conflict": (409, "Give the new document a number of its own; the one accepted before stays as it is."),
    "contract-conflict": (
        409,
        "Send what the other party has signed, but for `sender`; or a higher version, if you want it otherwise.",
    ),
    "idempotency-key-reused": (409, "Use a new Idempotency-Key for each document, or none."),
}

_READING: Mapping[str, ProblemType] = {
    "token-missing": ProblemType(401, "This takes a bearer token.", "Send `Authorization: Bearer edg_…`."),
    "token-invalid": ProblemType(401, "The token is unknown or has expired.", "Ask the operator for a new token."),
    "role-insufficient": ProblemType(
        403, "The token's role does not allow this.", "Use a token with a role that the detail names."
    ),
    "access-suspended": ProblemType(
        403, "The partner is suspended.", "Ask the operator of the gateway why, and come again once you are resumed."
    ),
    "login-refused": ProblemType(
        401,
        "Nobody is let in with this.",
        "Look at name, password and code; each code counts once, and an account may be disabled.",
    ),
    "too-many-requests": ProblemType(
        429, "That is too often.", "Wait as Retry-After says; logging in takes longer the more often it fails."
    ),
    "query-invalid": ProblemType(400, "The query can't be answered as it is.", "Correct what the detail names."),
    "body-invalid": ProblemType(400, "The body is not what this route takes.", "Correct what the detail names."),
    "precondition-required": ProblemType(
        428, "This takes an If-Match header.", "Read what is there, and name its ETag in If-Match."
    ),
    "precondition-failed": ProblemType(
        412, "It was changed since you read it.", "Read it again, and decide anew what it should be."
    ),
    "not-found": ProblemType(
        404,
        "There is no such thing here, or it is not yours to see.",
        "Look at the address, and at whose token you use.",
    ),
    "document-erased": ProblemType(
        410,
        "The document was erased.",
        "Nothing can be read of it any more; `erasure` and `receipt` prove that it was erased, when, and why.",
    ),
    "document-held": ProblemType(409, "A hold is on the document.", "Release it first, if it may be released."),
    "document-not-held": ProblemType(409, "No hold is on the document.", "Nothing is left to do."),
    "level-not-offered": ProblemType(
        409,
        "This gateway gives no receipts of this level.",
        "Use the receipt that was given first, or ask the operator for witnesses or timestamps.",
    ),
    "method-not-allowed": ProblemType(
        405, "This address does not know this method.", "Use one of the methods in the header Allow."
    ),
    "already-registered": ProblemType(
        409, "It is registered already.", "Nothing is left to do, or choose what nobody else has."
    ),
    "key-state": ProblemType(
        409, "The key is not where this step begins.", "Look at its state: what was retired or revoked stays so."
    ),
    "trust-state": ProblemType(
        409,
        "The root or grant is not where this step begins.",
        "Look at its state: what has ended stays so.",
    ),
    "second-person-needed": ProblemType(
        403, "Whoever proposed a key can't approve it.", "Ask somebody else, with a token under another name."
    ),
    "not-enrollable": ProblemType(422, "It can't be enrolled as it is.", "Correct what the detail names."),
    "overloaded": ProblemType(
        503,
        "Too many documents are waiting to be recorded.",
        "Wait as Retry-After says, and send the same bytes again.",
    ),
    "unavailable": ProblemType(
        503,
        "The gateway can't do this now.",
        "Wait as Retry-After says, and send the same bytes again: you get the receipt, the first one if there is one.",
    ),
    "ledger-doubtful": ProblemType(
        503,
        "The gateway's ledger does not agree with itself: nothing is recorded, nothing is signed.",
        "Nothing is lost, but it takes the operator to set it right. Send the same bytes again later.",
    ),
    "ledger-forked": ProblemType(
        503,
        "A witness has proved that the gateway's ledger was signed with another history: nothing is recorded.",
        "Nothing is lost, but it takes the operator to look at it. Send the same bytes again later.",
    ),
    "payload-key-unavailable": ProblemType(
        503,
        "The key under which the gateway stores documents can't be had: nothing is recorded, and some can't be read.",
        "Nothing is lost, but it takes the operator to set it right. Send the same bytes again later.",
    ),
    "not-ready": ProblemType(
        503, "The gateway is not ready to record documents.", "Look at the check that the detail names, and at the log."
    ),
}

PROBLEM_TYPES: Mapping[str, ProblemType] = MappingProxyType(
    {code: ProblemType(status, REASONS[code], advice) for code, (status, advice) in _UNIDENTIFIED.items()}
    | {code: ProblemType(status, REASONS[code], advice, True) for code, (status, advice) in _IDENTIFIED.items()}
    | dict(_READING)
)
"""By code, in the order of a document's path through the gateway."""
