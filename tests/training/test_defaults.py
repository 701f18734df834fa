"""Defaults of a training: a mistake in any of them would silently change speed or precision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.model import Network
from nasbench_pytorch.model.module import Cell
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.training import Recipe, Trainer, run_training
from nasbench_pytorch.training.loop.evaluation import evaluate
from tests.helpers.tiny_training import SKELETON, tiny_data, tiny_recipe

SPEC = NAMED_CELLS["inception"].spec
WIDER = {**vars(SKELETON), "stem_out_channels": 8}
Seen = dict[str, set[Any]]


@contextlib.contextmanager
def observed(network: nn.Module) -> Iterator[Seen]:
    """Observe the network's layers within the block: dtypes of results by kind of layer, and inference mode."""
    seen: Seen = {"conv": set(), "norm": set(), "logits": set(), "inference": set()}
    kinds = {nn.Conv2d: "conv", nn.BatchNorm2d: "norm", nn.Linear: "logits"}

    def look(module: nn.Module, images: tuple[Tensor, ...], result: Tensor) -> None:
        seen[kinds[type(module)]].add(result.dtype)
        seen["inference"].add(torch.is_inference_mode_enabled())

    handles = [layer.register_forward_hook(look) for layer in network.modules() if type(layer) in kinds]
    yield seen
    for handle in handles:
        handle.remove()


def a_batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(8, 3, 8, 8, generator=generator), torch.randint(10, (8,), generator=generator)


@pytest.mark.parametrize(("precision", "dtype"), [("bfloat16", torch.bfloat16), ("float32", torch.float32)])
def test_a_step_convolves_in_the_requested_precision_and_the_rest_is_float32(precision: Any, dtype: Any) -> None:
    network = Network(SPEC, **WIDER)
    trainer = Trainer(network, Recipe(batch_size=8, precision=precision), 10)
    with observed(network) as seen:
        loss = trainer.step(*a_batch()).loss
    assert seen["conv"] == seen["norm"] == {dtype}
    assert seen["logits"] == {torch.float32}
    state = trainer.optimizer.state.values()
    tensors = [loss, *network.parameters(), *network.buffers(), *(slot for slots in state for slot in slots.values())]
    assert {tensor.dtype for tensor in tensors if tensor.is_floating_point()} == {torch.float32}


def test_a_fused_projection_convolves_in_bfloat16_too() -> None:
    """Hooks would keep projections from being fused, so this test looks at the rounding of bfloat16."""
    torch.manual_seed(0)
    network = Network(SPEC, **WIDER).fast_()
    images, _ = a_batch()
    exact = network(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = network(images)
    assert 1e-4 < ((rounded - exact).norm() / exact.norm()).item() < 0.1
    for module in network.modules():
        if isinstance(module, Cell):
            module.fuse_projections = False
    with torch.autocast("cpu", dtype=torch.bfloat16):
        one_by_one = network(images)
    assert ((rounded - one_by_one).norm() / exact.norm()).item() < 0.02


@pytest.mark.parametrize("bfloat16", [True, False])
def test_an_evaluation_convolves_in_the_requested_precision_without_gradients(bfloat16: bool) -> None:
    network = Network(SPEC, **WIDER)
    with observed(network) as seen:
        evaluate(network, tiny_data().test, tiny_recipe(), bfloat16=bfloat16)
    assert seen["conv"] == {torch.bfloat16 if bfloat16 else torch.float32}
    assert seen["logits"] == {torch.float32}
    assert seen["inference"] == {True}


def test_a_run_uses_every_fast_path_that_changes_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {}
    step = Trainer.step

    def look(self: Trainer, *arguments: Any) -> Any:
        found["fused"] = {m.fuse_projections for m in self.network.modules() if isinstance(m, Cell)}
        found["channels_last"] = self.network.channels_last
        found["in place"] = {layer.inplace for layer in self.network.modules() if isinstance(layer, nn.ReLU)}
        weights = [layer.weight for layer in self.network.modules() if isinstance(layer, nn.Conv2d)]
        found["weights"] = {weight.is_contiguous(memory_format=torch.channels_last) for weight in weights}
        found["foreach"] = {group["foreach"] for group in self.optimizer.param_groups}
        found["memory"] = list(held)
        return step(self, *arguments)

    held: list[str] = []

    @contextlib.contextmanager
    def memory(device: torch.device) -> Iterator[None]:
        held.append(device.type)
        yield
        held.pop()

    monkeypatch.setattr(Trainer, "step", look)
    monkeypatch.setattr("nasbench_pytorch.training.execute.memory_kept_for_reuse", memory)
    recipe = tiny_recipe(epochs=1)
    run_training(SPEC, tiny_data(), recipe, skeleton=type(SKELETON)(**WIDER), device="cpu", progress="none")
    assert found["fused"] == found["weights"] == found["in place"] == found["foreach"] == {True}
    assert found["channels_last"] is True
    assert found["memory"] == ["cpu"]
    assert held == []


def test_the_precision_of_a_run_reaches_training_and_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Seen] = []
    step = Trainer.step

    def look(self: Trainer, *arguments: Any) -> Any:
        with observed(self.network) as found:
            result = step(self, *arguments)
        seen.append(found)
        return result

    evaluations: list[bool] = []

    def note(*arguments: Any, bfloat16: bool = False, **options: Any) -> Any:
        evaluations.append(bfloat16)
        return evaluate(*arguments, bfloat16=bfloat16, **options)

    monkeypatch.setattr(Trainer, "step", look)
    monkeypatch.setattr("nasbench_pytorch.training.loop.evaluation.evaluate", note)
    recipe = tiny_recipe(epochs=1, precision="bfloat16")
    run = run_training(SPEC, tiny_data(), recipe, skeleton=type(SKELETON)(**WIDER), device="cpu", progress="none")
    assert {dtype for found in seen for dtype in found["conv"]} == {torch.bfloat16}
    assert set(evaluations) == {True}
    assert run.result.environment["precision"] == "bfloat16"
