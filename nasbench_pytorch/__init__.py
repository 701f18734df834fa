"""NAS-Bench-101 in PyTorch: cells, networks, faithful training, the table, campaigns and search."""

from nasbench_pytorch.lazy import lazy_exports

__version__ = "2.0.0.dev0"

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
