"""Public names of a package, listed in its stub file and imported on first use."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def lazy_exports(package: str, init_file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], tuple[str, ...]]:
    """Return a package's `__getattr__` (PEP 562), `__dir__` and `__all__`, made from its stub `__init__.pyi`.

    The stub is the only list of a package's public names. Type checkers read it, and the documentation's API page is
    made from it. It has lines such as `from nasbench_pytorch.table.nasbench import NASBench as NASBench`. Importing the
    package imports none of these modules; the first use of a name imports its module.

    `lazy_loader` of scientific-python does the same for names that a package defines. This function also exports names
    of other packages, such as `ModelSpec` in `nasbench_pytorch.model`.

    Args:
        package: `__name__` of the package.
        init_file: `__file__` of the package.
    """
    sources = stub_exports(Path(init_file).with_suffix(".pyi"))

    def __getattr__(name: str) -> Any:  # noqa: N807 - becomes the module's __getattr__
        if name not in sources:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, attribute = sources[name]
        value = importlib.import_module(f"{module}.{attribute}" if module == package else module)
        if module != package:
            value = getattr(value, attribute)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807 - becomes the module's __dir__
        return sorted({*vars(sys.modules[package]), *sources})

    return __getattr__, __dir__, tuple(sorted(sources))


def stub_exports(stub: Path) -> dict[str, tuple[str, str]]:
    """Return public name → (module, name in the module) from the `from … import … as …` lines of a stub file."""
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    return {
        alias.asname: (node.module, alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
        if alias.asname is not None
    }
