"""Values in the query of an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from starlette.requests import Request


def whole_number(request: Request, name: str, default: int) -> int:
    """Return a whole number of the query, or the default where it is not given.

    Raises:
        InputError: the value is no whole number.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if re.fullmatch(r"-?[0-9]{1,19}", text) is None:
        raise InputError(f"{name} must be a whole number, got '{text[:40]}'")
    return int(text)
