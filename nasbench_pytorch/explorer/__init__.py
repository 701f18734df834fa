"""A page over a table, served on this machine: map, cells, editor, filters, comparison, replay of searches."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
