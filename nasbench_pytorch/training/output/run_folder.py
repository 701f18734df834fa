"""The folder of a run: its files, and how they are read back."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import safetensors.torch

from nasbench_pytorch.checksum import with_own_digest
from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.files import atomic_write, read_limited, remove_partials, write_json
from nasbench_pytorch.legacy.checkpoints import check_state_dict
from nasbench_pytorch.memory import available_memory_bytes
from nasbench_pytorch.process_lock import release_lock, take_lock
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.tensor_bytes import with_sorted_metadata
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.output.checkpoints import Checkpoint, check_identity, load_checkpoint
from nasbench_pytorch.training.output.run_result import HISTORY, RESULTS, WEIGHTS_DIGEST, read_results
from nasbench_pytorch.training.recipe import Recipe

if TYPE_CHECKING:
    from filelock import FileLock

    from nasbench_pytorch.model.network import Network
    from nasbench_pytorch.records import RunResult
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
        self.results = self.path / RESULTS
        self.history = self.path / HISTORY
        self.weights = self.path / "weights.safetensors"
        self.checkpoint = self.path / "checkpoint.pt"
        self.curve = self.path / "curve.png"
        self.sample_metrics = self.path / "sample_metrics.json"
        self._lock_file = self.path / ".training.lock"
        self._held: FileLock | None = None

    def check_free(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse a folder that `begin` would refuse; nothing is made or removed.

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
            InputError: the checkpoint is damaged or belongs to another training; another process uses the folder; or
                the folder holds a run that may be neither resumed nor overwritten, or no run to resume.
            OSError: the folder cannot be made.
        """
        self.check_free(resume=output.resume, overwrite=output.overwrite)
        self.path.mkdir(parents=True, exist_ok=True)
        # A campaign's ledger already lets one process alone use a trial's folder.
        if not output.checkpoints_only:
            self._lock()
            self.check_free(
                resume=output.resume, overwrite=output.overwrite
            )  # another process may have finished a run in the meantime
        saved = None
        if output.resume:
            saved = load_checkpoint(self.checkpoint)
            check_identity(self.checkpoint, saved.identity, identity)
        self._clear(keep_run=output.resume)
        return saved

    def close(self) -> None:
        """Let other processes use the folder."""
        if self._held is not None:
            release_lock(self._held)
            self._held = None

    def _lock(self) -> None:
        """Take the folder for this process, until `close` or the process's end.

        Raises:
            InputError: another process trains into the folder.
        """
        self._held = take_lock(
            self._lock_file,
            f"{self.path}: another process trains into this folder; wait for it, or choose another folder",
        )

    def _clear(self, *, keep_run: bool) -> None:
        """Remove what killed writers left, and an old run's files unless that run is resumed."""
        for file in (self.results, self.history, self.weights, self.checkpoint, self.curve, self.sample_metrics):
            remove_partials(file)
            if not keep_run:
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
        content = result.to_dict()
        if network is not None:
            tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
            metadata = {"format": "pt", "spec": json.dumps(result.spec)}
            weights = with_sorted_metadata(safetensors.torch.save(tensors, metadata))
            with atomic_write(self.weights) as stream:
                stream.write(weights)
            content[WEIGHTS_DIGEST] = hashlib.sha256(weights).hexdigest()
        self._draw_curve(result, history)
        write_json(self.results, with_own_digest(content))
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
    result, digest = read_results(files.results)
    if result.status == "failed":
        return Run(None, result)
    spec, skeleton = ModelSpec.from_dict(result.spec), Skeleton.from_dict(result.skeleton)
    network = build_network(spec, skeleton, Recipe.from_dict(result.recipe))
    try:
        weights = read_limited(files.weights, available_memory_bytes() // 3, "weights on this machine")
        if digest not in (None, hashlib.sha256(weights).hexdigest()):
            raise InputError("its SHA-256 differs from the one in results.json")
        tensors = safetensors.torch.load(weights)
        check_state_dict(tensors, network.state_dict())
    except Exception as error:  # safetensors raises many kinds for a damaged file
        reason = " ".join(str(error).split())
        raise InputError(f"{files.weights} is damaged or missing ({reason}); restore it or train again") from None
    network.load_state_dict(tensors)
    return Run(network.eval(), result)
