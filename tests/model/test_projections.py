"""The projections of a module as one layer, beside the same projections one by one."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.model import Network
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


def test_a_hook_on_a_projection_is_still_called() -> None:
    network, _ = pair("inception")
    seen: list[str] = []
    module = network.stack(0)["module0"]
    projection = module.get_submodule("vertex_1.projection")
    projection.register_forward_hook(lambda *_: seen.append("called"))
    network(batches(1)[0][0])
    assert seen == ["called"]


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
