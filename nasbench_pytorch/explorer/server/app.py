"""The page and its data as a Starlette application."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.cell_view import describe_cell
from nasbench_pytorch.explorer.views.edit_view import describe_edit
from nasbench_pytorch.explorer.views.table_view import describe_table

if TYPE_CHECKING:
    from starlette.requests import Request

    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

PAGE = Path(__file__).parent.parent / "page"


def create_app(table: ExploredTable) -> Starlette:
    """Return the application that serves a table."""

    def facts(request: Request) -> Response:
        del request
        return JSONResponse(describe_table(table))

    def column(request: Request) -> Response:
        return Response(table.values(request.path_params["name"]).tobytes(), media_type="application/octet-stream")

    def cell(request: Request) -> Response:
        return JSONResponse(describe_cell(table, request.path_params["row"]))

    async def edit(request: Request) -> Response:
        body: dict[str, Any] = json.loads(await request.body())
        return JSONResponse(describe_edit(table, body["matrix"], body["ops"]))

    def page_file(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
        path = PAGE / name
        if path.suffix not in kinds or not path.is_file():
            return PlainTextResponse("no such file", 404)
        return Response(path.read_bytes(), media_type=kinds[path.suffix])

    def refuse(request: Request, error: Exception) -> Response:
        del request
        return JSONResponse({"error": " ".join(str(error).split())}, 400)

    return Starlette(
        routes=[
            Route("/", page_file),
            Route("/page/{name}", page_file),
            Route("/api/table", facts),
            Route("/api/columns/{name:path}", column),
            Route("/api/cells/{row:int}", cell),
            Route("/api/edit", edit, methods=["POST"]),
        ],
        exception_handlers={InputError: refuse},
    )
