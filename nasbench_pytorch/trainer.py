"""Import path of `train` and `test` in nasbench-pytorch 1.3.1."""

from __future__ import annotations

from nasbench_pytorch.legacy.trainer import test, train

__all__ = ["test", "train"]
