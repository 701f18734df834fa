from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from nasbench_pytorch.campaign.outcomes import Failed, Finished, Hindered, Outcome, Stopped
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import Trial, trial_seed
from nasbench_pytorch.campaign.worker import TrainingFactory, loss_by_epoch, remove_checkpoints
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import Skeleton, named_cell
from nasbench_pytorch.training import PRESETS
from nasbench_pytorch.training.loop.attempt import Attempt
from nasbench_pytorch.training.runtime.interrupts import Interrupted

if TYPE_CHECKING:
    from nasbench_pytorch.training.loop.prefetch import BatchSource

SETTINGS = Settings(
    PRESETS["digits"],
    Skeleton(stem_out_channels=4, num_stacks=1, num_modules_per_stack=1),
    "digits",
    train_images=128,
    evaluation_images=32,
)


def a_trial(epochs: int = 2, repeat: int = 0) -> Trial:
    spec = named_cell("resnet20").spec
    cell = spec.pruned()
    digits = "".join(str(digit) for row in cell.matrix.tolist() for digit in row)
    module_hash = spec.hash_spec()
    seed = trial_seed(0, module_hash, epochs, repeat)
    return Trial(7, module_hash, digits, ",".join(cell.ops), epochs, repeat, seed)


def run(folder: Path, trial: Trial, settings: Settings = SETTINGS) -> Outcome:
    return TrainingFactory(settings, str(folder), device="cpu")()(trial)


def numbers(outcome: Outcome) -> list[Any]:
    """All but times."""
    assert isinstance(outcome, Finished), outcome
    return [outcome.curve, [replace(item, training_time_s=0) for item in outcome.evaluations]]


def test_a_trial_can_be_run_again_alone_to_the_same_result(tmp_path: Path) -> None:
    first = run(tmp_path / "a", a_trial())
    assert numbers(first) == numbers(run(tmp_path / "b", a_trial()))
    assert numbers(first) != numbers(run(tmp_path / "c", a_trial(repeat=1)))
    assert isinstance(first, Finished)
    assert [item.epochs for item in first.evaluations] == [0, 1, 2]
    assert len(first.curve) == 2
    facts = first.environment["data"]
    assert [facts[f"{name}_images"] for name in ("train", "train_evaluation", "validation", "test")] == [
        128,
        32,
        32,
        32,
    ]
    assert first.environment["threads"] == 1


def test_a_stopped_training_goes_on_to_the_result_of_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = Attempt._train
    steps = []

    def interrupted(self: Attempt, segment: int, end: int, source: BatchSource) -> None:
        train(self, segment, end, source)
        steps.append(self.state.step)
        if len(steps) == 2:
            self.save()
            raise Interrupted("by the test", 15)

    undisturbed = run(tmp_path / "a", a_trial(8))
    monkeypatch.setattr(Attempt, "_train", interrupted)
    assert run(tmp_path / "b", a_trial(8)) == Stopped(7, 15)
    stopped_at = steps[-1]
    assert numbers(run(tmp_path / "b", a_trial(8))) == numbers(undisturbed)
    assert steps[2] > stopped_at  # it resumed, and did not start again
    # Until the ledger has the result, its checkpoint gives it again without training.
    count = len(steps)
    assert numbers(run(tmp_path / "b", a_trial(8))) == numbers(undisturbed)
    assert len(steps) == count
    remove_checkpoints(tmp_path / "b", a_trial(8))
    assert list((tmp_path / "b").iterdir()) == []


def test_a_damaged_checkpoint_only_costs_time(tmp_path: Path) -> None:
    undisturbed = run(tmp_path, a_trial())
    (checkpoint,) = tmp_path.glob("*/checkpoint.pt")
    content = checkpoint.read_bytes()
    middle = len(content) // 2
    for damaged in (content[:1000], content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]):
        checkpoint.write_bytes(damaged)
        outcome = run(tmp_path, a_trial())
        assert numbers(outcome) == numbers(undisturbed)
        assert isinstance(outcome, Finished)
        assert re.search(r"restarted: .*checkpoint\.pt is damaged", outcome.note)


def test_a_checkpoint_of_another_recipe_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path, a_trial())
    other = replace(SETTINGS, recipe=replace(SETTINGS.recipe, learning_rate=0.01))
    assert isinstance(run(tmp_path, a_trial(), other), Finished)
    assert len(list(tmp_path.iterdir())) == 2


