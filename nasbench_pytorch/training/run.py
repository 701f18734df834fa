"""A whole training: from a cell and images to a result."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any

import torch

from nasbench_pytorch.datasets.augmentation import normalise
from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.records import Evaluation, RunResult, RunStatus
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training.attempt import Attempt, NanLossError
from nasbench_pytorch.training.checkpoints import Progress, check_identity, load_checkpoint, save_checkpoint
from nasbench_pytorch.training.data import load_data
from nasbench_pytorch.training.environment import (
    apply_precision,
    describe_environment,
    resolve_device,
    resolve_precision,
)
from nasbench_pytorch.training.evaluation import evaluate_all
from nasbench_pytorch.training.interrupts import stop_on_signals
from nasbench_pytorch.training.progress import ProgressStyle, Reporter, make_reporter
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.run_folder import Run, RunFolder, build_network, identity
from nasbench_pytorch.training.sample_metrics import sample_metrics
from nasbench_pytorch.training.trainer import Trainer


def run_training(
    spec: ModelSpec,
    data: ImageData,
    recipe: Recipe | None = None,
    *,
    skeleton: Skeleton = NASBENCH101_SKELETON,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    with_sample_metrics: bool = False,
    progress: ProgressStyle = "auto",
    checkpoint_interval_s: float = 120.0,
) -> Run:
    """Train a cell's network by a recipe and evaluate it at the recipe's points.

    The same arguments give the same result, bit for bit on a CPU with the same number of threads, whether or not the
    training was stopped and resumed between. The initial weights are drawn on the CPU, so they do not depend on the
    device.

    Args:
        spec: the cell.
        data: images, split as the recipe says; see `load_data`.
        recipe: NAS-Bench-101's if None.
        skeleton: the network around the cell.
        seed: decides initial weights, shuffling, crops and flips.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, …
        threads: CPU threads for torch; None leaves torch's setting.
        out: folder for results.json, history.jsonl (every ten steps: step, epochs, mean loss, learning_rate,
            images_per_s, training_time_s), weights.safetensors, curve.png and, while unfinished, checkpoint.pt; None
            writes nothing.
        resume: continue from the checkpoint in `out`.
        overwrite: replace what `out` holds.
        with_sample_metrics: also measure the trained network on the 100 sample images (sample_metrics.json).
        progress: how to show it, on stderr.
        checkpoint_interval_s: seconds between checkpoints; there is one after every evaluation as well.

    Returns:
        The trained network in evaluation mode and the result. After `max_attempts` NaN losses the result's status is
        `failed` and the network None; after `train_seconds` it is `truncated`.

    Raises:
        InputError: the arguments do not fit together, or the folder is not free.
        Interrupted: SIGINT or SIGTERM; with `out` the state is saved and `resume` continues.
        OSError: the folder cannot be written.
    """
    recipe = recipe or Recipe()
    _check(recipe, skeleton, data)
    if threads is not None:
        torch.set_num_threads(threads)
    target = resolve_device(device)
    precision = resolve_precision(recipe.precision, target)
    apply_precision(precision, target)
    folder = RunFolder(out) if out is not None else None
    facts = _data_facts(data)
    own_identity = identity(spec, skeleton, recipe, seed, facts)
    saved: dict[str, Any] | None = None
    if folder is not None:
        if resume and folder.checkpoint.exists():
            saved = load_checkpoint(folder.checkpoint)
            check_identity(folder.checkpoint, saved["identity"], own_identity)
        folder.prepare(resume=resume, overwrite=overwrite)

    state: Progress = saved["progress"] if saved else Progress()
    reporter = make_reporter(progress, recipe.total_steps(len(data.train)))
    training = _Training(spec, skeleton, recipe, seed, data.to(target), target, folder, own_identity, state, reporter)
    try:
        network, status = training.run(saved, checkpoint_interval_s)
    finally:
        reporter.close()
    result = RunResult(
        spec=spec.to_dict(),
        hash=_hash(spec),
        skeleton=dict(vars(skeleton)),
        recipe=recipe.to_dict(),
        data=facts,
        seed=seed,
        status=status,
        trainable_parameters=sum(p.numel() for p in network.parameters()),
        evaluations=state.evaluations,
        attempts=state.attempt,
        training_time_s=state.training_time_s,
        total_time_s=training.total_time_s(),
        environment=describe_environment(target, precision),
    )
    if folder is not None:
        if with_sample_metrics and status != "failed":
            training.write_sample_metrics(network)
        folder.finish(None if status == "failed" else network, result, state.history)
    return Run(None if status == "failed" else network.eval(), result)


def evaluate_run(
    run: Run, data_root: str | os.PathLike[str] = "data", *, device: str = "auto", threads: int | None = None
) -> Evaluation:
    """Evaluate a finished run's network once more, on its data and by its recipe.

    Args:
        run: from `load_run`, with a network.
        data_root: see `load_data`.
        device: see `run_training`.
        threads: see `run_training`.

    Raises:
        InputError: the run failed and has no network, or the data are missing.
    """
    if run.network is None:
        raise InputError("this run failed; there are no weights to evaluate")
    if threads is not None:
        torch.set_num_threads(threads)
    result, recipe = run.result, Recipe.from_dict(run.result.recipe)
    target = resolve_device(device)
    apply_precision(resolve_precision(recipe.precision, target), target)
    network = run.network.to(device=target, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return evaluate_all(
        network,
        load_data(result.data["name"], recipe, data_root).to(target),
        recipe,
        epochs=result.evaluations[-1].epochs,
        steps=result.evaluations[-1].steps,
        training_time_s=result.training_time_s,
        bfloat16=recipe.precision == "bfloat16",
    )


class _Training:
    """The attempts of one run."""

    def __init__(
        self,
        spec: ModelSpec,
        skeleton: Skeleton,
        recipe: Recipe,
        seed: int,
        data: ImageData,
        device: torch.device,
        folder: RunFolder | None,
        own_identity: dict[str, Any],
        state: Progress,
        reporter: Reporter,
    ) -> None:
        self.spec, self.skeleton, self.recipe, self.seed = spec, skeleton, recipe, seed
        self.data, self.device, self.folder = data, device, folder
        self.identity, self.state, self.reporter = own_identity, state, reporter
        self._began_s = time.monotonic() - state.earlier_time_s

    def total_time_s(self) -> float:
        return time.monotonic() - self._began_s

    def run(self, saved: dict[str, Any] | None, checkpoint_interval_s: float) -> tuple[Network, RunStatus]:
        """Train until an attempt ends well or all are used up; returns the last one's network."""
        with stop_on_signals() as stop:
            while True:
                trainer, network = self._begin(saved)
                saved = None
                save = self._saver(network, trainer)
                seed = derived_seed(self.seed, self.state.attempt, 1)
                attempt = Attempt(
                    trainer, self.data, seed, self.state, self.reporter, stop, save, checkpoint_interval_s
                )
                try:
                    return network, attempt.run()
                except NanLossError:
                    self.reporter.note(
                        f"attempt {self.state.attempt} of {self.recipe.max_attempts}: the loss is no longer a number "
                        f"at step {self.state.step}"
                    )
                if self.state.attempt >= self.recipe.max_attempts:
                    return network, "failed"
                self._restart()

    def _begin(self, saved: dict[str, Any] | None) -> tuple[Trainer, Network]:
        network = build_network(self.spec, self.skeleton, self.recipe)
        generator = torch.Generator().manual_seed(derived_seed(self.seed, self.state.attempt, 0))
        network.reset_parameters(generator)
        if saved is not None:
            network.load_state_dict(saved["network"])
        network = network.to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        num_images = len(self.data.train)
        trainer = Trainer(
            network,
            self.recipe,
            self.recipe.total_steps(num_images),
            steps_per_epoch=-(-num_images // self.recipe.batch_size),
        )
        if saved is not None:
            trainer.optimizer.load_state_dict(saved["optimizer"])
            trainer.steps_done = self.state.step
        return trainer, network

    def _restart(self) -> None:
        fresh = Progress(attempt=self.state.attempt + 1)
        vars(self.state).update(vars(fresh))

    def _saver(self, network: Network, trainer: Trainer) -> Any:
        def save() -> None:
            if self.folder is not None:
                self.state.earlier_time_s = self.total_time_s()
                save_checkpoint(self.folder.checkpoint, self.identity, self.state, network, trainer.optimizer)
                self.folder.write_history(self.state.history)

        return save

    def write_sample_metrics(self, network: Network) -> None:
        assert self.folder is not None
        sample = self.data.sample
        images = normalise(sample.images, self.recipe.pixel_mean, self.recipe.pixel_std)
        metrics = sample_metrics(network, images, sample.labels, self.recipe.weight_decay)
        write_json(self.folder.sample_metrics, metrics.to_dict())


def derived_seed(*numbers: int) -> int:
    """A 63-bit seed from several numbers, so that seeds 0, 1, 2 share no random stream."""
    digest = hashlib.sha256(json.dumps(numbers).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def _check(recipe: Recipe, skeleton: Skeleton, data: ImageData) -> None:
    if recipe.batch_size > len(data.train):
        raise InputError(
            f"batch_size {recipe.batch_size} is larger than the {len(data.train)} training images; choose a smaller one"
        )
    channels = data.train.images.shape[1]
    if skeleton.in_channels != channels:
        raise InputError(f"the skeleton takes {skeleton.in_channels} channels, the images have {channels}")
    if skeleton.num_labels < data.num_labels:
        raise InputError(f"the skeleton has {skeleton.num_labels} labels, {data.name} has {data.num_labels}")


def _data_facts(data: ImageData) -> dict[str, Any]:
    return {
        "name": data.name,
        "source": data.source,
        "train_images": len(data.train),
        "validation_images": len(data.validation),
        "test_images": len(data.test),
    }


def _hash(spec: ModelSpec) -> str | None:
    assert spec.ops is not None
    known = all(operation in CANONICAL_OPERATIONS for operation in spec.ops[1:-1])
    return spec.hash_spec() if known else None
