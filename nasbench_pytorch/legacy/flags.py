"""The flags of nasbench-pytorch 1.3.1's `main.py`, and what they mean to a recipe."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.training.recipe import PRESETS, PresetName, Recipe

PRESETS_OF_MAIN: tuple[PresetName, ...] = ("nasbench101", "nasbench-pytorch-1.3")

GRAD_CLIP = 5.0
"""Where clipping is asked for and no norm is given: 1.3.1's default."""

_RMSPROP_DECAY = {"rmsprop": 0.99, "rmsprop_tf": 0.9}
"""1.3.1 had no flag for it: torch's default, and TensorFlow's of the original."""


def parse_flags(arguments: Sequence[str]) -> argparse.Namespace:
    """Flags by name; None where the recipe's own value counts.

    Prints help and leaves with code 0, or says in one line what is wrong with a flag and leaves with code 2.
    """
    # `nasbench train` writes --data-root, and messages of the package name its flags: both spellings are understood.
    return _parser().parse_args([_with_underscores(argument) for argument in arguments])


def skeleton_of(given: argparse.Namespace) -> Skeleton:
    """The network around the cell."""
    return Skeleton(
        given.num_labels,
        given.in_channels,
        given.stem_out_channels,
        given.num_stacks,
        given.num_modules_per_stack,
    )


def recipe_of(given: argparse.Namespace) -> Recipe:
    """The preset, changed by the flags that were given.

    Raises:
        InputError: a value is out of range.
    """
    flag_of = {
        "epochs": given.epochs,
        "batch_size": given.batch_size,
        "evaluation_batch_size": given.test_batch_size,
        "validation_size": given.validation_size,
        "learning_rate": given.learning_rate,
        "optimizer": given.optimizer,
        "rmsprop_decay": _RMSPROP_DECAY.get(given.optimizer),
        "optimizer_eps": given.rmsprop_eps,
        "momentum": given.momentum,
        "weight_decay": given.weight_decay,
        "batch_norm_decay": _batch_norm_decay(given),
        "batch_norm_eps": given.batch_norm_eps,
        "initialization": _initialization(given.tf_like),
    }
    changes: dict[str, Any] = {name: value for name, value in flag_of.items() if value is not None}
    if given.grad_clip is not None or given.grad_clip_off is not None:
        changes["gradient_clip_norm"] = None if given.grad_clip_off else given.grad_clip or GRAD_CLIP
    return replace(PRESETS[given.preset], **changes)


def notes_on(given: argparse.Namespace) -> list[str]:
    """What a person coming from 1.3.1 should know about the flags that were given."""
    notes = []
    if given.batch_norm_momentum is not None and given.preset == "nasbench101":
        notes.append(
            "--batch_norm_momentum is what the running statistics keep each step (batch_norm_decay of the recipe); "
            "1.3.1 handed it to torch, where it means the opposite"
        )
    if given.num_workers:
        notes.append("--num_workers has no effect: batches are made on the training device, without workers")
    return notes


def _batch_norm_decay(given: argparse.Namespace) -> float | None:
    if given.batch_norm_momentum is None:
        return None
    kept: float = given.batch_norm_momentum
    return kept if given.preset == "nasbench101" else 1 - kept


def _initialization(tf_like: bool | None) -> str | None:
    return None if tf_like is None else "tensorflow" if tf_like else "nasbench-pytorch-1.3"


def _with_underscores(argument: str) -> str:
    flag, equals, value = argument.partition("=")
    return flag.replace("-", "_").replace("__", "--", 1) + equals + value if argument.startswith("--") else argument


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def _boolean(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"must be True or False, got '{text}'")
    return known[text.lower()]


def _within(kind: Callable[[str], float], lowest: float, highest: float, allowed: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be {allowed}, got '{text}'") from None
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"must be {allowed}, got {text}")
        return value

    return parse


