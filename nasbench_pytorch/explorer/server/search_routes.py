"""Searches to be replayed over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.server.json_answers import JsonAnswer
from nasbench_pytorch.explorer.server.query_values import whole_number
from nasbench_pytorch.explorer.views.errors import NotInTableError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from nasbench_pytorch.explorer.views.searches import Searches

_RUNS_AT_FIRST = 10
_MOST_RUNS = 1000


def search_routes(searches: Searches | None) -> list[Route]:
    """Return the route of searches; without any, it says how to get some."""

    def replay(request: Request) -> Response:
        if searches is None:
            raise NotInTableError("no search is open; start with: nasbench explore TABLE --searches FOLDER")
        count = whole_number(request, "runs", _RUNS_AT_FIRST)
        if not 1 <= count <= _MOST_RUNS:
            raise InputError(f"runs must be 1 to {_MOST_RUNS:,}, got {count}")
        return JsonAnswer(searches.replay(request.path_params["name"], count))

    return [Route("/api/searches/{name}", replay)]
