"""The folder of a run: its files, and what may replace or resume them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Interrupted, Output, load_run
from nasbench_pytorch.training.output.run_folder import RunFolder
from tests.helpers.tiny_training import SKELETON, stop_after, tiny_recipe, train_tiny


@pytest.mark.usefixtures("drawn_curves")
def test_a_run_folder_holds_its_files_and_is_read_back(tmp_path: Path) -> None:
    run = train_tiny(out=tmp_path / "run", with_sample_metrics=True)
    names = {file.name for file in (tmp_path / "run").iterdir()}
    assert names == {"results.json", "history.jsonl", "weights.safetensors", "curve.png", "sample_metrics.json"}
    assert (tmp_path / "run" / "curve.png").read_bytes().startswith(b"\x89PNG")
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


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :]


def test_a_flipped_bit_of_weights_or_results_is_found(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    weights, results = tmp_path / "weights.safetensors", tmp_path / "results.json"
    sound, text = weights.read_bytes(), results.read_text()
    for position in (20, len(sound) // 2, len(sound) - 1):
        weights.write_bytes(flipped(sound, position))
        with pytest.raises(InputError, match=r"weights\.safetensors is damaged"):
            load_run(tmp_path)
    weights.write_bytes(sound)
    results.write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(InputError, match=r"results\.json is damaged \(its content differs from its SHA-256\)"):
        load_run(tmp_path)


def test_a_run_of_a_version_without_digests_loads(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    content = json.loads((tmp_path / "results.json").read_text())
    del content["sha256"], content["weights_sha256"]
    (tmp_path / "results.json").write_text(json.dumps(content))
    assert load_run(tmp_path).network is not None


def test_results_of_another_shape_name_the_field(tmp_path: Path) -> None:
    train_tiny(out=tmp_path)
    file = tmp_path / "results.json"
    content = json.loads(file.read_text())
    evaluation = content["evaluations"][0]
    for changes, message in (
        ({"seed": "0"}, "seed must be a whole number, got '0'"),
        ({"evaluations": 3}, "evaluations must be a list, got 3"),
        ({"evaluations": [{**evaluation, "test_accuracy": 7.5}]}, "test_accuracy must be from 0 to 1, got 7.5"),
        ({"evaluations": [{**evaluation, "steps": None}]}, "evaluations[0].steps must be a whole number, got None"),
        ({"skeleton": {"num_stacks": 10**30}}, "num_stacks must be at most 16"),
        ({"skeleton": []}, "skeleton must be an object"),
        ({"recipe": {"epochs": "4"}}, "recipe.epochs must be a whole number"),
        ({"spec": {"matrix": 1, "ops": []}}, "matrix must be a list"),
        ({"spec": {"matrix": [], "ops": [1]}}, "ops[0] must be a text, got 1"),
        ({"status": "great"}, "status must be one of complete, truncated, failed, got 'great'"),
    ):
        file.write_text(json.dumps({**content, **changes}))
        with pytest.raises(InputError, match=rf"results\.json is damaged.*{re.escape(message)}"):
            load_run(tmp_path)
    for text in ("[" * 100_000, "[]", '"x"', "\xff"):
        file.write_bytes(text.encode("latin-1"))
        with pytest.raises(InputError, match=r"results\.json is damaged"):
            load_run(tmp_path)


def test_two_trainings_do_not_share_a_folder(tmp_path: Path) -> None:
    first = RunFolder(tmp_path / "run")
    first.begin({}, Output(tmp_path / "run"))
    with pytest.raises(InputError, match="another process trains into this folder"):
        train_tiny(out=tmp_path / "run", overwrite=True)
    first.close()
    train_tiny(out=tmp_path / "run")
    assert not (tmp_path / "run" / ".training.lock").exists()


def test_what_a_killed_writer_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    left = tmp_path / ".checkpoint.pt.0123abcd.partial"
    left.touch()
    train_tiny(out=tmp_path)
    assert not left.exists()
