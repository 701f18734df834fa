"""The projections of a module as one layer, beside the same projections one by one."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.model import Network
from nasbench_pytorch.model.operations import ConvBNReLU
from nasbench_pytorch.model.projections import can_run_together
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.training import Recipe, Trainer

# Several projections, one of them into the output; one projection only; none but the output's.
NAMES = ("inception", "inception-resnet", "best", "largest", "smallest", "resnet20")


def pair(name: str) -> tuple[Network, Network]:
    """The same network twice, run together and one by one."""
    settings = {"stem_out_channels": 8, "num_stacks": 2, "num_modules_per_stack": 2}
    together = Network(NAMED_CELLS[name].spec, **settings).double()
    alone = Network(NAMED_CELLS[name].spec, **settings, fuse_projections=False).double()
    alone.load_state_dict(together.state_dict())
    return together, alone


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
    return ((one - other).norm() / other.norm().clamp_min(1e-300)).item()


@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_ten_steps_give_the_same_losses_variables_and_statistics(name: str, shards: int) -> None:
    networks = pair(name)
    recipe = Recipe(batch_size=8, batch_norm_shards=shards, learning_rate=0.1)
    trainers = [Trainer(network, recipe, total_steps=10) for network in networks]
    for images, labels in batches(10):
        losses = [trainer.step(images, labels).loss for trainer in trainers]
        assert distance(losses[0], losses[1]) < 1e-9
    together, alone = (network.state_dict() for network in networks)
    assert list(together) == list(alone)
    for key, tensor in alone.items():
        assert distance(together[key].double(), tensor.double()) < 1e-9, key


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
    together, alone = (network.eval() for network in pair(name))
    images, _ = batches(1)[0]
    assert distance(together(images), alone(images)) < 1e-12


Replacement = Callable[[ConvBNReLU], object]
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
def test_layers_that_were_replaced_are_run_as_they_are(what: str, training: bool) -> None:
    """In all projections alike, so that nothing but the replacement keeps them from running together."""
    together, alone = pair("inception")
    for network in (together, alone):
        torch.manual_seed(0)
        projections = [network.get_submodule(f"stack0.module0.vertex_{vertex}.projection") for vertex in (1, 2, 3)]
        for projection in projections:
            REPLACEMENTS[what](projection)  # type: ignore[arg-type]
        network.train(training)
    images, _ = batches(1)[0]
    assert distance(together(images), alone(images)) < 1e-12


def test_statistics_estimated_anew_are_those_of_projections_one_by_one() -> None:
    """torch's own tool for it averages over batches, which it asks for by a momentum of None."""
    networks = pair("inception")
    for network in networks:
        torch.optim.swa_utils.update_bn((images for images, _ in batches(3)), network)
    together, alone = (network.state_dict() for network in networks)
    for key, tensor in alone.items():
        assert distance(together[key].double(), tensor.double()) < 1e-12, key


@pytest.mark.parametrize("place", ["", ".conv", ".norm", ".activation"])
def test_a_hook_anywhere_in_a_projection_is_called(place: str) -> None:
    network, _ = pair("inception")
    seen: list[str] = []
    layer = network.get_submodule(f"stack0.module0.vertex_1.projection{place}")
    layer.register_forward_hook(lambda *_: seen.append("called"))
    network(batches(1)[0][0])
    assert seen == ["called"]


def test_a_hook_on_all_modules_is_called_for_each_projection() -> None:
    network, _ = pair("inception")
    seen: list[nn.Module] = []
    handle = nn.modules.module.register_module_forward_hook(lambda module, *_: seen.append(module))
    try:
        network(batches(1)[0][0])
    finally:
        handle.remove()
    assert {layer for layer in network.modules() if isinstance(layer, ConvBNReLU)} <= set(seen)


def test_batch_norms_that_differ_run_one_by_one() -> None:
    network, _ = pair("inception")
    module = network.stack(0)["module0"]
    layers = [module.get_submodule(f"vertex_{vertex}.projection") for vertex in (1, 2, 3)]
    assert can_run_together(layers)  # type: ignore[arg-type]
    assert not can_run_together(layers[:1])  # type: ignore[arg-type]
    frozen = copy.deepcopy(layers)
    frozen[1].eval()
    assert not can_run_together(frozen)  # type: ignore[arg-type]
    other = copy.deepcopy(layers)
    other[2].norm = nn.SyncBatchNorm(2)
    assert not can_run_together(other)  # type: ignore[arg-type]
