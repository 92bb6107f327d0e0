"""Reading a request's body: bounded in size and time while it streams."""

import asyncio

from fastapi import Request

from edi_gateway.errors import Rejection


async def read_body(request: Request, limit: int, timeout: float) -> bytes:
    """The whole body. Raises Rejection when it is larger than `limit` bytes or takes longer than `timeout` seconds."""
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
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> Rejection:
    return Rejection("body-too-large", f"The gateway accepts at most {limit} bytes.")
