"""Adapters: NAS-Bench-101 as a problem for other libraries. Each needs its library, if it says so."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
