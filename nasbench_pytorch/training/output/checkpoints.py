"""The state of an unfinished training, and its file."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.legacy.names import refuse_legacy_state_dict
from nasbench_pytorch.records import Evaluation

_FORMAT = 1


@dataclass
class TrainingState:
    """How far a training is; with weights and optimiser slots, all that is needed to go on bit for bit.

    Attributes:
        attempt: trainings begun, this one included.
        step: steps taken in this attempt.
        training_time_s: seconds in training steps in this attempt.
        earlier_time_s: seconds of everything before this process took over, failed attempts included.
        loss_sum: sum of the losses since the last line of history.
        loss_count: steps in that sum.
        evaluations: those made in this attempt.
        history: a dict for every few steps of this attempt, see `run_training`.
    """

    attempt: int = 1
    step: int = 0
    training_time_s: float = 0.0
    earlier_time_s: float = 0.0
    loss_sum: float = 0.0
    loss_count: int = 0
    evaluations: list[Evaluation] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(
    path: Path,
    identity: dict[str, Any],
    progress: TrainingState,
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write everything needed to go on, atomically.

    Args:
        path: the file.
        identity: what is being trained; a resumed training must have the same.
        progress: how far it is.
        network: its weights and running statistics are saved.
        optimizer: its slots are saved.

    Raises:
        OSError: the disk is full or the folder read-only; an older checkpoint survives.
    """
    content = {
        "format": _FORMAT,
        "identity": identity,
        "progress": asdict(progress),
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    # torch.save reports a full disk as a bare RuntimeError when it writes a file itself.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with atomic_write(path) as stream:
        stream.write(buffer.getbuffer())


def load_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote, onto the CPU; its "progress" is a `TrainingState` again.

    Raises:
        InputError: the file is damaged, of another version, or nasbench-pytorch 1.3.1's.
        OSError: it cannot be read.
    """
    content_bytes = Path(path).read_bytes()
    try:
        content = torch.load(io.BytesIO(content_bytes), map_location="cpu", weights_only=True)
        refuse_legacy_state_dict(content)
        if content["format"] != _FORMAT:
            raise InputError(
                f"{path} has checkpoint format {content['format']}, this version reads {_FORMAT}; "
                "finish that training with the version that began it"
            )
        progress = content["progress"]
        progress["evaluations"] = [Evaluation(**item) for item in progress["evaluations"]]
        content["progress"] = TrainingState(**progress)
    except InputError:
        raise
    except (RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile):
        raise InputError(
            f"{path} is damaged and cannot be resumed; begin again with --overwrite, or restore the file"
        ) from None
    result: dict[str, Any] = content
    return result


def check_identity(path: str | os.PathLike[str], saved: dict[str, Any], asked: dict[str, Any]) -> None:
    """Refuse to go on with a training that was begun as another one.

    Raises:
        InputError: names every field that differs, with both values.
    """
    differences = list(_differences(saved, asked, ""))
    if differences:
        raise InputError(
            f"{path} was begun with other settings: {'; '.join(differences)}; resume with those, or use another folder"
        )


def _differences(saved: Any, asked: Any, name: str) -> list[str]:
    if isinstance(saved, dict) and isinstance(asked, dict):
        result = []
        for key in sorted({*saved, *asked}):
            result += _differences(saved.get(key), asked.get(key), f"{name}.{key}" if name else key)
        return result
    return [] if saved == asked else [f"{name} {saved} there, {asked} now"]
