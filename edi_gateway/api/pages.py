"""Pages for people: what each problem means, and what the interface offers. No script, nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from edi_gateway.api.admission import FOR_ANYBODY
from edi_gateway.api.openapi import describe
from edi_gateway.api.problem_types import PROBLEM_TYPES
from edi_gateway.api.problems import Problem
from edi_gateway.documents.explain import explain as explain_rule

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYBODY])

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code{font-size:.95em}h2{margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem}"
    "table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}"
)
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


@router.get("/problems/{code}")
async def explain(code: str) -> Response:
    """Where the `type` of a problem leads."""
    if code not in PROBLEM_TYPES:
        raise Problem("not-found")
    kind = PROBLEM_TYPES[code]
    trace = (
        "The refusal is recorded in the ledger, and the answer carries a receipt for it.\n\n" if kind.recorded else ""
    )
    return PlainTextResponse(f"{code} (HTTP {kind.status})\n\n{kind.title}\n\n{trace}{kind.advice}\n")


@router.get("/rules/{rule}")
async def read_rule(rule: str) -> Response:
    """Where the `help` of a finding leads."""
    found = explain_rule(rule)
    if found is None:
        raise Problem("not-found")
    return PlainTextResponse(found.text)


@router.get("/openapi.json")
async def read_openapi(request: Request) -> Response:
    """The interface, for programs."""
    return JSONResponse(describe(request.app))


@router.get("/docs")
async def read_docs(request: Request) -> Response:
    """The interface, for people."""
    return HTMLResponse("".join(_page(describe(request.app))), headers=_POLICY)


def _page(described: Mapping[str, Any]) -> Iterator[str]:
    title = escape(f"{described['info']['title']} {described['info']['version']}")
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    yield f"<h1>{title}</h1><p>{escape(described['info']['description'])} "
    yield 'The same for programs: <a href="/openapi.json">openapi.json</a>.</p>'
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            yield f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
            yield f"<p>{escape(operation.get('description', ''))}</p>"
            yield from _rows("Takes", _taken(operation))
            yield from _rows("Answers", _answered(operation))
    yield "</html>\n"


def _rows(caption: str, rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    cells = [f"<tr><td><code>{escape(name)}</code></td><td>{escape(text)}</td></tr>" for name, text in rows]
    if cells:
        yield f"<table><tr><th>{caption}</th><th></th></tr>{''.join(cells)}</table>"


def _taken(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation.get("security"):
        yield "Authorization", "Bearer edg_…"
    for parameter in operation.get("parameters", ()):
        yield parameter["name"], parameter.get("description", "") + ("" if parameter["required"] else " (optional)")
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield media_type, content.get("schema", {}).get("description", "")


def _answered(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for status, response in operation["responses"].items():
        yield status, f"{response.get('description', '')} ({', '.join(response.get('content', {})) or 'no body'})"
