"""Training of a network by a recipe. torch is imported when a name is first used."""

from nasbench_pytorch.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
