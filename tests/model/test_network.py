"""The network: its results, the names of its tensors and the arguments that it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's convention

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import ModelSpec, Network
from nasbench_pytorch.space import compute_vertex_channels, named_cell
from tests.helpers.space_cells import ALL_OPERATIONS, as_graph, specs

INCEPTION = named_cell("inception").spec


def conv_bn_relu(state: dict[str, Tensor], prefix: str, images: Tensor) -> Tensor:
    kernel = state[f"{prefix}.conv.weight"]
    mean, variance, scale, offset = (
        state[f"{prefix}.norm.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    convolved = F.conv2d(images, kernel, padding=kernel.shape[-1] // 2)
    return F.relu(F.batch_norm(convolved, mean, variance, scale, offset, eps=1e-5))


def operate(state: dict[str, Tensor], prefix: str, operation: str, images: Tensor) -> Tensor:
    if operation in ("maxpool3x3", "maxpool3x3-conv1x1"):
        images = F.max_pool2d(images, 3, stride=1, padding=1)
    if operation in ("maxpool3x3", "identity"):
        return images
    if operation.startswith("bottleneck"):
        for layer in range(3):
            images = conv_bn_relu(state, f"{prefix}.{layer}", images)
        return images
    return conv_bn_relu(state, f"{prefix}.1" if operation == "maxpool3x3-conv1x1" else prefix, images)


def run_module(state: dict[str, Tensor], prefix: str, spec: ModelSpec, images: Tensor, width: int) -> Tensor:
    """Run a module by the paper's rules, on a state dict and networkx: an independent reference."""
    matrix, ops, _ = spec.pruned()
    graph = as_graph(matrix)
    last = len(ops) - 1
    channels = compute_vertex_channels(images.shape[1], width, matrix)
    results: dict[int, Tensor] = {}
    for vertex in range(1, last):
        inputs = [results[u] for u in sorted(graph.predecessors(vertex)) if u != 0]
        name = f"{prefix}.vertex_{vertex}"
        if graph.has_edge(0, vertex):
            inputs.append(conv_bn_relu(state, f"{name}.projection", images))
        total = torch.stack([part[:, : channels[vertex]] for part in inputs]).sum(0)
        results[vertex] = operate(state, f"{name}.operation", ops[vertex], total)
    parts = [results[u] for u in sorted(graph.predecessors(last)) if u != 0]
    terms = [torch.cat(parts, 1)] if parts else []
    if graph.has_edge(0, last):
        terms.append(conv_bn_relu(state, f"{prefix}.output.projection", images))
    return torch.stack(terms).sum(0)


@settings(max_examples=25)
@given(specs(valid=True, operations=ALL_OPERATIONS))
def test_a_network_follows_the_rules_of_the_paper(spec: ModelSpec) -> None:
    torch.manual_seed(0)
    network = Network(spec, stem_out_channels=23, num_stacks=2, num_modules_per_stack=2).double().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.get_buffer("running_mean")):
                nn.init.normal_(tensor)
    images = torch.randn(2, 3, 9, 9, dtype=torch.double)
    state = dict(network.state_dict())
    expected = conv_bn_relu(state, "stem", images)
    for stack in range(2):
        if stack:
            # Halving an odd size keeps the last row and column.
            side = -(-expected.shape[-1] // 2) * 2
            padding = side - expected.shape[-1]
            expected = F.max_pool2d(F.pad(expected, (0, padding, 0, padding), value=-torch.inf), 2)
        for module_index in range(2):
            expected = run_module(state, f"stack{stack}.module{module_index}", spec, expected, 23 << stack)
    expected = expected.mean((2, 3)) @ state["classifier.weight"].T + state["classifier.bias"]
    torch.testing.assert_close(network(images), expected, rtol=1e-9, atol=1e-9)


def test_state_dict_keys_name_stack_module_vertex_and_role() -> None:
    keys = set(Network(INCEPTION, stem_out_channels=8, num_modules_per_stack=2).state_dict())
    assert {
        "stem.conv.weight",
        "stack1.module0.vertex_3.projection.conv.weight",
        "stack2.module1.vertex_4.operation.norm.running_var",
        "classifier.bias",
    } <= keys
    residual = set(Network(named_cell("inception-resnet").spec, stem_out_channels=8).state_dict())
    assert "stack0.module2.output.projection.norm.weight" in residual
    assert not any(key.startswith("stack0.module0.vertex_5.operation") for key in keys)  # max pooling has no tensors


def test_features_are_the_activations_after_the_stem_and_each_stack() -> None:
    network = Network(INCEPTION, stem_out_channels=8, num_modules_per_stack=1).eval()
    images = torch.randn(2, 3, 32, 32)
    features = network.features(images)
    assert [tuple(f.shape) for f in features] == [(2, 8, 32, 32), (2, 8, 32, 32), (2, 16, 16, 16), (2, 32, 8, 8)]
    torch.testing.assert_close(network.classify(features[-1]), network(images))


def test_a_pair_of_matrix_and_operations_is_accepted() -> None:
    network = Network((INCEPTION.original_matrix, INCEPTION.original_ops), stem_out_channels=8)
    assert network.spec == INCEPTION


def test_batch_norm_decay_and_epsilon_reach_every_batch_norm() -> None:
    network = Network(INCEPTION, stem_out_channels=8, batch_norm_decay=0.9, eps=1e-3)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 1 + 9 * (4 + 4)
    assert all(m.momentum == pytest.approx(0.1) and m.eps == 1e-3 for m in norms)


def test_the_predecessors_momentum_is_batch_norm_decay_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="momentum= is now batch_norm_decay="):
        network = Network(INCEPTION, stem_out_channels=8, momentum=0.9)
    assert network.stem.norm.momentum == pytest.approx(0.1)


@pytest.mark.parametrize("value", [True, False])
def test_the_predecessors_tf_like_is_ignored_with_a_warning(value: bool) -> None:
    with pytest.warns(DeprecationWarning, match="tf_like= is ignored"):
        Network(INCEPTION, stem_out_channels=8, tf_like=value)


CONV = "conv3x3-bn-relu"


@pytest.mark.parametrize(
    ("cell", "settings_", "message"),
    [
        (([[0, 0], [0, 0]], ["input", "output"]), {}, "the output of this cell cannot be reached from its input"),
        (
            ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv5x5", "output"]),
            {},
            "unknown operation 'conv5x5' at vertex 1; this space has: conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3",
        ),
        (([[0, 1], [0, 0]], ["in", "output"]), {}, "ops must begin with 'input' and end with 'output', got 'in'"),
        ((INCEPTION.original_matrix, INCEPTION.original_ops), {"stem_out_channels": 3}, "use a wider stem"),
        ((INCEPTION.original_matrix, INCEPTION.original_ops), {"num_stacks": 0}, "num_stacks must be at least 1"),
        (
            ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "bottleneck3x3", "output"]),
            {"stem_out_channels": 3},
            "a bottleneck needs at least 4 channels, but the vertex has 3; use a wider stem",
        ),
    ],
)
def test_an_impossible_network_is_refused(cell: Any, settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Network(cell, **settings_)
    assert message in str(caught.value)
