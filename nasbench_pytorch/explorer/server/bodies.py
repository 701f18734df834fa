"""Bodies of requests: JSON of bounded size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from starlette.requests import Request


class TooLargeError(InputError):
    """A body that is larger than allowed."""


async def read_json(request: Request, most_bytes: int) -> dict[str, Any]:
    """Return the JSON object in a request's body; no more than `most_bytes` are read.

    Raises:
        TooLargeError: the body is larger.
        InputError: it is not sent as JSON, is no JSON, or is no object.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InputError("the body must be sent as application/json")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise TooLargeError(f"the body is larger than {most_bytes:,} bytes")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the body is not JSON: {'too deep' if isinstance(error, RecursionError) else error}"
        ) from None
    if not isinstance(value, dict):
        raise InputError(f"the body must be a JSON object, got {type(value).__name__}")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
