"""Cells and the search space: specification, hash, channels, cost, enumeration, encodings. Never loads torch."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
