"""Names of a package that load their module only when they are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_exports(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__` (PEP 562): importing the package stays light, its names work as if imported.

    Args:
        package: `__name__` of the package.
        modules: public name → the package's module that defines it.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - becomes the module's __getattr__
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__
