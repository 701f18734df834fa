"""Convert the weights of nasbench-pytorch 1.3.1 to this version's names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.legacy.names import is_legacy_state_dict, without_prefix
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, MAXPOOL3X3

if TYPE_CHECKING:
    from torch import Tensor

    from nasbench_pytorch.model.network import Network

_OPERATION_LAYERS = {CONV3X3: "conv3x3", CONV1X1: "conv1x1"}
"""Operations of 1.3.1 with weights → name of the layer that held them; the max pool had none."""

_LAYER_NUMBERS = {"conv": "0", "norm": "1"}

# An empty parameter in every module, a scalar in every position without a layer, and a copy of the output's projection.
_UNUSED_NAME = re.compile(r"layers\.\d+\.(dev_param|(vertex_op|input_op)\.\d+\.a|last_inop\..+)")

_MODULE_KEY = re.compile(
    r"stack(\d+)\.module(\d+)\.(?:vertex_(\d+)|output)\.(projection|operation)\.(conv|norm)\.(\w+)"
)


def convert_legacy_state_dict(state_dict: Mapping[str, Tensor], network: Network) -> dict[str, Tensor]:
    """Convert weights and running statistics of nasbench-pytorch 1.3.1, for `network.load_state_dict`.

    1.3.1's unused parameters (an empty one in every module, a scalar in every position without a layer) are dropped.
    All other tensors are unchanged, so a converted network gives the same logits in evaluation mode. Such a network
    was trained on images divided by other standard deviations than the original's: evaluate it with the `pixel_std` of
    the recipe `nasbench-pytorch-1.3`.

    Args:
        state_dict: result of `network.state_dict()` in 1.3.1, also from inside DataParallel (prefix `module.`).
        network: a network of the same cell and skeleton; it is not changed.

    Returns:
        This version's key → tensor; tensors are not copied.

    Raises:
        InputError: the weights are not 1.3.1's, or belong to another network; the message names missing, surplus and
            misshapen tensors.
    """
    if not is_legacy_state_dict(state_dict):
        raise InputError(
            "this is not a state_dict of a nasbench-pytorch 1.3.1 network, which has keys that begin with "
            "layers.0.conv_bn_relu"
        )
    tensors = {without_prefix(key): tensor for key, tensor in state_dict.items()}
    used = {name: tensor for name, tensor in tensors.items() if not _UNUSED_NAME.fullmatch(name)}
    expected = network.state_dict()
    names = dict(_legacy_names(network, expected))
    check_state_dict(used, {name: expected[key] for key, name in names.items()})
    return {key: tensors[name] for key, name in names.items()}


def check_state_dict(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], shown: int = 6) -> None:
    """Check that `tensors` have the names and shapes of `expected`.

    Raises:
        InputError: the message names the first `shown` missing, surplus and misshapen tensors.
    """
    problems = [f"missing {name}" for name in expected if name not in tensors]
    problems += [f"surplus {name}" for name in tensors if name not in expected]
    problems += [
        f"{name} has shape {list(tensors[name].shape)}, expected {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    if problems:
        more = f"; and {len(problems) - shown} more" if len(problems) > shown else ""
        raise InputError(
            f"these weights are of another cell or skeleton than the network: {'; '.join(problems[:shown])}{more}"
        )


def _legacy_names(network: Network, keys: Mapping[str, Tensor]) -> Iterator[tuple[str, str]]:
    """Yield each key of this version with 1.3.1's name of the same tensor.

    Raises:
        InputError: the cell has an operation that 1.3.1 did not have.
    """
    ops = network.spec.pruned().ops
    for vertex in range(1, len(ops) - 1):
        if ops[vertex] not in _OPERATION_LAYERS and ops[vertex] != MAXPOOL3X3:
            raise InputError(f"nasbench-pytorch 1.3.1 had no operation '{ops[vertex]}' (vertex {vertex})")
    for key in keys:
        part, _, rest = key.partition(".")
        if part == "classifier":
            yield key, key
        elif part == "stem":
            yield key, f"layers.0.{_layer_name(*rest.split('.'))}"
        else:
            yield key, _module_name(key, ops, network.skeleton.num_modules_per_stack)


def _module_name(key: str, ops: list[str], modules_per_stack: int) -> str:
    match = _MODULE_KEY.fullmatch(key)
    assert match is not None, key
    stack, module, vertex_text, role, layer, tensor = match.groups()
    vertex = int(vertex_text) if vertex_text else len(ops) - 1
    # 1.3.1 had a single list of the stem, the modules, and a pooling layer before every stack but the first.
    index = 1 + int(stack) * (modules_per_stack + 1) + int(module)
    within = f"input_op.{vertex}" if role == "projection" else f"vertex_op.{vertex}.{_OPERATION_LAYERS[ops[vertex]]}"
    return f"layers.{index}.{within}.{_layer_name(layer, tensor)}"


def _layer_name(layer: str, tensor: str) -> str:
    return f"conv_bn_relu.{_LAYER_NUMBERS[layer]}.{tensor}"
