"""Drop-in replacement for the original's `nasbench.api`: `from nasbench_pytorch import api`."""

from __future__ import annotations

from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table.errors import OutOfDomainError
from nasbench_pytorch.table.nasbench import NASBench

__all__ = ["ModelSpec", "NASBench", "OutOfDomainError"]
