"""The program `main.py`: nasbench-pytorch 1.3.1's example training with the recipe of NAS-Bench-101."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.cli.shared.errors import run_reporting_errors
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.legacy.flags import parse_flags
from nasbench_pytorch.legacy.settings import notes_on, recipe_of, skeleton_of
from nasbench_pytorch.printable import let_any_encoding_print
from nasbench_pytorch.space.presets import named_cell

if TYPE_CHECKING:
    from torch import Tensor

    from nasbench_pytorch.records import Evaluation
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.training.recipe import Recipe

CHECKPOINT = Path("checkpoint") / "ckpt_cifar10.pt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train with the settings of the flags.

    Returns:
        The exit code: 0, 1 if the training failed, 2 if an input cannot be used.
    """
    let_any_encoding_print()
    flags = parse_flags(sys.argv[1:] if arguments is None else arguments)
    return run_reporting_errors("main.py", lambda: _run(flags))


def _run(flags: argparse.Namespace) -> int:
    recipe, skeleton = recipe_of(flags), skeleton_of(flags)
    for note in notes_on(flags):
        _say(note)

    from nasbench_pytorch.training import Interrupted, load_data, run_training

    device = _device(flags.device)
    weights = _initial_weights(flags.load_checkpoint, recipe, skeleton) if flags.load_checkpoint else None
    _check_writable(CHECKPOINT.parent)
    try:
        run = run_training(
            named_cell("inception").spec,
            load_data("cifar10", recipe, flags.data_root),
            recipe,
            skeleton=skeleton,
            seed=flags.random_state,
            device=device,
            progress=_Lines(flags.print_freq),
            initial_weights=weights,
        )
    except Interrupted as stop:
        _say(f"{stop}; nothing was saved (`nasbench train` saves checkpoints to resume from)")
        return 128 + stop.signal_number
    if run.network is None:
        _say(f"the loss became NaN in each of {run.result.attempts} attempts; nothing was saved")
        return 1

    from nasbench_pytorch.model import save_weights

    train, test = final_metrics(run.result.evaluations[-1])
    print(f"Final train metrics: {train}")
    print(f"Final test metrics: {test}")
    CHECKPOINT.parent.mkdir(exist_ok=True)
    save_weights(run.network, CHECKPOINT)
    print(f"saved {CHECKPOINT}")
    return 0


def final_metrics(evaluation: Evaluation) -> tuple[dict[str, float], dict[str, float]]:
    """Return the metrics of the training and of the test, under 1.3.1's names."""
    train = {"train_loss": evaluation.train_loss, "train_accuracy": evaluation.train_accuracy}
    if evaluation.validation_accuracy is not None and evaluation.validation_loss is not None:
        train |= {"val_loss": evaluation.validation_loss, "val_accuracy": evaluation.validation_accuracy}
    return train, {"test_loss": evaluation.test_loss, "test_accuracy": evaluation.test_accuracy}


class _Lines:
    """Reporter that prints a line every `steps_between_lines` steps, as 1.3.1 did for batches."""

    def __init__(self, steps_between_lines: int) -> None:
        self._between = steps_between_lines
        self._next = 0

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        # A training reports every tenth step, so the line follows the first reported step that is due.
        if step >= self._next:
            self._next = (step // self._between + 1) * self._between
            print(
                f"step {step}: loss {loss:.4f}, rate {learning_rate:.5f}, {images_per_s:.0f} images/s",
                flush=True,
            )

    def evaluating(self) -> None:
        pass

    def evaluated(self, evaluation: Evaluation) -> None:
        train, test = final_metrics(evaluation)
        accuracies = [f"{name} {value:.4f}" for name, value in (train | test).items() if name.endswith("accuracy")]
        print(f"epoch {evaluation.epochs:g} (step {evaluation.steps}): {', '.join(accuracies)}", flush=True)

    def note(self, text: str) -> None:
        _say(text)

    def close(self) -> None:
        pass


def _device(name: str | None) -> str:
    """Return the device to train on: `name`, or 1.3.1's default cuda, or the CPU if there is no CUDA device.

    Raises:
        InputError: this machine does not have the device `name`.
    """
    if name is not None:
        from nasbench_pytorch.devices import resolve_device

        return str(resolve_device(name))
    import torch

    if torch.cuda.is_available():
        return "cuda"
    _say("there is no CUDA device; training on the CPU")
    return "cpu"


def _initial_weights(path: str, recipe: Recipe, skeleton: Skeleton) -> dict[str, Tensor]:
    from nasbench_pytorch.model import load_weights
    from nasbench_pytorch.training.network import build_network

    if not Path(path).is_file():
        raise InputError(f"--load_checkpoint {path}: there is no such file")
    network = build_network(named_cell("inception").spec, skeleton, recipe)
    load_weights(network, path)
    state: dict[str, Any] = network.state_dict()
    return state


def _check_writable(folder: Path) -> None:
    """Check, before days of training, that the weights can be saved; nothing is created yet.

    Raises:
        InputError: the folder cannot be written to.
    """
    nearest = folder if folder.exists() else Path.cwd()
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(f"{nearest} is not a writable folder; the weights are saved to {CHECKPOINT}")


def _say(text: str) -> None:
    print(f"main.py: {text}", file=sys.stderr)
