"""Answers in JSON: plain ASCII, so that any text of a table is written; and errors in one sentence."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from nasbench_pytorch.printable import escape_controls


class JsonAnswer(Response):
    """Values as JSON; NaN and infinity must not be among them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of the answer."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def refusal(reason: object, status: int) -> JsonAnswer:
    """Return the answer that says in one sentence why there is no other."""
    text = escape_controls(" ".join(str(reason).split()))
    return JsonAnswer({"error": text}, status)
