"""Event files for TensorBoard."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.training import Interrupted, TensorBoardReporter
from tests.helpers.tiny_training import stop_after, tiny_data, train_tiny


class Writer:
    """A stand-in for torch's SummaryWriter that keeps what it receives."""

    made: list[Writer] = []  # noqa: RUF012

    def __init__(self, folder: str, purge_step: int) -> None:
        self.folder, self.purge_step, self.closed = folder, purge_step, False
        self.scalars: dict[str, list[tuple[int, float]]] = {}
        Writer.made.append(self)

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        self.scalars.setdefault(tag, []).append((step, value))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Writer]:
    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(Writer, "made", [])
    return Writer.made


def test_losses_and_accuracies_are_written_by_step(made: list[Writer], tmp_path: Path) -> None:
    run = train_tiny(progress=TensorBoardReporter(tmp_path))
    (writer,) = made
    assert (writer.folder, writer.purge_step, writer.closed) == (str(tmp_path), 1, True)
    assert [step for step, _ in writer.scalars["train/loss"]] == [1, 10, 20]
    evaluations = run.result.evaluations
    for tag, field in (("accuracy/validation", "validation_accuracy"), ("loss/test", "test_loss")):
        assert writer.scalars[tag] == [(item.steps, getattr(item, field)) for item in evaluations]


def test_a_resumed_training_replaces_what_came_after_its_checkpoint(
    made: list[Writer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 14)
        train_tiny(out=tmp_path / "run", progress=TensorBoardReporter(tmp_path))
    train_tiny(out=tmp_path / "run", resume=True, progress=TensorBoardReporter(tmp_path))
    assert [writer.purge_step for writer in made] == [1, 20]


def test_the_event_file_can_be_read_back(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = train_tiny(progress=TensorBoardReporter(tmp_path))
    events = EventAccumulator(str(tmp_path)).Reload()
    found = [(event.step, event.value) for event in events.Scalars("accuracy/test")]
    assert found == [(item.steps, pytest.approx(item.test_accuracy)) for item in run.result.evaluations]


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nasbench-pytorch\[tensorboard\]'"):
        TensorBoardReporter(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("missing", [True, False])
def test_the_command_refuses_before_the_images_are_loaded(
    made: list[Writer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    missing: bool,
) -> None:
    from nasbench_pytorch.cli import main

    def load(*_: object) -> None:
        raise AssertionError("the images were loaded")

    monkeypatch.setattr("nasbench_pytorch.training.load_data", load)
    if missing:
        monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    (tmp_path / "file").touch()
    line = ["train", "resnet20", "--device", "cpu", "--out", str(tmp_path / "run")]
    assert main([*line, "--tensorboard", str(tmp_path / "file")]) == 2
    error = capsys.readouterr().err
    expected = "pip install 'nasbench-pytorch[tensorboard]'" if missing else "the folder cannot be written"
    assert expected in error
    assert len(error.splitlines()) == 1
    assert made == []


def test_the_command_shows_progress_and_writes_events(
    made: list[Writer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nasbench_pytorch.cli import main

    monkeypatch.setattr("nasbench_pytorch.training.load_data", lambda *_: tiny_data())
    line = "train resnet20 --dataset digits --epochs 1 --stem-out-channels 4 --num-stacks 1 --num-modules-per-stack 1"
    flags = ["--device", "cpu", "--out", str(tmp_path / "run"), "--tensorboard", str(tmp_path / "events")]
    assert main([*line.split(), *flags, "--progress", "lines"]) == 0
    assert made[0].folder == str(tmp_path / "events")
    assert "evaluation at epoch 1" in capsys.readouterr().err
