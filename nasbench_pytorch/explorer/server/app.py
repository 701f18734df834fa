"""The page and its data as a Starlette application."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.server.bodies import TooLargeError, read_json
from nasbench_pytorch.explorer.server.comparison_routes import comparison_routes
from nasbench_pytorch.explorer.server.json_answers import JsonAnswer, refusal
from nasbench_pytorch.explorer.server.page_files import read_page_files
from nasbench_pytorch.explorer.server.query_values import whole_number
from nasbench_pytorch.explorer.server.search_routes import search_routes
from nasbench_pytorch.explorer.server.security import OnlyFromThisMachine
from nasbench_pytorch.explorer.views import selection
from nasbench_pytorch.explorer.views.cell_view import describe_cell
from nasbench_pytorch.explorer.views.edit_view import describe_edit, read_cell
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.explorer.views.filters import filter_mask
from nasbench_pytorch.explorer.views.find_cells import find_row, find_rows
from nasbench_pytorch.explorer.views.samplers import draw_rows
from nasbench_pytorch.explorer.views.table_view import describe_table

if TYPE_CHECKING:
    from starlette.requests import Request

    from nasbench_pytorch.explorer.views.comparison_view import TableComparison
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.explorer.views.searches import Searches

MOST_BYTES_OF_CELL = 1 << 17
MOST_BYTES_OF_ROWS = 1 << 23
"""Largest bodies; all rows of NAS-Bench-101 as JSON are 3.3 MB."""

BYTES = "application/octet-stream"
_STATUS = {NotInTableError: 404, TooLargeError: 413, InputError: 400}


def create_app(
    table: ExploredTable, comparison: TableComparison | None = None, searches: Searches | None = None
) -> Starlette:
    """Return the application that serves a table.

    Args:
        table: the table.
        comparison: of the table with another one.
        searches: searches over the table's cells.
    """
    app = Starlette(
        routes=[
            *_page_routes(),
            *_cell_routes(table),
            *comparison_routes(comparison),
            *search_routes(searches),
            Route("/api/table", _facts(table, comparison, searches)),
            Route("/api/selection", _selection(table), methods=["POST"]),
        ],
        middleware=[Middleware(OnlyFromThisMachine)],
        exception_handlers={
            **{kind: _refuse(status) for kind, status in _STATUS.items()},
            HTTPException: _refuse_request,
            Exception: _refuse(500),
        },
    )
    app.router.redirect_slashes = False
    return app


def _page_routes() -> list[Route]:
    files = read_page_files()

    def answer(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in files:
            return refusal(f"there is no file '{name[:40]}'", 404)
        file = files[name]
        headers = {"Vary": "Accept-Encoding"}
        if re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", request.headers.get("accept-encoding", "")):
            compressed = {**headers, "Content-Encoding": "gzip"}
            return Response(file.compressed, media_type=file.media_type, headers=compressed)
        return Response(file.content, media_type=file.media_type, headers=headers)

    return [Route("/", answer), Route("/page/{name}", answer)]


def _facts(
    table: ExploredTable, comparison: TableComparison | None, searches: Searches | None
) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        del request
        compared = None if comparison is None else comparison.describe()
        found = [] if searches is None else searches.describe()
        return JsonAnswer({**describe_table(table), "searches": found, "compare": compared})

    return answer


def _cell_routes(table: ExploredTable) -> list[Route]:
    def column(request: Request) -> Response:
        return Response(table.values(request.path_params["name"]).tobytes(), media_type=BYTES)

    def cell(request: Request) -> Response:
        return JsonAnswer(describe_cell(table, request.path_params["row"]))

    def find(request: Request) -> Response:
        return JsonAnswer({"row": find_row(table, request.query_params.get("text", ""))})

    def named(request: Request) -> Response:
        rows, missing = find_rows(table, request.query_params.get("hashes", "").split("."))
        return JsonAnswer({"rows": rows, "missing": missing})

    def masked(request: Request) -> Response:
        return Response(filter_mask(table, request.query_params.get("where", "")).tobytes(), media_type=BYTES)

    def sampled(request: Request) -> Response:
        count, seed = whole_number(request, "count", 1000), whole_number(request, "seed", 0)
        rows = draw_rows(table, request.path_params["name"], count, seed)
        return Response(rows.tobytes(), media_type=BYTES)

    async def edit(request: Request) -> Response:
        body = await read_json(request, MOST_BYTES_OF_CELL)
        return JsonAnswer(await run_in_threadpool(lambda: describe_edit(table, read_cell(table, body))))

    return [
        Route("/api/columns/{name}", column),
        Route("/api/cells/{row:int}", cell),
        Route("/api/find", find),
        Route("/api/rows", named),
        Route("/api/filter", masked),
        Route("/api/samplers/{name}", sampled),
        Route("/api/edit", edit, methods=["POST"]),
    ]


def _selection(table: ExploredTable) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        body = await read_json(request, MOST_BYTES_OF_ROWS)
        return await run_in_threadpool(_answer_selection, table, body)

    return answer


def _answer_selection(table: ExploredTable, body: Mapping[str, Any]) -> Response:
    rows, file_format = selection.chosen_rows(table, body.get("rows")), body.get("format")
    if file_format == "list":
        return JsonAnswer(selection.list_cells(table, rows))
    if file_format == "campaign":
        return JsonAnswer(selection.campaign(table, rows))
    file = selection.download(table, rows, str(file_format))
    disposition = f'attachment; filename="{file.name}"'
    return Response(file.content, media_type=file.media_type, headers={"Content-Disposition": disposition})


def _refuse(status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        del request
        return refusal("the server failed; its terminal says why" if status >= 500 else error, status)

    return answer


def _refuse_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = {404: f"there is nothing at {request.url.path[:80]}", 405: f"{request.method} is not answered here"}
    return refusal(what.get(error.status_code, error.detail), error.status_code)
