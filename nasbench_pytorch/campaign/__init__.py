"""Campaigns: train many cells, resumable, on one machine or many. Loads torch only to train."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
