"""Training of several small dense networks at once, as batched matrix products of numpy.

Networks of 20 units spend their time in calls, not in arithmetic. One call a layer for all members, and one for all
their weights in Adam, take half the time of the same steps with autograd.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.path_networks import PathNetworks

Singles = npt.NDArray[np.float32]

_ADAM_EPSILON = np.float32(1e-7)  # Keras's


@dataclass(frozen=True)
class DenseNetworks:
    """M networks of the same sizes: dense layers with rectified units, and a linear one at the end.

    Attributes:
        sizes: numbers of the input, of every layer and of the output.
        values: all weights and biases, shape (M, P).
    """

    sizes: tuple[int, ...]
    values: Singles

    @classmethod
    def initialised(cls, sizes: tuple[int, ...], members: int, rng: np.random.Generator) -> DenseNetworks:
        """Return networks with Glorot's uniform weights and biases of 0, Keras's default."""
        count = sum((wide + 1) * narrow for wide, narrow in itertools.pairwise(sizes))
        networks = cls(sizes, np.zeros((members, count), dtype=np.float32))
        for weights, _ in networks.layers(networks.values):
            limit = np.sqrt(6 / (weights.shape[1] + weights.shape[2]))
            weights[:] = rng.uniform(-limit, limit, weights.shape)
        return networks

    def layers(self, values: Singles) -> list[tuple[Singles, Singles]]:
        """Return the weights (M, in, out) and the biases (M, 1, out) of each layer, as views of shape (M, P)."""
        members, start, layers = len(values), 0, []
        for wide, narrow in itertools.pairwise(self.sizes):
            middle, end = start + wide * narrow, start + (wide + 1) * narrow
            layers.append(
                (
                    values[:, start:middle].reshape(members, wide, narrow),
                    values[:, middle:end].reshape(members, 1, narrow),
                )
            )
            start = end
        return layers

    def outputs(self, inputs: Singles) -> Singles:
        """Return what each network says about N inputs, shape (N, F) → (M, N, T)."""
        layers = self.layers(self.values)
        states = inputs[None]
        for weights, biases in layers[:-1]:
            states = np.maximum(states @ weights + biases, 0)
        weights, biases = layers[-1]
        said: Singles = states @ weights + biases
        return said


def train_networks(settings: PathNetworks, inputs: Singles, targets: Singles) -> DenseNetworks:
    """Train networks on the mean absolute error with Adam; each has its own weights and its own order of the batches.

    Args:
        settings: sizes and rates.
        inputs: shape (N, F).
        targets: shape (N, T).
    """
    rng = np.random.default_rng(settings.seed)
    sizes = (inputs.shape[1], *[settings.width] * settings.layers, targets.shape[1])
    networks = DenseNetworks.initialised(sizes, settings.members, rng)
    gradients = np.zeros_like(networks.values)
    steps = (networks.layers(networks.values), networks.layers(gradients))
    adam = _Adam(networks.values, settings.learning_rate, settings.second_moment)
    count = len(inputs)
    for _ in range(settings.epochs):
        order = rng.permuted(np.tile(np.arange(count), (settings.members, 1)), axis=1)
        for start in range(0, count, settings.batch_size):
            rows = order[:, start : start + settings.batch_size]
            _backpropagate(*steps, inputs[rows], targets[rows])
            adam.step(gradients)
    return networks


def _backpropagate(
    layers: list[tuple[Singles, Singles]], gradients: list[tuple[Singles, Singles]], inputs: Singles, targets: Singles
) -> None:
    """Write the gradient of the mean absolute error of a batch, shape (M, B, T), into `gradients`."""
    states = [inputs]
    for weights, biases in layers[:-1]:
        state = states[-1] @ weights
        state += biases
        states.append(np.maximum(state, 0, out=state))
    weights, biases = layers[-1]
    error = np.sign(states[-1] @ weights + biases - targets) / np.float32(targets[0].size)
    for place in range(len(layers) - 1, -1, -1):
        np.matmul(states[place].swapaxes(1, 2), error, out=gradients[place][0])
        np.sum(error, axis=1, keepdims=True, out=gradients[place][1])
        if place:
            error = error @ layers[place][0].swapaxes(1, 2)
            error *= states[place] > 0


class _Adam:
    """Adam on one array of all values, in place.

    Source: Kingma & Ba 2015 (arXiv 1412.6980), with the bias correction in the rate as in Keras.
    """

    def __init__(self, values: Singles, rate: float, second_moment: float) -> None:
        self.values, self.rate, self.decays = values, rate, (0.9, second_moment)
        self.mean, self.square, self.room = (np.zeros_like(values) for _ in range(3))
        self.steps = 0

    def step(self, gradients: Singles) -> None:
        """Move the values by one step."""
        self.steps += 1
        first, second = self.decays
        rate = self.rate * np.sqrt(1 - second**self.steps) / (1 - first**self.steps)
        self.mean += np.float32(1 - first) * (gradients - self.mean)
        np.multiply(gradients, gradients, out=self.room)
        self.room -= self.square
        self.room *= np.float32(1 - second)
        self.square += self.room
        np.sqrt(self.square, out=self.room)
        self.room += _ADAM_EPSILON
        np.divide(self.mean, self.room, out=self.room)
        self.room *= np.float32(rate)
        self.values -= self.room
