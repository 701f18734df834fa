"""Adapters: NAS-Bench-101 as other libraries' problems. Each needs the library that it is for."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
