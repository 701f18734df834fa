"""Lossless conversion of a network's variables to and from the names of the original TensorFlow code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.model.operations import OPERATIONS, ConvBnRelu

Array = npt.NDArray[np.floating]

_VERTEX = re.compile(r"stack(\d+)\.module(\d+)\.(vertex_\d+|output)\.(projection|operation)(?:\.(\d+))?$")


@dataclass(frozen=True)
class _Variable:
    """A tensor of the network with its TensorFlow name and axis order.

    Attributes:
        name: TensorFlow name.
        tensor: parameter or running statistic, in torch's axis order.
        to_tf: axes for `permute` into TensorFlow's order; None if the order is the same.
    """

    name: str
    tensor: Tensor
    to_tf: tuple[int, ...] | None = None

    def as_tf(self) -> Tensor:
        return self.tensor if self.to_tf is None else self.tensor.permute(self.to_tf)


def tf_variables(network: Network) -> dict[str, Array]:
    """Copy all model variables, trainable and running statistics, in the original's creation order.

    Returns:
        TensorFlow name → copied array: convolution kernels HWIO, the dense kernel [in, out]. Arrays have the
        network's dtype, or float32 if numpy lacks that dtype (bfloat16).

    Raises:
        InputError: the cell has an operation that the original does not have.
    """
    result = {}
    for variable in _variables(network):
        tensor = variable.as_tf().detach().cpu()
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()
        result[variable.name] = tensor.contiguous().numpy().copy()
    return result


@torch.no_grad()
def load_tf_variables(network: Network, variables: Mapping[str, npt.ArrayLike]) -> None:
    """Set every variable of `network` from arrays named as in TensorFlow; the inverse of `tf_variables`.

    Args:
        network: changed in place; keeps its dtype and device.
        variables: TensorFlow name → array, kernels HWIO; only the model's variables, no optimiser slots.

    Raises:
        InputError: variables are missing, surplus or misshapen; the message names each, and the network is unchanged.
    """
    expected = {variable.name: variable for variable in _variables(network)}
    arrays = {name: np.asarray(value) for name, value in variables.items()}
    problems = [f"missing {name}" for name in expected if name not in arrays]
    problems += [f"surplus {name}" for name in arrays if name not in expected]
    problems += [
        f"{name} has shape {list(arrays[name].shape)}, expected {list(variable.as_tf().shape)}"
        for name, variable in expected.items()
        if name in arrays and arrays[name].shape != tuple(variable.as_tf().shape)
    ]
    if problems:
        raise InputError(f"these variables do not fit the network: {'; '.join(problems)}")
    for name, variable in expected.items():
        variable.as_tf().copy_(torch.from_numpy(np.ascontiguousarray(arrays[name])))


def _variables(network: Network) -> Iterator[_Variable]:
    covered: set[int] = set()
    for path, module in network.named_modules():
        if isinstance(module, ConvBnRelu):
            scope, suffix = _scope(network, path)
            norm = f"{scope}/batch_normalization{suffix}"
            variables = [
                _Variable(f"{scope}/conv2d{suffix}/kernel", module.conv.weight, (2, 3, 1, 0)),
                _Variable(f"{norm}/gamma", module.norm.weight),
                _Variable(f"{norm}/beta", module.norm.bias),
                _Variable(f"{norm}/moving_mean", _buffer(module.norm, "running_mean")),
                _Variable(f"{norm}/moving_variance", _buffer(module.norm, "running_var")),
            ]
        elif module is network.classifier:
            variables = [
                _Variable("dense/kernel", network.classifier.weight, (1, 0)),
                _Variable("dense/bias", network.classifier.bias),
            ]
        else:
            continue
        covered.update(id(variable.tensor) for variable in variables)
        yield from variables
    unnamed = [name for name, parameter in network.named_parameters() if id(parameter) not in covered]
    if unnamed:
        raise InputError(f"the original has no names for these parameters of a registered operation: {unnamed}")


def _buffer(module: nn.Module, name: str) -> Tensor:
    return module.get_buffer(name)


def _scope(network: Network, path: str) -> tuple[str, str]:
    """Return the TensorFlow scope of a conv-BN-ReLU and the suffix that distinguishes it from earlier ones there."""
    if path == "stem":
        return "stem", ""
    match = _VERTEX.match(path)
    assert match is not None, path
    stack, module, vertex, role, position = match.groups()
    scope = f"stack{stack}/module{module}"
    ops = network.spec.pruned().ops
    if vertex == "output":
        # The original puts this projection under `output` only for the two-vertex cell, which has nothing else.
        return f"{scope}/output/projection" if len(ops) == 2 else f"{scope}/projection", ""
    if role == "projection":
        return f"{scope}/{vertex}/projection", ""
    operation = ops[int(vertex.removeprefix("vertex_"))]
    tf_scope = OPERATIONS[operation].tf_scope
    if tf_scope is None:
        raise InputError(f"the original has no operation '{operation}', so its variables have no TensorFlow names")
    siblings = network.get_submodule(path.rpartition(".")[0]) if position is not None else None
    earlier = 0
    if siblings is not None:
        earlier = sum(isinstance(m, ConvBnRelu) for m in list(siblings.children())[: int(position)])
    return f"{scope}/{vertex}/{tf_scope}", f"_{earlier}" if earlier else ""
