"""The module `nasbench_pytorch.model.model_spec` of nasbench-pytorch 1.3.1."""

from __future__ import annotations

from nasbench_pytorch.space.graphs import is_upper_triangular
from nasbench_pytorch.space.spec import ModelSpec

__all__ = ["ModelSpec", "is_upper_triangular"]
