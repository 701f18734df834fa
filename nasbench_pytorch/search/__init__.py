"""Search: algorithms that look for good cells, protocols that compare them, and regret over time."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
