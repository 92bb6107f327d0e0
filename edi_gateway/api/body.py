"""Reading a request's body: bounded in size and time while it streams."""

import asyncio
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from edi_gateway.api.problems import Problem, invalid
from edi_gateway.api.signed import signed_request
from edi_gateway.errors import Rejection
from edi_gateway.syntax import json

MAX_JSON = 65_536
"""Bytes of a body that an operator or an officer posts: a partner, a certificate or a reason is far smaller."""

Asked = TypeVar("Asked", bound=BaseModel)


async def read_body(request: Request, limit: int, timeout: float) -> bytes:
    """The whole body. Raises Rejection when it is larger than `limit` bytes or takes longer than `timeout` seconds, and
    for another body than the one that a signed request was signed with."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(timeout):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
    except TimeoutError as error:
        raise Rejection("body-too-slow", f"The body did not arrive within {timeout:g} seconds.") from error
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if signed := signed_request(request):
        signed.check_body(body)
    return body


async def read_json(request: Request, timeout: float, model: type[Asked], limit: int = MAX_JSON) -> Asked:
    """A small JSON body of that shape. Raises Rejection, and Problem where it has another."""
    body = await read_body(request, limit, timeout)
    try:
        # pydantic takes the last of two members of one name, where another reader takes the first.
        json.parse(body)
        return model.model_validate_json(body)
    except Rejection as error:
        raise Problem("body-invalid", error.detail) from error
    except ValidationError as error:
        raise invalid("body-invalid", error.errors()) from error


def _too_large(limit: int) -> Rejection:
    return Rejection("body-too-large", f"The gateway accepts at most {limit} bytes.")
