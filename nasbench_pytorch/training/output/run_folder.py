"""The folder of a run: its files, and how they are read back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import safetensors
import safetensors.torch

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.files import atomic_write, write_json
from nasbench_pytorch.records import RunResult
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.output.checkpoints import Checkpoint, check_identity, load_checkpoint
from nasbench_pytorch.training.recipe import Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.model.network import Network
    from nasbench_pytorch.training.loop.sample_metrics import SampleMetrics
    from nasbench_pytorch.training.task import Output


class Run(NamedTuple):
    """A training and its outcome.

    Attributes:
        network: the trained network, in evaluation mode; None if every attempt failed.
        result: the measurements.
    """

    network: Network | None
    result: RunResult


class RunFolder:
    """Paths and files of one run; every file is written atomically.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.results = self.path / "results.json"
        self.history = self.path / "history.jsonl"
        self.weights = self.path / "weights.safetensors"
        self.checkpoint = self.path / "checkpoint.pt"
        self.curve = self.path / "curve.png"
        self.sample_metrics = self.path / "sample_metrics.json"

    def check_free(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse a folder that `prepare` would refuse; nothing is made or removed.

        Raises:
            InputError: the folder holds a run that may be neither resumed nor overwritten, or no run to resume.
        """
        if self.results.exists() and not overwrite:
            raise InputError(f"{self.path} holds a finished run; choose another folder, or --overwrite to replace it")
        if resume and not self.checkpoint.exists():
            raise InputError(f"{self.path} holds no checkpoint.pt to resume from; leave out --resume to begin")
        if self.checkpoint.exists() and not (resume or overwrite):
            raise InputError(f"{self.path} holds an unfinished run; --resume continues it, --overwrite replaces it")

    def begin(self, identity: dict[str, Any], output: Output) -> Checkpoint | None:
        """Prepare the folder for a training, and return the checkpoint to resume from, if any.

        Args:
            identity: see `Task.identity`; the checkpoint must have the same.
            output: says whether to resume or to overwrite.

        Raises:
            InputError: the checkpoint is damaged or belongs to another training; or see `prepare`.
            OSError: the folder cannot be made.
        """
        saved = None
        if output.resume and self.checkpoint.exists():
            saved = load_checkpoint(self.checkpoint)
            check_identity(self.checkpoint, saved.identity, identity)
        self.prepare(resume=output.resume, overwrite=output.overwrite)
        return saved

    def prepare(self, *, resume: bool, overwrite: bool) -> None:
        """Make the folder, and remove an old run's files unless that run is resumed.

        Raises:
            InputError: the folder holds a run that may be neither resumed nor overwritten, or no run to resume.
            OSError: the folder cannot be made.
        """
        self.check_free(resume=resume, overwrite=overwrite)
        self.path.mkdir(parents=True, exist_ok=True)
        if not resume:
            for file in (self.results, self.history, self.weights, self.checkpoint, self.curve, self.sample_metrics):
                file.unlink(missing_ok=True)

    def write_history(self, history: list[dict[str, float]]) -> None:
        """Write a JSON line for each entry of the history."""
        with atomic_write(self.history, "w") as stream:
            stream.writelines(json.dumps(line) + "\n" for line in history)

    def write_sample_metrics(self, metrics: SampleMetrics) -> None:
        """Write the metrics of the sample images."""
        write_json(self.sample_metrics, metrics.to_dict())

    def finish(self, network: Network | None, result: RunResult, history: list[dict[str, float]]) -> None:
        """Write the outcome, `results.json` last because it marks the run as finished, and remove the checkpoint."""
        self.write_history(history)
        if network is not None:
            tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
            with atomic_write(self.weights) as stream:
                stream.write(safetensors.torch.save(tensors, {"format": "pt", "spec": json.dumps(result.spec)}))
        self._draw_curve(result, history)
        write_json(self.results, result.to_dict())
        self.checkpoint.unlink(missing_ok=True)

    def _draw_curve(self, result: RunResult, history: list[dict[str, float]]) -> None:
        from nasbench_pytorch.plots.curve import draw_training_curve

        title = f"{result.hash or 'cell'} · {result.recipe['epochs']} epochs"
        try:
            draw_training_curve(self.curve, history, [vars(item) for item in result.evaluations], title)
        except MissingExtraError:
            return  # matplotlib is an extra: a training must not fail because it is missing


def load_run(folder: str | os.PathLike[str]) -> Run:
    """Load network and result of a finished run.

    Raises:
        InputError: the folder holds no finished run, or a file in it is damaged.
    """
    files = RunFolder(folder)
    if not files.results.exists():
        unfinished = "; it holds an unfinished one: nasbench train --resume" if files.checkpoint.exists() else ""
        raise InputError(f"{files.path} holds no finished run (no results.json){unfinished}")
    try:
        result = RunResult.from_dict(json.loads(files.results.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{files.results} is damaged ({error}); restore it or train again") from None
    if result.status == "failed":
        return Run(None, result)
    recipe = Recipe.from_dict(result.recipe)
    network = build_network(ModelSpec.from_dict(result.spec), Skeleton(**result.skeleton), recipe)
    try:
        network.load_state_dict(safetensors.torch.load_file(files.weights))
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise InputError(f"{files.weights} is damaged or missing ({error}); restore it or train again") from None
    return Run(network.eval(), result)
