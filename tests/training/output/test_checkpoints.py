"""Checkpoints: damaged files, full disks, kills."""

from __future__ import annotations

import json
import random
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Interrupted, run_training
from nasbench_pytorch.training.output.checkpoints import TrainingState, load_checkpoint
from tests.helpers.tiny_training import SKELETON, SPEC, stop_after, tiny_data, tiny_recipe, train_tiny


def test_a_kill_between_the_last_checkpoint_and_its_history_loses_no_line(tmp_path: Path) -> None:
    out = tmp_path / "run"

    def history_after_training(resume: bool) -> list[dict[str, float]]:
        run_training(SPEC, tiny_data(), tiny_recipe(), skeleton=SKELETON, out=out, checkpoints_only=True, resume=resume)
        return [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]

    whole = history_after_training(resume=False)
    (out / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in whole[:-1]))
    assert history_after_training(resume=True) == whole


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"x" * 100])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Any) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    file = tmp_path / "checkpoint.pt"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError, match=r"checkpoint\.pt is damaged"):
        train_tiny(out=tmp_path, resume=True)


def test_every_flipped_bit_of_a_checkpoint_is_refused_or_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    file = tmp_path / "checkpoint.pt"
    content = file.read_bytes()
    sound = load_checkpoint(file)
    refused = 0
    for position in random.Random(0).sample(range(8 * len(content)), 150):
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << position % 8
        file.write_bytes(damaged)
        try:
            loaded = load_checkpoint(file)
        except InputError:
            refused += 1
            continue
        assert loaded.state == sound.state
        assert all(torch.equal(tensor, sound.network[name]) for name, tensor in loaded.network.items())
    assert refused > 50


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("progress", {"step": "4"}, "progress.step must be a whole number, got '4'"),
        ("progress", [1], "progress must be an object"),
        ("network", 3, "network must be an object, got 3"),
        ("format", "1", "has checkpoint format '1'"),
    ],
)
def test_a_checkpoint_with_a_value_of_another_type_names_the_field(
    tmp_path: Path, part: str, value: object, message: str
) -> None:
    content = {"format": 1, "identity": {}, "progress": asdict(TrainingState()), "network": {}, "optimizer": {}}
    torch.save({**content, part: value}, tmp_path / "checkpoint.pt")
    with pytest.raises(InputError, match=re.escape(message)):
        load_checkpoint(tmp_path / "checkpoint.pt")


def test_a_checkpoint_of_another_network_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    file = tmp_path / "checkpoint.pt"
    content = torch.load(file, weights_only=True)
    for part in ("network", "optimizer"):
        torch.save({**content, part: {}}, file)
        with pytest.raises(InputError, match="the checkpoint is damaged: its content does not fit the training"):
            train_tiny(out=tmp_path, resume=True)


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    content = (tmp_path / "checkpoint.pt").read_bytes()
    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space") as failure:

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr("os.fsync", full)
        train_tiny(out=tmp_path, resume=True)
    assert failure.value.filename == str(tmp_path / "checkpoint.pt")
    assert (tmp_path / "checkpoint.pt").read_bytes() == content
    assert sorted(file.name for file in tmp_path.iterdir()) == ["checkpoint.pt", "history.jsonl"]
    train_tiny(out=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("part", "changes", "message"),
    [
        ("progress", {"step": -1}, "step -1 after 1 evaluations"),
        ("progress", {"attempt": 9}, "attempt 9 of"),
        ("progress", {"training_time_s": -2.0}, "training_time_s is -2"),
        ("optimizer", {"state": {0: {"square_avg": 1.0, "momentum_buffer": 1.0}}}, "slot square_avg of parameter 0"),
    ],
)
def test_values_that_no_training_writes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, changes: dict[str, Any], message: str
) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    content = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    content[part] |= changes
    torch.save(content, tmp_path / "checkpoint.pt")
    with pytest.raises(InputError, match=rf"the checkpoint is damaged: .*{message}"):
        train_tiny(out=tmp_path, resume=True)
