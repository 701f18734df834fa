"""How fast a machine can multiply matrices at all: the limit that a network's convolutions run against."""

from __future__ import annotations

import time

import torch

from nasbench_pytorch.training.runtime.device import ResolvedPrecision, synchronize


class MatmulLimit:
    """Products of two square matrices in one precision, with torch's current number of threads.

    A convolution is a matrix product in disguise, so what the library reaches on a product of comfortable shape is the
    floor under a training step's time. The first product, in which the library sets itself up, is made here.

    Attributes:
        size: rows and columns of the matrices.

    Args:
        precision: of the factors; sums are the library's affair (float32 in all three).
        device: where to multiply; tf32 must have been switched on there.
        size: see above; the default keeps every core of a CPU, or a GPU, busy without being slow.
    """

    def __init__(self, precision: ResolvedPrecision, device: torch.device, size: int | None = None) -> None:
        self.size = size or (2048 if device.type == "cpu" else 8192)
        self._device = device
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._factors = [torch.randn(self.size, self.size, device=device).to(dtype) for _ in range(2)]
        self._result = torch.empty_like(self._factors[0])
        self.measure()

    def measure(self) -> float:
        """FLOP/s of one product (2 × size³, multiply-adds × 2)."""
        synchronize(self._device)
        began_s = time.perf_counter()
        torch.mm(*self._factors, out=self._result)
        synchronize(self._device)
        return 2 * self.size**3 / (time.perf_counter() - began_s)
