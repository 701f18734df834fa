"""Serve the explorer until Ctrl-C."""

from __future__ import annotations

import importlib.util
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.explorer.server.ports import listen
from nasbench_pytorch.explorer.views.preparation import prepare

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.comparison_view import TableComparison
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.explorer.views.searches import Searches

DEFAULT_PORT = 8101


def serve_explorer(
    table: ExploredTable,
    comparison: TableComparison | None = None,
    searches: Searches | None = None,
    *,
    port: int = DEFAULT_PORT,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve a table on loopback until Ctrl-C, which raises KeyboardInterrupt.

    Args:
        table: the table.
        comparison: of the table with another one.
        searches: searches over the table's cells.
        port: the wanted port; if it is taken, the next free one is used.
        open_browser: open the page in the browser.
        say: called with lines for the user: the address first.

    Raises:
        MissingExtraError: starlette or uvicorn is not installed.
        InputError: no port is free.
    """
    check_installed()
    import uvicorn

    from nasbench_pytorch.explorer.server.app import create_app

    app = create_app(table, comparison, searches)
    with listen(port) as socket:
        actual = socket.getsockname()[1]
        address = f"http://127.0.0.1:{actual}/"
        if port not in (0, actual):
            say(f"port {port} is taken, so this is port {actual}")
        cells = f"{table.file.cells:,} cell{'' if table.file.cells == 1 else 's'}"
        say(f"{table.name}: {cells} at {address} (Ctrl-C ends it)")
        threading.Thread(target=prepare, args=(table,), daemon=True).start()
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        uvicorn.Server(config).run([socket])


def check_installed() -> None:
    """Refuse to begin without the packages of the server.

    Raises:
        MissingExtraError: starlette or uvicorn is not installed.
    """
    for package in ("starlette", "uvicorn"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "explorer")
