"""Serve the explorer until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable


def serve_explorer(table: ExploredTable, port: int) -> None:
    """Serve a table on loopback."""
    import uvicorn

    from nasbench_pytorch.explorer.server.app import create_app

    uvicorn.run(create_app(table), host="127.0.0.1", port=port, log_level="warning")
