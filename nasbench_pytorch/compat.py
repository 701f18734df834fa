"""Run code written for google-research/nasbench unedited: `from nasbench import api` finds this package.

    import nasbench_pytorch.compat
    nasbench_pytorch.compat.install_as_nasbench()
    from nasbench import api

or, without a change to the script: `python -m nasbench_pytorch.compat SCRIPT [ARGUMENTS…]`.
"""

from __future__ import annotations

import importlib
import importlib.abc
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

_MODULES = {
    "nasbench.api": "nasbench_pytorch.api",
    "nasbench.lib": "nasbench_pytorch.lib",
    "nasbench.lib.config": "nasbench_pytorch.lib.config",
    "nasbench.lib.graph_util": "nasbench_pytorch.lib.graph_util",
    "nasbench.lib.model_spec": "nasbench_pytorch.lib.model_spec",
}
"""Module of the original → module of this package."""

_MARK = "__nasbench_pytorch__"


class _NoCounterpart(importlib.abc.MetaPathFinder):
    """Explains the import of a module of the original that this package does not have."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Raise ModuleNotFoundError for a module of the original; None for every other."""
        if not fullname.startswith("nasbench."):
            return None
        raise ModuleNotFoundError(
            f"'{fullname}' has no counterpart in nasbench-pytorch, which stands in for nasbench here; it has "
            f"{', '.join(_MODULES)}. docs/from_nasbench.md names the replacement of every other module",
            name=fullname,
        )


def install_as_nasbench() -> None:
    """Make `import nasbench` and its modules `api` and `lib.{config, graph_util, model_spec}` find this package.

    The change holds for this process. Calling the function again does nothing.

    Raises:
        InputError: the original nasbench has been imported already; call this function first.
    """
    present = sys.modules.get("nasbench")
    if present is not None:
        if getattr(present, _MARK, False):
            return
        raise InputError(
            "the original nasbench has been imported already; call install_as_nasbench() before the first import of it"
        )
    package = ModuleType("nasbench", "nasbench-pytorch in place of google-research/nasbench.")
    package.__path__ = []
    setattr(package, _MARK, True)
    sys.modules["nasbench"] = package
    for name, replacement in _MODULES.items():
        module = importlib.import_module(replacement)
        sys.modules[name] = module
        if name.count(".") == 1:
            setattr(package, name.removeprefix("nasbench."), module)
    # Before the ordinary finders, which would load a module of the original's name from this package's lib again.
    sys.meta_path.insert(0, _NoCounterpart())


def main(arguments: Sequence[str]) -> int:
    """Run a script with `install_as_nasbench` in force; return 2 if there is no such script."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m nasbench_pytorch.compat SCRIPT [ARGUMENTS...]")
        print("Run a script written for google-research/nasbench with nasbench-pytorch in its place.")
        return 0 if arguments else 2
    script = Path(arguments[0])
    if not script.is_file():
        print_lines(f"nasbench_pytorch.compat: there is no script '{script}'", file=sys.stderr)
        return 2
    install_as_nasbench()
    sys.argv = [str(script), *arguments[1:]]
    sys.path[0] = str(script.parent.absolute())
    runpy.run_path(str(script), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
