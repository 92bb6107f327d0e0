"""The description of the interface: what FastAPI knows of the routes, and what it can't know of the rest."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from edi_gateway.api.access_schemas import GuestIn, SessionIn
from edi_gateway.api.key_schemas import KeyIn, RenewalIn, RetirementIn, RevocationIn
from edi_gateway.api.profile_schemas import ProfileIn
from edi_gateway.api.schemas import ErasureIn, HoldIn, PartnerIn
from edi_gateway.api.trust_schemas import EndIn, GrantIn, RevocationDataIn, RootIn

DESCRIPTION = (
    "A gateway for signed business documents. What it accepts or refuses is recorded in a ledger that nobody can "
    "rewrite unseen, and answered with a receipt that anybody can check."
)

_STRING, _INTEGER = {"type": "string"}, {"type": "integer"}

RECEIPT: dict[str, Any] = {
    "type": "object",
    "description": "A statement, its salt, and the proof that the ledger holds it: enough for a stranger to check.",
    "required": ["version", "statement", "salt", "index", "proof", "vkey"],
    "properties": {
        "version": {"const": 1},
        "statement": {"type": "object", "description": "What was recorded. Canonicalise it by RFC 8785 to check it."},
        "salt": {**_STRING, "description": "32 bytes in base64. HMAC-SHA-256 with it makes the ledger's entry."},
        "index": {**_INTEGER, "description": "The entry's place in the ledger, from 0."},
        "proof": {**_STRING, "description": "c2sp.org/tlog-proof, with the signed checkpoint at its end."},
        "vkey": {**_STRING, "description": "The ledger's verifier key, for convenience: a checker brings its own."},
    },
}

HISTORY: dict[str, Any] = {
    "type": "object",
    "description": "A part of a party's chain without a gap, each entry proved under one checkpoint.",
    "required": ["version", "party", "entries", "erasures", "next", "checkpoint", "vkey"],
    "properties": {
        "version": {"const": 1},
        "party": _STRING,
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "description": "An entry with its statement and salt, or with its leaf hash where it was erased.",
                "required": ["sequence", "index", "proof"],
                "properties": {
                    "sequence": {**_INTEGER, "description": "Its number in the party's chain, from 1."},
                    "index": {**_INTEGER, "description": "Its place in the ledger, from 0."},
                    "statement": {"type": "object"},
                    "salt": _STRING,
                    "erased": {"const": True},
                    "leafHash": _STRING,
                    "proof": {"type": "array", "items": _STRING, "description": "The audit path (RFC 9162)."},
                },
            },
        },
        "erasures": {"type": "array", "description": "Later entries of the chain that say what was erased."},
        "next": {"type": ["integer", "null"], "description": "The `cursor` of the next page, null at the end."},
        "checkpoint": {**_STRING, "description": "The signed checkpoint to which all proofs lead."},
        "vkey": {**_STRING, "description": "The ledger's verifier key, for convenience: a checker brings its own."},
    },
}

_FINDING: dict[str, Any] = {
    "type": "object",
    "required": ["rule", "severity", "stage", "message"],
    "properties": {
        "rule": _STRING,
        "severity": {"enum": ["fatal", "error", "warning", "information"]},
        "stage": {"enum": ["wellformed", "signature", "schema", "rules", "link"]},
        "terms": {"type": "array", "items": _STRING},
        "message": _STRING,
        "expected": _STRING,
        "actual": _STRING,
        "locations": {
            "type": "array",
            "items": {"type": "object", "properties": {"xpath": _STRING, "pointer": _STRING, "line": _INTEGER}},
        },
    },
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. What follows `code` is there where validation spoke, `receipt` where it is recorded.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "instance", "code"), _STRING),
        "status": _INTEGER,
        **dict.fromkeys(("documentId", "sha256", "format", "profile"), _STRING),
        "ruleset": {"type": "array", "items": {"type": "object", "properties": {"name": _STRING, "version": _STRING}}},
        "stages": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": _STRING, "outcome": {"enum": ["pass", "fail", "skipped"]}},
            },
        },
        "summary": {"type": "object", "additionalProperties": _INTEGER},
        "truncated": {"type": "boolean"},
        "findings": {"type": "array", "items": _FINDING},
        "receipt": {"$ref": "#/components/schemas/Receipt"},
        "erasure": {
            "type": "object",
            "description": "Where a document was erased: the indexes of its entry, and of the entry that says why.",
            "properties": {"index": _INTEGER, "erasedBy": _INTEGER},
        },
    },
}

_POSTED = (
    PartnerIn,
    ProfileIn,
    KeyIn,
    RenewalIn,
    RetirementIn,
    RevocationIn,
    ErasureIn,
    HoldIn,
    GuestIn,
    SessionIn,
    RootIn,
    GrantIn,
    EndIn,
    RevocationDataIn,
)
_ANY_PROBLEM = {
    "description": "What went wrong.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1, made once."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        for operations in described["paths"].values():
            for operation in operations.values():
                # FastAPI announces its own shape of 422, which never leaves here.
                if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                    del operation["responses"]["422"]
                operation["responses"].setdefault("default", _ANY_PROBLEM)
        schemas = described["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas |= {"Receipt": RECEIPT, "History": HISTORY, "Problem": PROBLEM}
        schemas |= {model.__name__: model.model_json_schema() for model in _POSTED}
        app.openapi_schema = described
    return app.openapi_schema
