"""Weights that nasbench-pytorch 1.3.1 saved, under the names that they have here."""

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
"""Operations of 1.3.1 that have weights → the layer that held them; the max pool had none."""

_LAYER_OF = {"conv": "0", "norm": "1"}

# An empty parameter in every module, a scalar in every place without a layer, and the output's projection once more.
_WITHOUT_MEANING = re.compile(r"layers\.\d+\.(dev_param|(vertex_op|input_op)\.\d+\.a|last_inop\..+)")

_OWN_KEY = re.compile(r"stack(\d+)\.module(\d+)\.(?:vertex_(\d+)|output)\.(projection|operation)\.(conv|norm)\.(\w+)")


def convert_legacy_state_dict(state_dict: Mapping[str, Tensor], network: Network) -> dict[str, Tensor]:
    """Weights and running statistics of nasbench-pytorch 1.3.1, for `network.load_state_dict`.

    1.3.1's parameters without meaning (an empty one in every module, a scalar in every place without a layer) are
    dropped; all else keeps its values, so a converted network gives the same logits in evaluation mode. It was trained
    on images divided by other standard deviations than the original's: evaluate it with the pixel_std of the recipe
    `nasbench-pytorch-1.3`.

    Args:
        state_dict: what `network.state_dict()` was in 1.3.1, also from within DataParallel (prefix `module.`).
        network: of the same cell and skeleton; it is not changed.

    Returns:
        Key of this version → tensor; the tensors are those that were given.

    Raises:
        InputError: they are not 1.3.1's, or are another network's; names every missing, surplus and misshapen one.
    """
    if not is_legacy_state_dict(state_dict):
        raise InputError(
            "this is no state_dict of a network of nasbench-pytorch 1.3.1 (its keys begin with layers.0.conv_bn_relu)"
        )
    given = {without_prefix(key): tensor for key, tensor in state_dict.items()}
    own = network.state_dict()
    names = dict(_legacy_names(network, own))
    meant = {name: tensor for name, tensor in given.items() if not _WITHOUT_MEANING.fullmatch(name)}
    check_state_dict(meant, {name: own[key] for key, name in names.items()})
    return {key: given[name] for key, name in names.items()}


def check_state_dict(given: Mapping[str, Tensor], expected: Mapping[str, Tensor], shown: int = 6) -> None:
    """Refuse weights that are not just the expected ones.

    Raises:
        InputError: names the first `shown` missing, surplus and misshapen tensors.
    """
    problems = [f"missing {name}" for name in expected if name not in given]
    problems += [f"surplus {name}" for name in given if name not in expected]
    problems += [
        f"{name} has shape {list(given[name].shape)}, expected {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in given and given[name].shape != tensor.shape
    ]
    if problems:
        more = f"; and {len(problems) - shown} more" if len(problems) > shown else ""
        raise InputError(
            f"these weights are of another cell or skeleton than the network: {'; '.join(problems[:shown])}{more}"
        )


def _legacy_names(network: Network, keys: Mapping[str, Tensor]) -> Iterator[tuple[str, str]]:
    """Every key of this version with 1.3.1's for the same tensor.

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
            yield key, f"layers.0.{_layer(*rest.split('.'))}"
        else:
            yield key, _module_name(key, ops, network.skeleton.num_modules_per_stack)


def _module_name(key: str, ops: list[str], modules_per_stack: int) -> str:
    match = _OWN_KEY.fullmatch(key)
    assert match is not None, key
    stack, module, vertex_text, role, layer, tensor = match.groups()
    vertex = int(vertex_text) if vertex_text else len(ops) - 1
    # One list held everything: the stem, the modules, and a pooling layer in front of every stack but the first.
    index = 1 + int(stack) * (modules_per_stack + 1) + int(module)
    within = f"input_op.{vertex}" if role == "projection" else f"vertex_op.{vertex}.{_OPERATION_LAYERS[ops[vertex]]}"
    return f"layers.{index}.{within}.{_layer(layer, tensor)}"


def _layer(layer: str, tensor: str) -> str:
    return f"conv_bn_relu.{_LAYER_OF[layer]}.{tensor}"
