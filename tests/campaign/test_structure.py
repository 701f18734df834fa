"""Rules of the sub-packages that imports alone do not enforce."""

from __future__ import annotations

import ast
from pathlib import Path

import nasbench_pytorch

PACKAGE = Path(nasbench_pytorch.__file__).parent
LEDGER = PACKAGE / "campaign" / "ledger"


def imported_modules(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            modules.add(node.module)
    return modules


def test_only_the_ledger_sub_package_knows_sqlite() -> None:
    users = {path for path in PACKAGE.rglob("*.py") if "sqlite3" in imported_modules(path)}
    assert users
    layouts = PACKAGE / "table" / "layouts"  # a foreign layout is a SQLite file
    assert all(path.is_relative_to(LEDGER) or path.is_relative_to(layouts) for path in users)
