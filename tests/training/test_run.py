from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Interrupted, Trainer, load_run, run_training
from nasbench_pytorch.training.loop.attempt import evaluation_steps
from nasbench_pytorch.training.recipe import Recipe
from tests.training.tiny import SKELETON, SPEC, tiny_data, tiny_recipe, train_tiny

if TYPE_CHECKING:
    from nasbench_pytorch.records import RunResult


def accuracies(result: RunResult) -> list[tuple[Any, ...]]:
    return [
        (e.epochs, e.steps, e.train_accuracy, e.validation_accuracy, e.test_accuracy, e.train_loss, e.test_loss)
        for e in result.evaluations
    ]


def stop_after(monkeypatch: pytest.MonkeyPatch, steps: int, signal_number: int = signal.SIGTERM) -> None:
    """Let the training's own process send it a signal once `steps` steps are taken."""
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        result = take_step(self, *arguments)
        if self.steps_done == steps:
            signal.raise_signal(signal_number)
        return result

    monkeypatch.setattr(Trainer, "step", step)


@pytest.mark.parametrize(
    ("epochs", "expected"), [(4, [1, 312, 625]), (12, [1, 937, 1875]), (36, [1, 2812, 5625]), (108, [1, 8437, 16875])]
)
def test_evaluations_come_after_the_originals_steps(epochs: int, expected: list[int]) -> None:
    recipe = Recipe(epochs=epochs)
    assert evaluation_steps(recipe.evaluation_points, lambda point: recipe.steps_at(point, 40_000)) == expected


def test_a_run_is_evaluated_at_the_start_halfway_and_at_the_end() -> None:
    result = train_tiny().result
    assert [(e.epochs, e.steps) for e in result.evaluations] == [(0, 1), (2, 10), (4, 20)]
    assert result.status == "complete"
    assert result.attempts == 1
    assert result.hash == SPEC.hash_spec()


def test_a_run_learns() -> None:
    wider = replace(SKELETON, stem_out_channels=16)
    result = train_tiny(tiny_recipe(epochs=32, batch_norm_shards=1, learning_rate=0.2), skeleton=wider).result
    assert result.evaluations[-1].train_accuracy > 0.9
    assert result.evaluations[0].train_accuracy < 0.3


def test_equal_seeds_give_equal_runs_and_other_seeds_other_ones() -> None:
    first, second, other = (train_tiny(seed=seed) for seed in (1, 1, 2))
    assert accuracies(first.result) == accuracies(second.result)
    assert first.network is not None and second.network is not None
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name]), name
    assert accuracies(first.result) != accuracies(other.result)


@pytest.mark.parametrize("step", [1, 4, 10, 13, 19])
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_resumes_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, signal_number: int
) -> None:
    whole = train_tiny(out=tmp_path / "whole")
    with monkeypatch.context() as patched, pytest.raises(Interrupted) as stopped:
        stop_after(patched, step, signal_number)
        train_tiny(out=tmp_path / "parts")
    assert stopped.value.signal_number == signal_number
    assert not (tmp_path / "parts" / "results.json").exists()
    resumed = train_tiny(out=tmp_path / "parts", resume=True)
    assert accuracies(resumed.result) == accuracies(whole.result)
    assert resumed.network is not None and whole.network is not None
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
    losses = [
        [json.loads(line)["loss"] for line in (tmp_path / name / "history.jsonl").read_text().splitlines()]
        for name in ("whole", "parts")
    ]
    assert losses[0] == losses[1]


def test_a_kill_between_the_last_checkpoint_and_its_history_costs_no_line_of_it(tmp_path: Path) -> None:
    out = tmp_path / "run"

    def history_after_training(resume: bool) -> list[dict[str, float]]:
        run_training(SPEC, tiny_data(), tiny_recipe(), skeleton=SKELETON, out=out, checkpoints_only=True, resume=resume)
        return [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]

    whole = history_after_training(resume=False)
    (out / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in whole[:-1]))
    assert history_after_training(resume=True) == whole


def test_signals_are_handled_as_before_once_the_run_is_over() -> None:
    before = signal.getsignal(signal.SIGTERM)
    train_tiny()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_folder_holds_what_it_should_and_is_read_back(tmp_path: Path) -> None:
    run = train_tiny(out=tmp_path / "run", with_sample_metrics=True)
    names = {file.name for file in (tmp_path / "run").iterdir()}
    assert names == {"results.json", "history.jsonl", "weights.safetensors", "curve.png", "sample_metrics.json"}
    back = load_run(tmp_path / "run")
    assert back.result == run.result
    assert back.network is not None and run.network is not None
    assert not back.network.training
    for name, tensor in run.network.state_dict().items():
        assert torch.equal(tensor, back.network.state_dict()[name]), name
    history = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in history] == [1, 10, 20]
    metrics = json.loads((tmp_path / "run" / "sample_metrics.json").read_text())
    assert len(metrics["logits"]) == 100
    assert len(metrics["covariance"]) == 1 + SKELETON.num_stacks


