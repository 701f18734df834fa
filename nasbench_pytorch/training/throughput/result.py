"""The result of a throughput measurement."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Rate:
    """Images per second over several repeats.

    Attributes:
        images_per_s: median of the repeats.
        repeats: images per second of each repeat.
        flops_per_image: multiply-adds × 2 of convolutions and dense layer.
        share_of_limit: FLOP/s of the median, as a share of the matmul limit.
    """

    images_per_s: float
    repeats: list[float]
    flops_per_image: int
    share_of_limit: float


@dataclass(frozen=True)
class Throughput:
    """Speed of a cell's training and evaluation on this machine; see `measure_throughput`.

    Attributes:
        spec: `{"matrix": …, "ops": …}` of the cell.
        skeleton: network around the cell, field by field.
        trainable_parameters: number of trainable parameters.
        batch_size: images a training step, and in a batch of an evaluation.
        batch_norm_shards: see `Recipe`.
        training: steps of the recipe on augmented batches, including the making of the batches.
        evaluation: the recipe's evaluation.
        matmul_limit_flops_per_s: median rate of square matrix products between the repeats, in the same precision with
            the same threads.
        profile_s: seconds of one training step by kind of work, see `profiling.KINDS`; mean over the steps of one
            repeat, twenty at most.
        peak_memory_bytes: peak memory of the process (CPU), or of torch on the device (CUDA), after two training steps
            and one evaluation; None if it is unknown.
        environment: device, precision, threads, hardware and versions.
    """

    spec: dict[str, Any]
    skeleton: dict[str, int]
    trainable_parameters: int
    batch_size: int
    batch_norm_shards: int
    training: Rate
    evaluation: Rate
    matmul_limit_flops_per_s: float
    profile_s: dict[str, float]
    peak_memory_bytes: int | None
    environment: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, for JSON."""
        return asdict(self)
