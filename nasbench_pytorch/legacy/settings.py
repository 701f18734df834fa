"""The recipe and the skeleton that the flags of `main.py` describe."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from nasbench_pytorch.legacy.flags import GRAD_CLIP
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.training.recipe import PRESETS, Recipe

_RMSPROP_DECAY = {"rmsprop": 0.99, "rmsprop_tf": 0.9}
"""Decays of torch's default and of the original's TensorFlow code; 1.3.1 had no flag for it."""


def skeleton_of(flags: argparse.Namespace) -> Skeleton:
    """Return the network around the cell."""
    return Skeleton(
        flags.num_labels,
        flags.in_channels,
        flags.stem_out_channels,
        flags.num_stacks,
        flags.num_modules_per_stack,
    )


def recipe_of(flags: argparse.Namespace) -> Recipe:
    """Return the preset with the values of the flags that were set.

    Raises:
        InputError: a value is out of range.
    """
    values = {
        "epochs": flags.epochs,
        "batch_size": flags.batch_size,
        "evaluation_batch_size": flags.test_batch_size,
        "validation_size": flags.validation_size,
        "learning_rate": flags.learning_rate,
        "optimizer": flags.optimizer,
        "rmsprop_decay": _RMSPROP_DECAY.get(flags.optimizer),
        "optimizer_eps": flags.rmsprop_eps,
        "momentum": flags.momentum,
        "weight_decay": flags.weight_decay,
        "batch_norm_decay": _batch_norm_decay(flags),
        "batch_norm_eps": flags.batch_norm_eps,
        "initialization": _initialization(flags.tf_like),
    }
    changes: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if flags.grad_clip is not None or flags.grad_clip_off is not None:
        changes["gradient_clip_norm"] = None if flags.grad_clip_off else flags.grad_clip or GRAD_CLIP
    return replace(PRESETS[flags.preset], **changes)


def notes_on(flags: argparse.Namespace) -> list[str]:
    """Return notes on the flags that were set and whose meaning differs from 1.3.1's."""
    notes = []
    if flags.batch_norm_momentum is not None and flags.preset == "nasbench101":
        notes.append(
            "--batch_norm_momentum is the fraction that running statistics keep at each step (batch_norm_decay of the "
            "recipe); 1.3.1 passed it to torch, where it means the opposite"
        )
    if flags.num_workers:
        notes.append("--num_workers has no effect: batches are made on the training device, without workers")
    return notes


def _batch_norm_decay(flags: argparse.Namespace) -> float | None:
    if flags.batch_norm_momentum is None:
        return None
    momentum: float = flags.batch_norm_momentum
    return momentum if flags.preset == "nasbench101" else 1 - momentum


def _initialization(tf_like: bool | None) -> str | None:
    return None if tf_like is None else "tensorflow" if tf_like else "nasbench-pytorch-1.3"
