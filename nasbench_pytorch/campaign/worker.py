"""Worker: loads the images once and runs one trial after the other."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.device_errors import is_out_of_memory, loses_device
from nasbench_pytorch.campaign.executors.base import MAX_EVIDENCE_CHARS
from nasbench_pytorch.campaign.outcomes import Failed, Finished, Hindered, Outcome, Reason, Stopped
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import Trial
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.records import RunResult

RunTrial = Callable[[Trial], Outcome]
"""Runs a trial to its end; an exception ends the worker."""

WorkerFactory = Callable[[], RunTrial]
"""Makes a worker in the process that is to run it; can be pickled."""


def _is_hindrance(error: Exception) -> bool:
    """Return whether a file could not be read or written, which is not the training's fault.

    Images are in memory, so a training uses files for its checkpoints only. Disks fail in many ways: full, read-only,
    gone, too many open files, an old handle of a network disk. A lack of memory is none of them.
    """
    return isinstance(error, OSError) and error.errno not in (None, errno.ENOMEM)


@dataclass(frozen=True)
class TrainingFactory:
    """Makes workers that train. Its pickle is small: a worker loads the images when it is made.

    Attributes:
        settings: the campaign's settings.
        checkpoints: folder for the states of unfinished trainings, each in a folder inside it.
        data_root: see `load_data`.
        device: see `run_training`.
        checkpoint_interval_s: seconds between checkpoints of a training.
    """

    settings: Settings
    checkpoints: str
    data_root: str = "data"
    device: str = "auto"
    checkpoint_interval_s: float = 60.0

    def __call__(self) -> RunTrial:
        """Make a worker.

        Raises:
            InputError: no trial could run: data or device are missing, or the settings do not fit the data.
        """
        return _Trainer(self).run


class _Trainer:
    def __init__(self, factory: TrainingFactory) -> None:
        import torch

        from nasbench_pytorch.devices import resolve_device
        from nasbench_pytorch.training.loop.data import load_data
        from nasbench_pytorch.training.runtime.device import describe_environment, resolve_precision
        from nasbench_pytorch.training.task import check_data

        self._factory, self._settings = factory, factory.settings
        torch.set_num_threads(self._settings.threads)
        device = resolve_device(factory.device)
        self._environment = describe_environment(device, resolve_precision(self._settings.recipe.precision, device))
        self._recipe_id = self._settings.recipe_id(self._environment)
        self._data = load_data(
            self._settings.dataset,
            self._settings.recipe,
            self._factory.data_root,
            train_images=self._settings.train_images,
            evaluation_images=self._settings.evaluation_images,
        )
        check_data(self._settings.recipe, self._settings.skeleton, self._data)
        self._name = f"{platform.node()}:{os.getpid()}"

    def run(self, trial: Trial) -> Outcome:
        """Train, resuming from the checkpoint of an earlier try on the same kind of machine."""
        from nasbench_pytorch.training.runtime.interrupts import Interrupted

        began_s = time.monotonic()
        if (problem := _mismatch(trial)) is not None:
            return Hindered(trial.number, problem)
        try:
            result, history, note = self._train(trial)
        except Interrupted as stopped:
            return Stopped(trial.number, stopped.signal_number)
        except Exception as error:
            if isinstance(error, OSError) and _is_hindrance(error):
                return Hindered(trial.number, f"{error.filename or self._factory.checkpoints}: {error.strerror}")
            reason: Reason = "out-of-memory" if is_out_of_memory(error) else "exception"
            evidence = "".join(traceback.format_exception(error))[-MAX_EVIDENCE_CHARS:]
            spent_s = time.monotonic() - began_s
            lost = loses_device(error)
            return Failed(trial.number, reason, evidence, self._environment, self._name, spent_s, lost)
        spent_s = time.monotonic() - began_s
        environment = {**result.environment, "data": result.data}
        if result.status == "failed":
            evidence = f"the loss became NaN in each of {result.attempts} attempts of the recipe"
            return Failed(trial.number, "nan", evidence, environment, self._name, spent_s)
        return Finished(
            trial.number,
            result.status,
            tuple(result.evaluations),
            loss_by_epoch(history),
            result.attempts - 1,
            result.training_time_s,
            result.total_time_s,
            environment,
            self._name,
            spent_s,
            note,
        )

    def _train(self, trial: Trial) -> tuple[RunResult, list[dict[str, float]], str]:
        """Return the training's result, its history, and a note for the user, if any."""
        # A folder for each recipe id: checkpoints of different kinds of machines are not mixed.
        folder = Path(self._factory.checkpoints) / f"{trial.name}-{self._recipe_id}"
        note = ""
        if (folder / "checkpoint.pt").exists():
            try:
                return *self._train_in(folder, trial, resume=True), ""
            except InputError as error:  # damaged, or of other data
                note = f"trial {trial.name} restarted: {error}"
                shutil.rmtree(folder, ignore_errors=True)
        return *self._train_in(folder, trial, resume=False), note

    def _train_in(self, folder: Path, trial: Trial, resume: bool) -> tuple[RunResult, list[dict[str, float]]]:
        from nasbench_pytorch.training.run import run_training

        run = run_training(
            trial.spec(),
            self._data,
            self._settings.recipe_for(trial.epochs),
            skeleton=self._settings.skeleton,
            seed=trial.seed,
            device=self._factory.device,
            threads=self._settings.threads,
            out=folder,
            resume=resume,
            overwrite=True,
            checkpoints_only=True,
            progress="none",
            checkpoint_interval_s=self._factory.checkpoint_interval_s,
        )
        lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        return run.result, [json.loads(line) for line in lines]


def _mismatch(trial: Trial) -> str | None:
    """Say what is wrong with the ledger if it names another cell than the trial's hash does; else return None."""
    try:
        found = trial.spec().hash_spec()
    except ValueError as error:
        found = str(error)
    if found == trial.hash:
        return None
    return f"the ledger is damaged: the cell of trial {trial.name} has another hash ({found}); restore it from a copy"


def remove_checkpoints(folder: Path, trial: Trial) -> None:
    """Remove the checkpoints of a finished or failed trial, of any recipe id."""
    for found in folder.glob(f"{trial.name}-*"):
        shutil.rmtree(found, ignore_errors=True)


def left_checkpoints(folder: Path) -> Iterator[tuple[Path, tuple[str, int, int]]]:
    """Yield each folder with a checkpoint, and its trial: hash, epochs, repeat."""
    for found in folder.glob("*-*ep-*-*"):
        module_hash, epochs, repeat, _ = found.name.split("-")
        yield found, (module_hash, int(epochs.removesuffix("ep")), int(repeat))


def loss_by_epoch(history: list[dict[str, float]]) -> tuple[float, ...]:
    """Return the mean training loss of each epoch, from a history with a line for every few steps.

    A line belongs to the epoch in which its steps end, and is weighted by its number of steps.
    """
    sums: dict[int, tuple[float, float]] = {}
    earlier = 0.0
    for line in history:
        epoch = max(1, -int(-line["epochs"] // 1))
        loss, steps = sums.get(epoch, (0.0, 0.0))
        new = line["step"] - earlier
        sums[epoch] = (loss + line["loss"] * new, steps + new)
        earlier = line["step"]
    return tuple(loss / steps for loss, steps in (sums[epoch] for epoch in sorted(sums)))
