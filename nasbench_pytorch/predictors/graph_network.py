"""A small graph network on cells, learnt from scratch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from nasbench_pytorch.predictors.encoding.ranked_columns import RankedColumns
from nasbench_pytorch.predictors.fitting.averaged_members import AveragedMembers

if TYPE_CHECKING:
    from torch import Tensor

    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells
    from nasbench_pytorch.predictors.protocol import Floats


def _no_numbers() -> npt.NDArray[np.float32]:
    return np.zeros(0, dtype=np.float32)


@dataclass
class GraphNetwork(AveragedMembers):
    """Message passing along and against the edges, all columns learnt together, with a robust loss on normal scores.

    Twenty passes over 25,000 cells take about two minutes on one core; predicting all of NAS-Bench-101 half a minute.

    Attributes:
        members: networks that are averaged, each from other initial weights; their disagreement is the spread.
        width: numbers in the state of a vertex.
        layers: rounds of messages; a message crosses the longest cell of seven vertices in six.
        epochs: passes over the cells.
        least_steps: steps that a small sample is trained for at least, with more passes.
        batch_size: cells a step.
        learning_rate: the highest; it rises for a tenth of the steps and falls along a cosine.
        weight_decay: of AdamW.
        dropout: fraction of the numbers that is dropped in training.
        seed: decides initial weights, batches and dropout.
    """

    cells_at_a_time: ClassVar[int] = 1 << 12
    members: int = 1
    width: int = 64
    layers: int = 5
    epochs: int = 24
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    dropout: float = 0.1
    seed: int = 0
    least_steps: int = 0
    _modules: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)
    _centre: npt.NDArray[np.float32] = field(default_factory=_no_numbers, init=False, repr=False, compare=False)
    _deviation: npt.NDArray[np.float32] = field(default_factory=_no_numbers, init=False, repr=False, compare=False)
    _ranked: RankedColumns = field(default=RankedColumns(None), init=False, repr=False, compare=False)

    @override
    def _learn_scores(self, encoded: EncodedCells, scores: Floats) -> None:
        from nasbench_pytorch.predictors.fitting.graph_training import train_module

        self._ranked = RankedColumns.fit(encoded)
        features = self._values(encoded)
        self._centre = features.mean(axis=0)
        deviation = features.std(axis=0)
        self._deviation = np.where(deviation > 1e-6, deviation, np.float32(np.inf))  # a constant feature says nothing
        inputs = self._tensors(encoded)
        self._modules = [train_module(self, inputs, scores, self.seed * 1000 + m) for m in range(self.members)]

    @override
    def _scores(self, encoded: EncodedCells) -> list[Floats]:
        import torch

        inputs = self._tensors(encoded)
        with torch.inference_mode():
            return [module(*inputs).numpy().astype(np.float64) for module in self._modules]

    def _values(self, encoded: EncodedCells) -> npt.NDArray[np.float32]:
        return np.concatenate(self._ranked.split(encoded), axis=1).astype(np.float32)

    def _tensors(self, encoded: EncodedCells) -> tuple[Tensor, ...]:
        import torch

        features = ((self._values(encoded) - self._centre) / self._deviation).clip(-4, 4)
        arrays = (encoded.adjacency, encoded.operations, encoded.channels, features)
        return tuple(torch.from_numpy(np.array(array, dtype=np.float32)) for array in arrays)
