"""Models that learn the accuracies of some cells and predict those of others, without a table."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
