"""The flags of nasbench-pytorch 1.3.1's `main.py`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from nasbench_pytorch.training.recipe import PresetName

PRESETS_OF_MAIN: tuple[PresetName, ...] = ("nasbench101", "nasbench-pytorch-1.3")

GRAD_CLIP = 5.0
"""Norm at which gradients are clipped if clipping is on and no norm is given: 1.3.1's default."""


def parse_flags(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the flags into a namespace; None means the recipe's value.

    Prints the help and exits with code 0, or prints one line about a wrong flag and exits with code 2.
    """
    # `nasbench train` has flags such as --data-root, and the package's messages name them: both spellings are accepted.
    return _parser().parse_args([_with_underscores(argument) for argument in arguments])


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
        description="Train the Inception-like cell on CIFAR-10 with the recipe of NAS-Bench-101, print its metrics and "
        "save its state_dict to ./checkpoint/ckpt_cifar10.pt. The flags are those of nasbench-pytorch 1.3.1; "
        "`nasbench train` has more features: any cell, run folders, resumption.",
        epilog="Defaults are in brackets. They are the same in both presets unless two are given, nasbench101's first.",
    )

    def add(name: str, default: Any, kind: Callable[[str], Any], about: str, **options: Any) -> None:
        parser.add_argument(f"--{name}", default=default, type=kind, help=about, **options)

    def add_switch(name: str, about: str) -> None:
        # 1.3.1 required a word here; the bare flag now means True.
        add(name, None, _boolean, about, nargs="?", const=True, metavar="{True,False}")

    add("preset", PRESETS_OF_MAIN[0], str, "the original's recipe, or 1.3.1's (nasbench101)", choices=PRESETS_OF_MAIN)
    add("random_state", 1, int, "seed of the initial weights, the order of the images, crops and flips (1)")
    add("data_root", "./data/", str, "folder with CIFAR-10 in any layout, or to download it into (./data/)")
    add("in_channels", 3, _COUNT, "channels of the images (3)")
    add("stem_out_channels", 128, _COUNT, "channels of the stem (128)")
    add("num_stacks", 3, _COUNT, "number of stacks (3)")
    add("num_modules_per_stack", 3, _COUNT, "modules in each stack (3)")
    add("batch_size", None, _COUNT, "images per training step (256)")
    add("test_batch_size", None, _COUNT, "images per evaluation batch (256)")
    add("epochs", None, _COUNT, "passes over the training images (108)")
    add("validation_size", None, _SIZE, "training images reserved for validation; 0 trains on all (10000)")
    add("num_workers", 0, int, "no effect: no worker processes are needed")
    add("learning_rate", None, _RATE, "peak learning rate (0.2)")
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
    add_switch("grad_clip_off", f"True: no clipping; False: clip, at {GRAD_CLIP:g} unless --grad_clip is set")
    add(
        "batch_norm_momentum",
        None,
        _FRACTION,
        "fraction that running statistics keep at each step; with --preset nasbench-pytorch-1.3 torch's momentum of "
        "stem and projections, as in 1.3.1 (0.997)",
    )
    add("batch_norm_eps", None, _RATE, "epsilon of every batch norm (1e-5)")
    add("load_checkpoint", "", str, "state_dict with the initial weights, of this version or of 1.3.1")
    add("num_labels", 10, _COUNT, "number of classes (10)")
    add("device", None, str, "cuda, cuda:1, cpu, auto, … (cuda, or cpu if there is no CUDA device)")
    add("print_freq", 100, _COUNT, "steps between two lines of progress, rounded up to tens (100)")
    add_switch("tf_like", "initial weights as in the original (True; False: He and normal, as in 1.3.1)")
    return parser
