"""A CUDA device trains like a CPU; run these tests with `pytest -m gpu`."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nasbench_pytorch.datasets import Normalisation, TrainingBatches
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.training import Recipe, Trainer
from nasbench_pytorch.training.runtime.compilation import check_compilation
from nasbench_pytorch.training.runtime.device import apply_precision
from tests.golden.errors import assert_within
from tests.golden.forward import forward_errors
from tests.golden.goldens import CELL_NAMES, golden_cell
from tests.golden.runs import CELLS_AND_RUNS, RUNS, record_run, run_errors
from tests.helpers.tiny_training import SKELETON, tiny_data, tiny_recipe, train_tiny

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

RECIPE = Recipe(batch_size=16, learning_rate=0.1)


@pytest.fixture(autouse=True)
def exact_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without tf32, which torch allows in convolutions, and restore what a training sets for its process."""
    for switches in (torch.backends.cudnn, torch.backends.cuda.matmul):
        monkeypatch.setattr(switches, "allow_tf32", switches.allow_tf32)
    apply_precision("float32", torch.device("cuda"))


def ten_steps(device: str, dtype: torch.dtype, recipe: Recipe = RECIPE) -> list[float]:
    network = Network(NAMED_CELLS["inception"].spec, **{**vars(SKELETON), "stem_out_channels": 8})
    network.reset_parameters(torch.Generator().manual_seed(0))
    network = network.to(device=device, dtype=dtype).fast_()
    images = tiny_data().train.to(device)
    normalisation = Normalisation(recipe.pixel_mean, recipe.pixel_std, dtype)
    batches = TrainingBatches(images, 16, seed=1, normalisation=normalisation)
    trainer = Trainer(network, recipe, total_steps=10)
    return [trainer.step(*batches.batch(0, step)).loss.item() for step in range(10)]


def test_ten_steps_in_float64_are_those_of_the_cpu() -> None:
    assert ten_steps("cuda", torch.float64) == pytest.approx(ten_steps("cpu", torch.float64), rel=1e-9)


def test_the_first_step_in_float32_is_that_of_the_cpu() -> None:
    assert ten_steps("cuda", torch.float32)[0] == pytest.approx(ten_steps("cpu", torch.float32)[0], rel=1e-5)


@pytest.mark.parametrize("state", ["init", "pert"])
@pytest.mark.parametrize("name", CELL_NAMES)
def test_float64_logits_losses_and_gradients_are_the_originals(name: str, state: str) -> None:
    cell = golden_cell(name)
    assert_within(forward_errors(cell, state, cell.build(state).to("cuda")))


@pytest.mark.parametrize(("name", "run_name"), CELLS_AND_RUNS)
def test_ten_golden_steps_in_float64_are_those_of_the_original(name: str, run_name: str) -> None:
    cell, run = golden_cell(name), RUNS[run_name]
    assert_within(run_errors(cell, run, record_run(cell, run, network=cell.build(run.start).to("cuda"))))


@pytest.mark.parametrize(
    ("precision", "allowed"), [("auto", True), ("tf32", True), ("float32", False), ("bfloat16", False)]
)
def test_convolutions_use_tf32_where_the_recipe_says_so(precision: Any, allowed: bool) -> None:
    run = train_tiny(tiny_recipe(precision=precision), device="cuda")
    assert torch.backends.cudnn.allow_tf32 is allowed
    assert run.result.status == "complete"


def test_batches_prepared_on_a_second_stream_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    # torch's context manager for these switches would also switch cuDNN off.
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    one, other = (train_tiny(device="cuda", prefetch=prefetch) for prefetch in (False, True))
    assert [e.test_loss for e in one.result.evaluations] == [e.test_loss for e in other.result.evaluations]


def test_a_step_waits_for_nothing() -> None:
    network = Network(NAMED_CELLS["inception"].spec, **{**vars(SKELETON), "stem_out_channels": 8})
    network = network.to(device="cuda").fast_()
    images = tiny_data().train.to(torch.device("cuda"))
    batches = TrainingBatches(images, 16, seed=1, normalisation=Normalisation(RECIPE.pixel_mean, RECIPE.pixel_std))
    trainer = Trainer(network, RECIPE, total_steps=10)
    prepared = [batches.batch(0, step) for step in range(3)]
    trainer.step(*prepared[0])
    torch.cuda.set_sync_debug_mode("error")
    try:
        for batch in prepared[1:]:
            trainer.step(*batch)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_compiled_network_trains() -> None:
    try:
        check_compilation(torch.device("cuda"))
    except InputError as error:
        pytest.skip(str(error))
    compiled, plain = (train_tiny(device="cuda", compile=compile) for compile in (True, False))
    first, expected = (run.result.evaluations[0].test_loss for run in (compiled, plain))
    assert first == pytest.approx(expected, rel=1e-3)
