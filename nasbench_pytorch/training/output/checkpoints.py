"""The state of an unfinished training, and its file."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch

from nasbench_pytorch.checksum import check_zip
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, read_limited
from nasbench_pytorch.legacy.names import refuse_legacy_state_dict
from nasbench_pytorch.memory import available_memory_bytes
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.shapes import checked, checked_record

_FORMAT = 1


@dataclass
class TrainingState:
    """Progress of a training; with weights and optimiser slots, all that a bit-for-bit continuation needs.

    Attributes:
        attempt: number of the current attempt, from 1.
        step: steps taken in this attempt.
        training_time_s: seconds in training steps in this attempt.
        earlier_time_s: seconds that earlier processes spent on this training, failed attempts included.
        loss_sum: sum of the losses since the last line of history.
        loss_count: steps in that sum.
        evaluations: evaluations of this attempt.
        history: a dict for every few steps of this attempt; see `Output`.
    """

    attempt: int = 1
    step: int = 0
    training_time_s: float = 0.0
    earlier_time_s: float = 0.0
    loss_sum: float = 0.0
    loss_count: int = 0
    evaluations: list[Evaluation] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)

    def begin_next_attempt(self) -> None:
        """Count a new attempt and reset everything else."""
        vars(self).update(vars(TrainingState(attempt=self.attempt + 1)))


class Checkpoint(NamedTuple):
    """Content of a checkpoint file, on the CPU.

    Attributes:
        identity: what is trained; see `Task.identity`.
        state: progress of the training.
        network: `state_dict` of the network.
        optimizer: `state_dict` of the optimiser.
    """

    identity: dict[str, Any]
    state: TrainingState
    network: dict[str, Any]
    optimizer: dict[str, Any]


def save_checkpoint(
    path: Path,
    identity: dict[str, Any],
    state: TrainingState,
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write everything that a continuation needs, atomically.

    Args:
        path: file to write.
        identity: what is trained; a resumed training must have the same.
        state: progress of the training.
        network: its weights and running statistics are saved.
        optimizer: its slots are saved.

    Raises:
        OSError: the disk is full or the folder read-only; an older checkpoint survives.
    """
    content = {
        "format": _FORMAT,
        "identity": identity,
        "progress": asdict(state),
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    # torch.save reports a full disk as a bare RuntimeError when it writes the file itself.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with atomic_write(path) as stream:
        stream.write(buffer.getbuffer())


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read the file that `save_checkpoint` wrote.

    Raises:
        InputError: the file is damaged, of another version, or from nasbench-pytorch 1.3.1.
        OSError: it cannot be read.
    """
    content_bytes = read_limited(path, available_memory_bytes() // 3, "a checkpoint on this machine")
    try:
        check_zip(io.BytesIO(content_bytes))
        content = torch.load(io.BytesIO(content_bytes), map_location="cpu", weights_only=True)
        parts = checked(dict[str, Any], content, "the content")
    except (
        RuntimeError,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ):
        raise _damaged(path, "") from None
    refuse_legacy_state_dict(parts)
    if (version := parts.get("format")) != _FORMAT:
        raise InputError(
            f"{path} has checkpoint format {version!r}, this version reads {_FORMAT}; "
            "finish that training with the version that began it"
        )
    try:
        state = checked_record(TrainingState, parts.get("progress"), "progress")
        identity, network, optimizer = (
            checked(dict[str, Any], parts.get(name), name) for name in ("identity", "network", "optimizer")
        )
    except InputError as error:
        raise _damaged(path, f": {error}") from None
    return Checkpoint(identity, state, network, optimizer)


@contextlib.contextmanager
def fitting_checkpoint() -> Iterator[None]:
    """Turn the errors for weights, slots or progress that do not fit the training into an `InputError`."""
    try:
        yield
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
        if "memory" in str(error):
            raise  # of the device, which is no damage
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"the checkpoint is damaged: its content does not fit the training ({reason})") from None


def _damaged(path: str | os.PathLike[str], reason: str) -> InputError:
    return InputError(
        f"{path} is damaged and cannot be resumed{reason}; start over with --overwrite, or restore the file"
    )


def check_identity(path: str | os.PathLike[str], saved: dict[str, Any], requested: dict[str, Any]) -> None:
    """Refuse to continue a checkpoint of another training.

    Raises:
        InputError: names every field that differs, with both values.
    """
    differences = list(_differences(saved, requested, ""))
    if differences:
        raise InputError(
            f"{path} was begun with other settings: {'; '.join(differences)}; resume with those, or use another folder"
        )


def _differences(saved: Any, requested: Any, name: str) -> list[str]:
    if isinstance(saved, dict) and isinstance(requested, dict):
        result = []
        for key in sorted({*saved, *requested}):
            result += _differences(saved.get(key), requested.get(key), f"{name}.{key}" if name else key)
        return result
    return [] if saved == requested else [f"{name} {saved} there, {requested} now"]
