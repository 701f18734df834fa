"""Each way to train faster, compared with the same ten steps without it."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.datasets import ImageSet, Normalisation, TrainingBatches
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.training import Recipe, Trainer
from nasbench_pytorch.training.loop.prefetch import batch_source
from tests.helpers.tiny_training import SKELETON

RECIPE = Recipe(batch_size=8, learning_rate=0.1)
BATCHES_PER_EPOCH = 5


@dataclass(frozen=True)
class Ways:
    """Ways to train faster; `run_training` can use all of them."""

    fuse: bool = True
    channels_last: bool = True
    foreach: bool = True
    prefetch: bool = True
    compile: bool = False


FAST = Ways()
SLOWER = {name: replace(FAST, **{name: False}) for name in ("fuse", "channels_last", "foreach", "prefetch")}
SLOWER["plain"] = Ways(fuse=False, channels_last=False, foreach=False, prefetch=False)


@dataclass
class Trained:
    """Losses of the steps; parameters, statistics and optimiser slots after the last one."""

    losses: list[Tensor]
    tensors: dict[str, Tensor]


@functools.cache
def train(name: str, ways: Ways, steps: int = 10, dtype: torch.dtype = torch.float64) -> Trained:
    layout = torch.channels_last if ways.channels_last else torch.contiguous_format
    torch.manual_seed(0)
    settings = {**vars(SKELETON), "stem_out_channels": 8, "channels_last": ways.channels_last}
    network = Network(NAMED_CELLS[name].spec, **settings, fuse_projections=ways.fuse)
    network = network.to(dtype=dtype, memory_format=layout)  # type: ignore[call-overload]
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randint(256, (8 * BATCHES_PER_EPOCH, 3, 16, 16), generator=generator, dtype=torch.uint8)
    images = ImageSet(pixels, torch.randint(10, (len(pixels),), generator=generator))
    normalisation = Normalisation(RECIPE.pixel_mean, RECIPE.pixel_std, dtype, layout)
    batches = TrainingBatches(images, 8, seed=2, normalisation=normalisation)
    trainer = Trainer(network, RECIPE, total_steps=10, foreach=ways.foreach, compile=ways.compile)
    if ways.compile:
        trainer.warm_up(*batches.batch(0, 0))
    with batch_source(batches, ahead=ways.prefetch) as source:
        losses = [trainer.step(*source(0, step, step + 1 < steps)).loss for step in range(steps)]
    tensors = dict(network.state_dict())
    for key, parameter in network.named_parameters():
        tensors |= {f"{key} {slot}": value for slot, value in trainer.optimizer.state[parameter].items()}
    return Trained(losses, {key: tensor.detach().clone() for key, tensor in tensors.items()})


def distance(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).norm() / other.double().norm().clamp_min(1e-30))


def assert_equal(fast: Trained, slow: Trained, limit: float) -> None:
    for one, other in zip(fast.losses, slow.losses, strict=True):
        assert distance(one, other) <= limit
    assert list(fast.tensors) == list(slow.tensors)
    for key, tensor in slow.tensors.items():
        assert distance(fast.tensors[key], tensor) <= limit, key


@pytest.mark.parametrize("without", SLOWER)
@pytest.mark.parametrize("name", ["inception", "best"])
def test_ten_steps_in_float64_are_the_same_with_and_without(name: str, without: str) -> None:
    assert_equal(train(name, FAST), train(name, SLOWER[without]), 1e-9)


@pytest.mark.parametrize("without", SLOWER)
@pytest.mark.parametrize("name", ["inception", "best"])
def test_the_first_step_in_float32_is_the_same_with_and_without(name: str, without: str) -> None:
    ways = FAST, SLOWER[without]
    fast, slow = (train(name, way, 1, torch.float32) for way in ways)
    assert_equal(fast, slow, 1e-5)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_batches_prepared_ahead_give_the_same_bits(dtype: torch.dtype) -> None:
    assert_equal(train("inception", FAST, dtype=dtype), train("inception", SLOWER["prefetch"], dtype=dtype), 0)


@pytest.mark.parametrize("channels_last", [True, False])
def test_layers_compute_in_the_requested_layout(channels_last: bool) -> None:
    # Two channels at least, since the layout of a single one is ambiguous.
    network = Network(NAMED_CELLS["inception"].spec, stem_out_channels=8, channels_last=channels_last)
    if channels_last:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen: list[bool] = []

    def look(module: nn.Module, images: tuple[Tensor], result: Tensor) -> None:
        layout = torch.channels_last if channels_last else torch.contiguous_format
        seen.append(result.is_contiguous(memory_format=layout))

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            layer.register_forward_hook(look)
    network(torch.rand(2, 3, 16, 16))
    assert seen
    assert all(seen)


def test_ten_steps_would_show_a_difference() -> None:
    """A loss that differs in the seventh digit is detected."""
    fast = train("inception", FAST)
    other = Trained([loss * (1 + 1e-7) for loss in fast.losses], fast.tensors)
    with pytest.raises(AssertionError):
        assert_equal(other, fast, 1e-9)


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run torch.compile without its code generator, which needs a compiler and minutes."""
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    train.cache_clear()
    yield
    train.cache_clear()


@pytest.mark.usefixtures("captured")
def test_a_captured_graph_trains_the_same() -> None:
    assert_equal(train("inception", replace(FAST, compile=True)), train("inception", FAST), 1e-9)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_code_trains_the_same() -> None:
    compiled = replace(FAST, compile=True)
    assert_equal(train("inception", compiled), train("inception", FAST), 1e-9)
    first, plain = (train("inception", ways, 1, torch.float32) for ways in (compiled, FAST))
    assert_equal(first, plain, 1e-5)
