"""Readers of the usual layouts of CIFAR-10, one file each."""

from __future__ import annotations

from nasbench_pytorch.datasets.readers.layouts import LAYOUTS_IN_WORDS, Layout, find_layout
from nasbench_pytorch.datasets.readers.raw import CIFAR10_LABELS, RawDataset, RawImages

__all__ = ["CIFAR10_LABELS", "LAYOUTS_IN_WORDS", "Layout", "RawDataset", "RawImages", "find_layout"]
