"""Speed of matrix products, which limits a network's convolutions."""

from __future__ import annotations

import time

import torch

from nasbench_pytorch.training.runtime.device import ResolvedPrecision, synchronize


class MatmulLimit:
    """Products of two square matrices in one precision, with torch's current number of threads.

    A convolution amounts to a matrix product, so the library's speed on a product of favourable shape limits the speed
    of a training step. The constructor makes the first product, in which the library initialises itself.

    Attributes:
        size: rows and columns of the matrices.

    Args:
        precision: precision of the factors; the library sums in float32 in all three.
        device: device to multiply on; tf32 must already be enabled there.
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
        """Return the FLOP/s of one product (2 × size³, multiply-adds × 2)."""
        synchronize(self._device)
        began_s = time.perf_counter()
        torch.mm(*self._factors, out=self._result)
        synchronize(self._device)
        return 2 * self.size**3 / (time.perf_counter() - began_s)
