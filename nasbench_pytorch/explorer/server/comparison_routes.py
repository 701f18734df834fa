"""The comparison with a second table over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from nasbench_pytorch.explorer.server.json_answers import JsonAnswer
from nasbench_pytorch.explorer.views.errors import NotInTableError

if TYPE_CHECKING:
    from starlette.requests import Request

    from nasbench_pytorch.explorer.views.comparison_view import TableComparison


def comparison_routes(comparison: TableComparison | None) -> list[Route]:
    """Return the routes of a comparison; without one, they say how to get it."""

    def compared() -> TableComparison:
        if comparison is None:
            raise NotInTableError("no second table is open; start with: nasbench explore TABLE --compare TABLE")
        return comparison

    def metric(request: Request) -> str:
        return request.query_params.get("metric", compared().metrics[0])

    def overview(request: Request) -> Response:
        name = metric(request)
        return JsonAnswer({**compared().describe(), "metric": name, "budgets": compared().by_budget(name)})

    def statistics(request: Request) -> Response:
        return JsonAnswer(compared().statistics(request.path_params["epochs"], metric(request)))

    def values(request: Request) -> Response:
        found = compared().values(request.path_params["epochs"], metric(request))
        which = request.path_params["which"]
        if which not in found._fields:
            raise NotInTableError(f"there is nothing named '{which[:20]}' here; there are: {', '.join(found._fields)}")
        return Response(getattr(found, which).tobytes(), media_type="application/octet-stream")

    return [
        Route("/api/compare", overview),
        Route("/api/compare/{epochs:int}", statistics),
        Route("/api/compare/{epochs:int}/{which}", values),
    ]