def test_nan_in_every_attempt_is_a_failure_with_its_evidence(tmp_path: Path) -> None:
    recipe = replace(SETTINGS.recipe, learning_rate=1e30, max_attempts=2, optimizer="sgd")
    outcome = run(tmp_path, a_trial(), replace(SETTINGS, recipe=recipe))
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.trial) == ("nan", 7)
    assert "in each of 2 attempts" in outcome.evidence


AcceleratorError = getattr(torch, "AcceleratorError", type("AcceleratorError", (RuntimeError,), {}))
"""The class of CUDA's errors in torch; versions before 2.8 raise a plain RuntimeError."""


def _caused_by(cause: Exception) -> Exception:
    error = ValueError("the batch could not be computed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "out-of-memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "out-of-memory"),
        (RuntimeError("CUDA error: out of memory"), "out-of-memory"),
        (RuntimeError("CUDA error: invalid argument"), "exception"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), "out-of-memory"),
        (AcceleratorError("CUDA error: an illegal memory access was encountered"), "device-lost"),
        (AcceleratorError("something that a later CUDA says"), "device-lost"),
        (RuntimeError("CUDA error: device-side assert triggered"), "device-lost"),
        (RuntimeError("CUDA error: unspecified launch failure"), "device-lost"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR"), "device-lost"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"), "device-lost"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_NOT_SUPPORTED"), "exception"),
        (_caused_by(AcceleratorError("CUDA error: misaligned address")), "device-lost"),
        (OSError("without a number"), "exception"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out-of-memory"),
    ],
)
def test_errors_of_a_training_are_reported_and_not_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def broken(self: Attempt, *arguments: object) -> None:
        raise error

    monkeypatch.setattr(Attempt, "_train", broken)
    outcome = run(tmp_path, a_trial())
    assert isinstance(outcome, Failed)
    assert outcome.device_lost == (reason == "device-lost")
    assert outcome.reason == reason.replace("device-lost", "exception")
    assert type(error).__name__ in outcome.evidence
    assert outcome.environment["device"] == "cpu"


@pytest.mark.parametrize("number", ["ENOSPC", "EIO", "ESTALE", "EMFILE", "EFBIG", "ENOENT", "EROFS"])
def test_a_failing_disk_is_no_failure_of_a_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    code = getattr(errno, number)

    def full(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        outcome = run(tmp_path, a_trial())
    (folder,) = tmp_path.iterdir()
    assert outcome == Hindered(7, f"{folder / 'checkpoint.pt'}: {os.strerror(code)}")
    assert isinstance(run(tmp_path, a_trial()), Finished)


def test_settings_that_no_trial_can_have_are_refused_before_any(tmp_path: Path) -> None:
    skeleton = SETTINGS.skeleton
    for settings, message in (
        (replace(SETTINGS, train_images=10), "batch_size 32 is larger than the 10 training images"),
        (replace(SETTINGS, skeleton=replace(skeleton, num_labels=5)), "the skeleton has 5 labels, digits has 10"),
        (replace(SETTINGS, skeleton=replace(skeleton, in_channels=1)), "the skeleton takes 1 channels"),
    ):
        with pytest.raises(InputError, match=message):
            TrainingFactory(settings, str(tmp_path), device="cpu")()


def test_a_worker_without_data_or_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown device"):
        TrainingFactory(SETTINGS, str(tmp_path), device="tpu")()
    with pytest.raises(InputError, match="train_images is 5,000, but digits has 1,204"):
        TrainingFactory(replace(SETTINGS, train_images=5000), str(tmp_path), device="cpu")()


def test_losses_are_averaged_over_the_steps_of_each_epoch() -> None:
    # Six steps an epoch, a line every four.
    lines = [(4, 4 / 6, 1.0), (6, 1.0, 4.0), (8, 8 / 6, 2.0), (12, 2.0, 3.0)]
    history = [{"step": step, "epochs": epochs, "loss": loss} for step, epochs, loss in lines]
    assert loss_by_epoch(history) == ((4 * 1 + 2 * 4) / 6, (2 * 2 + 4 * 3) / 6)
    assert loss_by_epoch([]) == ()


def test_a_trial_whose_cell_has_another_hash_is_not_trained(tmp_path: Path) -> None:
    trial = a_trial()
    for damaged in (replace(trial, hash="0" * 32), replace(trial, adjacency="x" + trial.adjacency[1:])):
        outcome = run(tmp_path, damaged)
        assert isinstance(outcome, Hindered)
        assert "the ledger is damaged" in outcome.message
