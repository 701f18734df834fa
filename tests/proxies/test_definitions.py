"""Each proxy against its formula, computed without the package's code."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812 - torch's convention

from nasbench_pytorch.proxies import PROXIES, Batch, score_network
from nasbench_pytorch.space import NASBENCH101_SKELETON, ModelSpec, count_flops, count_parameters
from tests.golden.published_proxies import PROXIES as PUBLISHED
from tests.golden.published_proxies import layers_with_weights
from tests.helpers.space_cells import as_graph, specs
from tests.proxies.conftest import tiny_network

if TYPE_CHECKING:
    from nasbench_pytorch.model import Network

SHARED = ["grad_norm", "plain", "snip", "l2_norm", "synflow", "jacov", "epe_nas", "nwot"]


@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
def test_values_are_those_of_published_code(network: Network, batch: Batch, fused: bool) -> None:
    values = score_network(network.fast_(fused), batch, SHARED)
    for name in SHARED:
        expected = PUBLISHED[name](copy.deepcopy(network.plain_()).train(), batch.images, batch.labels)
        assert values[name] == pytest.approx(expected, rel=1e-9), name


def test_fisher_counts_a_channel_as_often_as_it_has_weights(network: Network, batch: Batch) -> None:
    value = score_network(network, batch, ["fisher"])["fisher"]
    outputs: list[tuple[nn.Module, Tensor]] = []
    for layer in layers_with_weights(network):
        layer.register_forward_hook(lambda layer, _, output: outputs.append((layer, output)))
    loss = F.cross_entropy(network.train()(batch.images), batch.labels)
    gradients = torch.autograd.grad(loss, [output for _, output in outputs])
    expected = 0.0
    for (layer, output), gradient in zip(outputs, gradients, strict=True):
        product = (output * gradient).flatten(2).sum(dim=2) if output.ndim == 4 else output * gradient
        for channel in range(product.shape[1]):
            weights = layer.get_parameter("weight")[channel].numel()
            expected += weights * 0.5 * sum(product[n, channel].item() ** 2 for n in range(len(product))) / len(product)
    assert value == pytest.approx(expected, rel=1e-9)


def test_grasp_is_the_product_with_the_hessian(network: Network, batch: Batch) -> None:
    network.train()
    names = [name for name, parameter in network.named_parameters() if parameter.ndim > 1]
    given = {name: parameter.detach() for name, parameter in network.named_parameters()}

    def loss(*weights: Tensor) -> Tensor:
        logits = functional_call(network, {**given, **dict(zip(names, weights, strict=True))}, (batch.images,))
        return F.cross_entropy(logits, batch.labels)

    weights = tuple(given[name].clone().requires_grad_() for name in names)
    gradient = torch.autograd.grad(loss(*weights), weights)
    _, products = torch.autograd.functional.hvp(loss, weights, gradient)
    expected = -sum((weight * product).sum().item() for weight, product in zip(weights, products, strict=True))
    value = score_network(network, batch, ["grasp"])["grasp"]
    assert value == pytest.approx(expected, rel=1e-9)
    # Float32 networks are scored in float64 too.
    single = network.float()
    again = score_network(copy.deepcopy(single).double(), batch, ["grasp"])
    assert score_network(single, batch, ["grasp"])["grasp"] == pytest.approx(again["grasp"], rel=1e-5)


def test_layers_in_front_of_a_batch_norm_follow_eulers_theorem(batch: Batch) -> None:
    network = tiny_network(eps=1e-14).train()
    layers: list[Any] = layers_with_weights(network)
    weights = [layer.weight for layer in layers]
    gradients = torch.autograd.grad(F.cross_entropy(network(batch.images), batch.labels), weights, create_graph=True)
    half: Any = 0.5 * sum(gradient.square().sum() for gradient in gradients)
    products = torch.autograd.grad(half, weights)
    values = score_network(network, batch, ["plain", "grasp"])
    # All but the last are in front of a batch norm.
    assert values["plain"] == pytest.approx((weights[-1] * gradients[-1]).sum().item(), rel=1e-8)
    squares = sum(gradient.square().sum().item() for gradient in gradients[:-1])
    assert values["grasp"] == pytest.approx(squares - (weights[-1] * products[-1]).sum().item(), rel=1e-6)


def test_zen_is_the_change_of_the_features_and_the_batch_norms_scales(network: Network, batch: Batch) -> None:
    value = score_network(network, batch, ["zen"])["zen"]
    generator = torch.Generator().manual_seed(batch.seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.weight.data = torch.randn(layer.weight.shape, generator=generator).double()
    first, noise = (torch.randn(batch.images.shape, generator=generator).double() for _ in range(2))
    inputs: list[np.ndarray] = []
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.register_forward_hook(lambda _, given, __: inputs.append(given[0].detach().numpy()))
    outputs = [network.train().features(images)[-1].detach().numpy() for images in (first, first + 0.01 * noise)]
    scales = [np.log(np.mean(array.var(axis=(0, 2, 3), ddof=1))) for array in inputs[: len(inputs) // 2]]
    expected = np.log(np.abs(outputs[1] - outputs[0]).sum() / len(first)) + 0.5 * np.sum(scales)
    assert value == pytest.approx(expected, rel=1e-9)


def test_zico_compares_the_gradients_of_the_two_halves(network: Network, batch: Batch) -> None:
    value = score_network(network, batch, ["zico"])["zico"]
    layers: list[Any] = layers_with_weights(network.train())
    by_half = []
    for half in (slice(0, 6), slice(6, 12)):
        network.zero_grad()
        F.cross_entropy(network(batch.images[half]), batch.labels[half]).backward()
        by_half.append([layer.weight.grad.numpy().copy() for layer in layers])
    expected = 0.0
    for one, other in zip(*by_half, strict=True):
        used = one != other
        expected += math.log(np.sum((np.abs(one) + np.abs(other))[used] / np.abs(one - other)[used]))
    assert value == pytest.approx(expected, rel=1e-9)


def test_meco_sums_the_smallest_eigenvalue_of_every_layer_once(network: Network, batch: Batch) -> None:
    value = score_network(network, batch, ["meco"])["meco"]
    image = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(batch.seed)).double()
    smallest = []

    def look(_: nn.Module, __: object, output: Tensor) -> None:
        if output.ndim == 4:
            rows = output[0].flatten(1).detach().numpy()
            with np.errstate(all="ignore"):
                matrix = np.nan_to_num(np.corrcoef(rows))
            smallest.append(np.linalg.eigvals(matrix).real.min())

    for layer in network.train().modules():
        if not list(layer.children()):
            layer.register_forward_hook(look)
    network(image)
    assert value == pytest.approx(sum(smallest), rel=1e-6)


def test_swap_counts_different_patterns_of_the_first_images(network: Network) -> None:
    images = torch.randn(20, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    batch = Batch(images, torch.arange(20) % 10)
    patterns: set[tuple[bool, ...]] = set()
    value = score_network(network, batch, ["swap"])["swap"]
    for layer in network.train().modules():
        if isinstance(layer, nn.ReLU):
            layer.register_forward_hook(
                lambda _, __, output: patterns.update(map(tuple, (output[:16].flatten(1) > 0).T.tolist()))
            )
    network(images)
    assert value == len(patterns) < 2**16


@settings(max_examples=30)
@given(specs(valid=True))
def test_counts_of_a_cell_are_those_of_its_graph(spec: ModelSpec) -> None:
    cell = spec.pruned()
    values = {
        name: proxy.of_cell(spec, NASBENCH101_SKELETON) for name, proxy in PROXIES.items() if proxy.of_cell is not None
    }
    graph = as_graph(cell.matrix)
    assert values == {
        "params": count_parameters(spec),
        "flops": count_flops(spec),
        **{name: sum(op.startswith(name) for op in cell.ops) for name in ("conv3x3", "conv1x1", "maxpool3x3")},
        "edges": graph.number_of_edges(),
        "vertices": graph.number_of_nodes(),
        "depth": nx.dag_longest_path_length(graph) - 1,
    }