_INFINITE = float("inf")
_COUNT = _within(int, 1, _INFINITE, "a whole number of at least 1")
_SIZE = _within(int, 0, _INFINITE, "a whole number of at least 0")
_RATE = _within(float, 0, sys.float_info.max, "a number of at least 0")
_POSITIVE = _within(float, sys.float_info.min, sys.float_info.max, "a number above 0")
_FRACTION = _within(float, 0, 1, "a number from 0 to 1")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="main.py",
        description="Train the Inception-like cell on CIFAR-10 by the recipe of NAS-Bench-101, print its metrics and "
        "save its state_dict to ./checkpoint/ckpt_cifar10.pt. The flags are those of nasbench-pytorch 1.3.1; "
        "`nasbench train` does more: any cell, run folders, resumption.",
        epilog="Defaults in brackets hold in both presets unless two are named, nasbench101's first.",
    )

    def add(name: str, default: Any, kind: Callable[[str], Any], about: str, **options: Any) -> None:
        parser.add_argument(f"--{name}", default=default, type=kind, help=about, **options)

    def add_switch(name: str, about: str) -> None:
        # 1.3.1 took a word here; the bare flag means True as well.
        add(name, None, _boolean, about, nargs="?", const=True, metavar="{True,False}")

    add("preset", PRESETS_OF_MAIN[0], str, "the original's recipe, or 1.3.1's (nasbench101)", choices=PRESETS_OF_MAIN)
    add("random_state", 1, int, "seed of the initial weights, the order of the images, crops and flips (1)")
    add("data_root", "./data/", str, "folder with CIFAR-10 in any layout, or to download it into (./data/)")
    add("in_channels", 3, _COUNT, "channels of the images (3)")
    add("stem_out_channels", 128, _COUNT, "channels of the stem (128)")
    add("num_stacks", 3, _COUNT, "stacks of modules (3)")
    add("num_modules_per_stack", 3, _COUNT, "modules in each stack (3)")
    add("batch_size", None, _COUNT, "images a step (256)")
    add("test_batch_size", None, _COUNT, "images a batch in evaluations (256)")
    add("epochs", None, _COUNT, "passes over the training images (108)")
    add("validation_size", None, _SIZE, "training images kept for validation; 0 trains on all (10000)")
    add("num_workers", 0, int, "without effect: no worker processes are needed")
    add("learning_rate", None, _RATE, "peak rate (0.2)")
    add(
        "optimizer",
        None,
        str.lower,
        "rmsprop_tf is TensorFlow's, rmsprop torch's (rmsprop_tf; rmsprop)",
        choices=("sgd", "rmsprop", "rmsprop_tf"),
    )
    add("rmsprop_eps", None, _RATE, "epsilon of both RMSProps (1.0)")
    add("momentum", None, _FRACTION, "momentum of the optimizer (0.9)")
    add("weight_decay", None, _RATE, "L2 over all trainable parameters (1e-4)")
    add("grad_clip", None, _POSITIVE, "largest norm of the gradient (no clipping; 5)")
    add_switch("grad_clip_off", f"True: no clipping; False: clip, at {GRAD_CLIP:g} where --grad_clip is not given")
    add(
        "batch_norm_momentum",
        None,
        _FRACTION,
        "what the running statistics keep each step; with --preset nasbench-pytorch-1.3 torch's momentum of stem and "
        "projections, as it was (0.997)",
    )
    add("batch_norm_eps", None, _RATE, "epsilon of every batch norm (1e-5)")
    add("load_checkpoint", "", str, "state_dict to begin with, of this version or of 1.3.1")
    add("num_labels", 10, _COUNT, "classes (10)")
    add("device", None, str, "cuda, cuda:1, cpu, auto, … (cuda, or cpu where there is none)")
    add("print_freq", 100, _COUNT, "steps between two lines of progress, rounded up to tens (100)")
    add_switch("tf_like", "initial weights as in the original (True; False: He and normal, as in 1.3.1)")
    return parser
