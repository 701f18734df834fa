"""The page's modules bundled into one script, for reports and notebooks."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

PAGE = Path(__file__).parent / "page"
"""Folder of the page's modules and styles."""
EMBEDDED = Path(__file__).parent / "embedded"
"""Folder of the modules that reports and notebooks add."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class|let) ?\*? ?(\w+))", re.MULTILINE)


def bundle(entry: Path, exported: Collection[str] = ()) -> str:
    """Return a module of the page, and all that it imports, as one module without imports.

    The page's modules keep to what makes this simple: imports are single lines of names, exports are declarations, and
    no two modules declare the same name at their top level.

    Args:
        entry: the module; what it imports is beside it or in the page's folder.
        exported: names that stay exported; the others become the bundle's own.

    Raises:
        OSError: a module is missing.
    """
    ordered: dict[Path, str] = {}
    _add(entry, ordered)
    text = "\n".join(ordered.values())
    return _EXPORT.sub(lambda found: found[0] if found[1] in exported else "", text)


def _add(module: Path, ordered: dict[Path, str]) -> None:
    """Add a module behind those that it imports."""
    if module in ordered:
        return
    text = module.read_text(encoding="utf-8")
    ordered[module] = ""  # two modules that import each other end here
    for name in _IMPORT.findall(text):
        beside = module.with_name(name)
        _add(beside if beside.exists() else PAGE / name, ordered)
    del ordered[module]
    ordered[module] = _IMPORT.sub("", text)
