"""CIFAR-10 and the digits as uint8 tensors, and the batches that a training sees."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
