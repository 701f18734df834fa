"""Tables of results: the original's file format and interface, without TensorFlow. Nothing here loads torch."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
