"""Drop-in replacement for `nasbench.lib.model_spec`."""

from __future__ import annotations

from nasbench_pytorch.space.graphs import is_upper_triangular
from nasbench_pytorch.space.spec import ModelSpec

__all__ = ["ModelSpec", "is_upper_triangular"]
