"""Images in: CIFAR-10 and the digits, held as uint8 tensors, and the batches that a training sees."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.batches import TrainingBatches, evaluation_batches
    from nasbench_pytorch.datasets.cifar10 import load_cifar10, prepare_dataset
    from nasbench_pytorch.datasets.digits import load_digits
    from nasbench_pytorch.datasets.images import ImageData, ImageSet

__all__ = [
    "ImageData",
    "ImageSet",
    "TrainingBatches",
    "evaluation_batches",
    "load_cifar10",
    "load_digits",
    "prepare_dataset",
]

_HOME = {
    "ImageData": "images",
    "ImageSet": "images",
    "TrainingBatches": "batches",
    "evaluation_batches": "batches",
    "load_cifar10": "cifar10",
    "prepare_dataset": "cifar10",
    "load_digits": "digits",
}


def __getattr__(name: str) -> Any:
    """Import torch only when one of the names above is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
