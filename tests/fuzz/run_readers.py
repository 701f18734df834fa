"""Readers of run folders, checkpoints and weights."""

from __future__ import annotations

import io
import json
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from nasbench_pytorch.cli.shared.result_text import describe_result
from nasbench_pytorch.model import load_weights, save_weights
from nasbench_pytorch.training import Interrupted, Run, evaluate_run, load_run
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.output.checkpoints import Checkpoint, load_checkpoint
from nasbench_pytorch.training.preflight import saved_settings
from tests.fuzz.mutations import change_values, changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader, WrongReadError
from tests.helpers.tiny_training import SKELETON, SPEC, stop_after, tiny_data, tiny_recipe, train_tiny

_DIGESTS = ("sha256", "weights_sha256")


@cache
def _trained() -> dict[str, bytes]:
    """Train, and return the files of the run folder that are read back."""
    with tempfile.TemporaryDirectory() as scratch:
        train_tiny(out=Path(scratch))
        return {name: (Path(scratch) / name).read_bytes() for name in ("results.json", "weights.safetensors")}


def _make_run(folder: Path) -> dict[str, bytes]:
    """Write two run folders: `sound`, and `run`, whose files are then replaced."""
    for name in ("sound", "run"):
        (folder / name).mkdir()
        for file, content in _trained().items():
            (folder / name / file).write_bytes(content)
    return _trained()


def _results(folder: Path) -> bytes:
    return _make_run(folder)["results.json"]


def _results_without_digests(folder: Path) -> bytes:
    content = json.loads(_results(folder))
    return json.dumps({name: value for name, value in content.items() if name not in _DIGESTS}).encode()


def _weights(folder: Path) -> bytes:
    return _make_run(folder)["weights.safetensors"]


def _load_with(path: Path, name: str) -> Run:
    """Load the run with a changed file in place of the sound one."""
    run = path.parent / "run"
    shutil.copy(path, run / name)
    try:
        return load_run(run)
    finally:
        shutil.copy(path.parent / "sound" / name, run / name)


@cache
def _sound_run(folder: Path) -> Run:
    return load_run(folder / "sound")


def _same_run(path: Path, name: str) -> None:
    """A run that is read must be the sound one: other spaces in a JSON text are no damage."""
    found, sound = _load_with(path, name), _sound_run(path.parent)
    assert found.network is not None and sound.network is not None
    weights = sound.network.state_dict()
    if found.result != sound.result or any(
        not torch.equal(tensor, weights[key]) for key, tensor in found.network.state_dict().items()
    ):
        raise WrongReadError("another run was read")


def _evaluate(path: Path) -> None:
    """Use everything that a run without digests says."""
    run = _load_with(path, "results.json")
    describe_result(run.result)
    if run.network is not None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("nasbench_pytorch.training.reevaluation.load_data", lambda *_: tiny_data())
            evaluate_run(run, device="cpu")


@cache
def _interrupted() -> bytes:
    """Interrupt a training one step before its end, and return its checkpoint."""
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patched:
        stop_after(patched, 19)
        with pytest.raises(Interrupted):
            train_tiny(out=Path(scratch), checkpoints_only=True)
        return (Path(scratch) / "checkpoint.pt").read_bytes()


def _checkpoint(folder: Path) -> bytes:
    (folder / "begun").mkdir()
    (folder / "begun" / "checkpoint.pt").write_bytes(_interrupted())
    return _interrupted()


@cache
def _sound_checkpoint(folder: Path) -> Checkpoint:
    return load_checkpoint(folder / "begun" / "checkpoint.pt")


def _same_checkpoint(path: Path) -> None:
    found, sound = load_checkpoint(path), _sound_checkpoint(path.parent)
    if not _equal(tuple(found), tuple(sound)):
        raise WrongReadError("another checkpoint was read")


def _equal(found: Any, sound: Any) -> bool:
    if isinstance(sound, torch.Tensor):
        return isinstance(found, torch.Tensor) and found.dtype == sound.dtype and torch.equal(found, sound)
    if isinstance(sound, dict):
        return found.keys() == sound.keys() and all(_equal(found[key], sound[key]) for key in sound)
    if isinstance(sound, list | tuple):
        return len(found) == len(sound) and all(map(_equal, found, sound))
    return bool(found == sound)


def _changed_checkpoint(data: bytes, generator: random.Random) -> bytes:
    content = torch.load(io.BytesIO(data), weights_only=True)
    part = content[generator.choice(("identity", "progress", "network", "optimizer"))]
    if generator.random() < 0.2:
        tensors = [name for name, value in content["network"].items() if value.ndim]
        content["network"][generator.choice(tensors)] = torch.zeros(3, dtype=torch.int64)
    change_values(generator.choice((content, part)), generator)
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def _resume(path: Path) -> None:
    """Take the last step of a training from a checkpoint that is whole, with other content."""
    folder = path.parent / "begun"
    shutil.copy(path, folder / "checkpoint.pt")
    saved_settings(folder)
    train_tiny(out=folder, resume=True, checkpoints_only=True)


def _state_dict(folder: Path) -> bytes:
    path = folder / "sound.pt"
    save_weights(build_network(SPEC, SKELETON, tiny_recipe()), path)
    return path.read_bytes()


def _old_state_dict(folder: Path) -> bytes:
    """Weights as torch before 1.6 saved them: a pickle without checksums."""
    stream = io.BytesIO()
    state = torch.load(io.BytesIO(_state_dict(folder)), weights_only=True)
    torch.save(state, stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


def _load_weights(path: Path) -> None:
    load_weights(build_network(SPEC, SKELETON, tiny_recipe()), path)


def _same_weights(path: Path) -> None:
    network = build_network(SPEC, SKELETON, tiny_recipe())
    load_weights(network, path)
    sound = torch.load(path.with_name("sound.pt"), weights_only=True)
    if not _equal(dict(network.state_dict()), dict(sound)):
        raise WrongReadError("other weights were read")


RUN_READERS: dict[str, FuzzedReader] = {
    "results.json": FuzzedReader(".json", _results, changed_bytes, lambda path: _same_run(path, "results.json"), 0.5),
    "JSON of results without digests": FuzzedReader(".json", _results_without_digests, changed_json, _evaluate, 0.25),
    "weights.safetensors of a run": FuzzedReader(
        ".safetensors", _weights, changed_bytes, lambda path: _same_run(path, "weights.safetensors"), 0.25
    ),
    "checkpoint.pt": FuzzedReader(".pt", _checkpoint, changed_bytes, _same_checkpoint, 0.5),
    "values in a checkpoint": FuzzedReader(".pt", _checkpoint, _changed_checkpoint, _resume, 0.1),
    "weights of torch.save": FuzzedReader(".pt", _state_dict, changed_bytes, _same_weights, 0.5),
    "weights of torch.save before 1.6": FuzzedReader(".pt", _old_state_dict, changed_bytes, _load_weights, 0.5),
}
