"""Where the class of a user's algorithm is defined."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.search.algorithms.by_name import ALGORITHMS

if TYPE_CHECKING:
    from nasbench_pytorch.search.algorithms.base import SearchAlgorithm


def origin_of(cls: type[SearchAlgorithm]) -> str | None:
    """Return `module:class` for a user's algorithm, None for one of `ALGORITHMS`.

    A class in a script has the name of the script as its module, as if it were imported from there.
    """
    module = cls.__module__
    if module == "__main__":
        script = getattr(sys.modules.get(module), "__file__", None)
        module = module if script is None else Path(script).stem
    origin = f"{module}:{cls.__qualname__}"
    return None if origin in ALGORITHMS.values() else origin
