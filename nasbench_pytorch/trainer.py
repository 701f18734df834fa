"""The module `nasbench_pytorch.trainer` of nasbench-pytorch 1.3.1: `train` and `test`."""

from __future__ import annotations

from nasbench_pytorch.legacy.trainer import test, train

__all__ = ["test", "train"]
