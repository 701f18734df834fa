"""Fused projections of a module give the same results as separate ones."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.model import Network
from nasbench_pytorch.model.operations import ConvBnRelu
from nasbench_pytorch.model.projections import can_run_together
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.training import Recipe, Trainer

# Cells with several projections, one of them to the output; with one projection; with the output's only.
NAMES = ("inception", "inception-resnet", "best", "largest", "smallest", "resnet20")


def pair(name: str) -> tuple[Network, Network]:
    """Build the same network twice, with fused and with separate projections."""

    def build(fuse: bool) -> Network:
        spec = NAMED_CELLS[name].spec
        return Network(spec, stem_out_channels=8, num_stacks=2, num_modules_per_stack=2, fuse_projections=fuse).double()

    fused, separate = build(True), build(False)
    separate.load_state_dict(fused.state_dict())
    return fused, separate


def projections_of(network: Network) -> list[ConvBnRelu]:
    """Return the projections of the first module, which the Inception-like cell has at vertices 1 to 3."""
    layers = [network.get_submodule(f"stack0.module0.vertex_{vertex}.projection") for vertex in (1, 2, 3)]
    return [layer for layer in layers if isinstance(layer, ConvBnRelu)]


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return [
        (
            torch.randn(8, 3, 16, 16, generator=generator, dtype=torch.float64),
            torch.randint(10, (8,), generator=generator),
        )
        for _ in range(count)
    ]


def distance(one: Tensor, other: Tensor) -> float:
    return float((one.detach() - other.detach()).norm() / other.detach().norm().clamp_min(1e-300))


@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_ten_steps_give_the_same_losses_variables_and_statistics(name: str, shards: int) -> None:
    networks = pair(name)
    recipe = Recipe(batch_size=8, batch_norm_shards=shards, learning_rate=0.1)
    trainers = [Trainer(network, recipe, total_steps=10) for network in networks]
    for images, labels in batches(10):
        losses = [trainer.step(images, labels).loss for trainer in trainers]
        assert distance(losses[0], losses[1]) < 1e-9
    fused, separate = (network.state_dict() for network in networks)
    assert list(fused) == list(separate)
    for key, tensor in separate.items():
        assert distance(fused[key].double(), tensor.double()) < 1e-9, key


@pytest.mark.parametrize("name", NAMES)
def test_the_first_step_in_float32_differs_by_rounding_only(name: str) -> None:
    networks = [network.float() for network in pair(name)]
    images, labels = batches(1)[0]
    losses = [
        Trainer(network, Recipe(batch_size=8, batch_norm_shards=1), 10).step(images.float(), labels).loss
        for network in networks
    ]
    assert distance(losses[0], losses[1]) < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_evaluation_mode_gives_the_same_logits(name: str) -> None:
    fused, separate = (network.eval() for network in pair(name))
    images, _ = batches(1)[0]
    assert distance(fused(images), separate(images)) < 1e-12


Replacement = Callable[[ConvBnRelu], object]
REPLACEMENTS: dict[str, Replacement] = {
    "another activation": lambda projection: setattr(projection, "activation", nn.SiLU()),
    "a bias": lambda projection: setattr(
        projection, "conv", nn.Conv2d(projection.conv.in_channels, projection.conv.out_channels, 1).double()
    ),
    "no scale and offset": lambda projection: setattr(
        projection, "norm", nn.BatchNorm2d(projection.conv.out_channels, affine=False).double()
    ),
    "no running statistics": lambda projection: setattr(
        projection, "norm", nn.BatchNorm2d(projection.conv.out_channels, track_running_stats=False).double()
    ),
    "a normalised weight": lambda projection: nn.utils.parametrizations.weight_norm(projection.conv),
}


@pytest.mark.parametrize("what", REPLACEMENTS)
@pytest.mark.parametrize("training", [True, False])
def test_replaced_layers_are_used(what: str, training: bool) -> None:
    """All projections get the same replacement, so that nothing but the replacement prevents fusion."""
    fused, separate = pair("inception")
    for network in (fused, separate):
        torch.manual_seed(0)
        projections = projections_of(network)
        assert len(projections) == 3
        for projection in projections:
            REPLACEMENTS[what](projection)
        network.train(training)
    images, _ = batches(1)[0]
    assert distance(fused(images), separate(images)) < 1e-12


def test_update_bn_gives_the_statistics_of_separate_projections() -> None:
    """torch's `update_bn` averages over batches by setting the momentum to None."""
    networks = pair("inception")
    for network in networks:
        torch.optim.swa_utils.update_bn((images for images, _ in batches(3)), network)
    fused, separate = (network.state_dict() for network in networks)
    for key, tensor in separate.items():
        assert distance(fused[key].double(), tensor.double()) < 1e-12, key


@pytest.mark.parametrize("layer_name", ["", ".conv", ".norm", ".activation"])
def test_a_hook_anywhere_in_a_projection_is_called(layer_name: str) -> None:
    network, _ = pair("inception")
    seen: list[str] = []
    layer = network.get_submodule(f"stack0.module0.vertex_1.projection{layer_name}")
    layer.register_forward_hook(lambda *_: seen.append("called"))
    network(batches(1)[0][0])
    assert seen == ["called"]


def test_a_hook_on_all_modules_is_called_for_each_projection_of_a_plain_network() -> None:
    _, network = pair("inception")
    seen: list[nn.Module] = []
    handle = nn.modules.module.register_module_forward_hook(lambda module, *_: seen.append(module))
    try:
        network(batches(1)[0][0])
    finally:
        handle.remove()
    assert {layer for layer in network.modules() if isinstance(layer, ConvBnRelu)} <= set(seen)


def test_projections_with_different_batch_norms_are_not_fused() -> None:
    network, _ = pair("inception")
    layers = projections_of(network)
    assert len(layers) == 3
    assert can_run_together(layers)
    assert not can_run_together(layers[:1])
    frozen = copy.deepcopy(layers)
    frozen[1].eval()
    assert not can_run_together(frozen)
    other = copy.deepcopy(layers)
    other[2].add_module("norm", nn.SyncBatchNorm(2))
    assert not can_run_together(other)
