"""CIFAR-10 and handwritten digits: images as uint8 tensors, and their batches."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
