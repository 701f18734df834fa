"""What a cell is, and all cells there are: description, hash, channels, cost, search space. Never loads torch."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