def test_a_nan_loss_restarts_with_new_weights_and_then_fails(tmp_path: Path) -> None:
    # A rate that no network survives: every attempt ends in NaN.
    run = train_tiny(tiny_recipe(learning_rate=1e30, zero_rate_first_step=False, max_attempts=3), out=tmp_path)
    assert run.result.status == "failed"
    assert run.result.attempts == 3
    assert run.network is None
    assert load_run(tmp_path).network is None
    assert not (tmp_path / "weights.safetensors").exists()


def test_a_single_nan_costs_one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    take_step, spoiled = Trainer.step, []

    def step(self: Trainer, *arguments: Any) -> Any:
        result = take_step(self, *arguments)
        if self.steps_done == 7 and not spoiled:
            spoiled.append(True)
            return result._replace(loss=result.loss * float("nan"))
        return result

    monkeypatch.setattr(Trainer, "step", step)
    run = train_tiny()
    assert (run.result.status, run.result.attempts) == ("complete", 2)
    assert [e.steps for e in run.result.evaluations] == [1, 10, 20]


def test_a_time_limit_gives_a_truncated_run_that_was_evaluated() -> None:
    run = train_tiny(tiny_recipe(train_seconds=1e-9))
    assert run.result.status == "truncated"
    assert run.result.evaluations[-1].steps < 20


def test_training_time_leaves_evaluation_out() -> None:
    result = train_tiny().result
    assert 0 < result.training_time_s < result.total_time_s


def test_no_validation_images_give_no_validation_accuracy() -> None:
    data = tiny_data()
    data = replace(data, validation=data.validation.take(0))
    run = run_training(SPEC, data, tiny_recipe(), skeleton=SKELETON, device="cpu", progress="none")
    assert run.result.evaluations[-1].validation_accuracy is None


def test_a_finished_folder_is_refused_unless_overwritten(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    content = (tmp_path / "results.json").read_bytes()
    with pytest.raises(InputError, match="holds a finished run"):
        train_tiny(out=tmp_path)
    assert (tmp_path / "results.json").read_bytes() == content
    train_tiny(out=tmp_path, overwrite=True, seed=5)
    assert load_run(tmp_path).result.seed == 5


def test_an_unfinished_folder_is_neither_lost_nor_mixed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    content = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(InputError, match="--resume continues it"):
        train_tiny(out=tmp_path)
    with pytest.raises(InputError, match=r"recipe\.learning_rate 0\.05 there, 0\.1 now.*seed 0 there, 3 now"):
        train_tiny(tiny_recipe(learning_rate=0.1), out=tmp_path, resume=True, seed=3)
    with pytest.raises(InputError, match=r"holds no finished run.*--resume"):
        load_run(tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == content


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"x" * 100])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Any) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    file = tmp_path / "checkpoint.pt"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError, match=r"checkpoint\.pt is damaged"):
        train_tiny(out=tmp_path, resume=True)


def test_there_must_be_something_to_resume(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint"):
        train_tiny(out=tmp_path / "nothing", resume=True)
    assert not (tmp_path / "nothing").exists()


def test_damaged_results_and_weights_are_named(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(InputError, match=r"weights\.safetensors is damaged"):
        load_run(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(InputError, match=r"results\.json is damaged"):
        load_run(tmp_path)


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    content = (tmp_path / "checkpoint.pt").read_bytes()
    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr("os.fsync", full)
        train_tiny(out=tmp_path, resume=True)
    assert (tmp_path / "checkpoint.pt").read_bytes() == content
    assert sorted(file.name for file in tmp_path.iterdir()) == ["checkpoint.pt", "history.jsonl"]
    train_tiny(out=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (tiny_recipe(batch_size=200), "batch_size 200 is larger than the 160 training images"),
        (tiny_recipe(evaluation_batch_size=64, evaluation_drop_remainder=True), "64"),
    ],
)
def test_recipes_that_do_not_fit_the_data_are_refused(recipe: Recipe, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_tiny(recipe)


def test_an_unknown_device_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"unknown device 'tpu9'; this machine has: auto, cpu"):
        train_tiny(device="tpu9")


def test_tf32_needs_cuda() -> None:
    with pytest.raises(InputError, match="tf32 needs a CUDA device"):
        train_tiny(tiny_recipe(precision="tf32"), device="cpu")


def test_bfloat16_trains_and_is_recorded() -> None:
    run = train_tiny(tiny_recipe(precision="bfloat16"))
    assert run.result.environment["precision"] == "bfloat16"
    assert run.network is not None
    assert all(p.dtype == torch.float32 for p in run.network.parameters())
