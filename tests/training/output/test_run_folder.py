"""The folder of a run: its files, and what may replace or resume them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Interrupted, load_run
from tests.helpers.tiny_training import SKELETON, stop_after, tiny_recipe, train_tiny


def test_a_run_folder_holds_its_files_and_is_read_back(tmp_path: Path) -> None:
    run = train_tiny(out=tmp_path / "run", with_sample_metrics=True)
    names = {file.name for file in (tmp_path / "run").iterdir()}
    assert names == {"results.json", "history.jsonl", "weights.safetensors", "curve.png", "sample_metrics.json"}
    back = load_run(tmp_path / "run")
    assert back.result == run.result
    assert back.network is not None and run.network is not None
    assert not back.network.training
    for name, tensor in run.network.state_dict().items():
        assert torch.equal(tensor, back.network.state_dict()[name]), name
    history = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in history] == [1, 10, 20]
    metrics = json.loads((tmp_path / "run" / "sample_metrics.json").read_text())
    assert len(metrics["logits"]) == 100
    assert len(metrics["covariance"]) == 1 + SKELETON.num_stacks


def test_a_finished_folder_is_refused_unless_overwritten(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    content = (tmp_path / "results.json").read_bytes()
    with pytest.raises(InputError, match="holds a finished run"):
        train_tiny(out=tmp_path)
    assert (tmp_path / "results.json").read_bytes() == content
    train_tiny(out=tmp_path, overwrite=True, seed=5)
    assert load_run(tmp_path).result.seed == 5


def test_an_unfinished_run_is_neither_lost_nor_resumed_with_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        stop_after(patched, 4)
        train_tiny(out=tmp_path)
    content = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(InputError, match="--resume continues it"):
        train_tiny(out=tmp_path)
    with pytest.raises(InputError, match=r"recipe\.learning_rate 0\.05 there, 0\.1 now.*seed 0 there, 3 now"):
        train_tiny(tiny_recipe(learning_rate=0.1), out=tmp_path, resume=True, seed=3)
    with pytest.raises(InputError, match=r"holds no finished run.*--resume"):
        load_run(tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == content


def test_there_must_be_something_to_resume(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint"):
        train_tiny(out=tmp_path / "nothing", resume=True)
    assert not (tmp_path / "nothing").exists()


def test_damaged_results_and_weights_are_named(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(InputError, match=r"weights\.safetensors is damaged"):
        load_run(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(InputError, match=r"results\.json is damaged"):
        load_run(tmp_path)
