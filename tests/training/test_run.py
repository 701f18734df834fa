"""`run_training` as a whole: its two forms, determinism, and the input that it refuses."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
import torch
from typing_extensions import override

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Execution, Output, Recipe, Reporter, Task, load_run, run_training
from nasbench_pytorch.training.runtime.device import sum_dtype
from tests.helpers.tiny_training import SKELETON, SPEC, accuracies, tiny_data, tiny_recipe, train_tiny

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation


def test_the_records_train_as_the_keywords_do(tmp_path: Path) -> None:
    task = Task(SPEC, tiny_data(), tiny_recipe(), SKELETON, seed=3)
    run = run_training(task, Execution(device="cpu"), Output(tmp_path / "records"), "none")
    flat = train_tiny(seed=3, out=tmp_path / "keywords")
    assert accuracies(run.result) == accuracies(flat.result)
    assert run.result.recipe == flat.result.recipe
    assert load_run(tmp_path / "records").result == run.result


def test_records_and_cells_may_be_given_by_name() -> None:
    task = Task(SPEC, tiny_data(), tiny_recipe(epochs=1), SKELETON)
    by_records = run_training(task=task, execution=Execution(device="cpu"), reporter="none")
    by_keywords = run_training(
        spec=SPEC, data=tiny_data(), recipe=tiny_recipe(epochs=1), skeleton=SKELETON, device="cpu", progress="none"
    )
    assert accuracies(by_records.result) == accuracies(by_keywords.result)


def test_every_setting_of_the_records_has_a_keyword_with_the_same_default() -> None:
    keywords = dict(inspect.signature(run_training).parameters)
    assert len(keywords) == 18
    renamed = {"folder": "out", "process_group": "world"}
    settings = {field.name: field.default for record in (Task, Execution, Output) for field in fields(record)}
    assert {renamed.get(name, name) for name in settings} | {"progress"} == set(keywords)
    for name in set(settings) - {"spec", "data", "recipe"}:
        assert keywords[renamed.get(name, name)].default == settings[name], name
    assert Task(SPEC, tiny_data()).recipe == Recipe()


def test_a_keyword_of_the_other_form_is_refused() -> None:
    with pytest.raises(TypeError, match="seed"):
        run_training(Task(SPEC, tiny_data()), seed=3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="reporter"):
        run_training(SPEC, tiny_data(), reporter="none")  # type: ignore[call-overload]


def test_a_reporter_receives_steps_evaluations_and_the_end() -> None:
    class Recorder(Reporter):
        def __init__(self) -> None:
            self.calls: list[str] = []

        @override
        def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
            self.calls.append(f"step {step}")

        @override
        def evaluated(self, evaluation: Evaluation) -> None:
            self.calls.append(f"evaluated {evaluation.steps}")

        @override
        def note(self, text: str) -> None:
            self.calls.append(text)

        @override
        def close(self) -> None:
            self.calls.append("close")

    recorder = Recorder()
    train_tiny(progress=recorder)
    assert recorder.calls == ["step 1", "evaluated 1", "step 10", "evaluated 10", "step 20", "evaluated 20", "close"]


def test_a_run_learns() -> None:
    wider = replace(SKELETON, stem_out_channels=16)
    result = train_tiny(tiny_recipe(epochs=32, batch_norm_shards=1, learning_rate=0.2), skeleton=wider).result
    assert result.evaluations[-1].train_accuracy > 0.9
    assert result.evaluations[0].train_accuracy < 0.3


def test_equal_seeds_give_equal_runs_and_different_seeds_different_ones() -> None:
    first, second, other = (train_tiny(seed=seed) for seed in (1, 1, 2))
    assert accuracies(first.result) == accuracies(second.result)
    assert first.network is not None and second.network is not None
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name]), name
    assert accuracies(first.result) != accuracies(other.result)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (tiny_recipe(batch_size=200), "batch_size 200 is larger than the 40 training images"),
        (tiny_recipe(evaluation_batch_size=64, evaluation_drop_remainder=True), "64"),
    ],
)
def test_recipes_that_do_not_fit_the_data_are_refused(recipe: Recipe, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_tiny(recipe)


def test_an_unknown_device_is_refused_with_a_list_of_devices() -> None:
    with pytest.raises(InputError, match=r"unknown device 'tpu9'; this machine has: auto, cpu"):
        train_tiny(device="tpu9")


def test_tf32_needs_cuda() -> None:
    with pytest.raises(InputError, match="tf32 needs a CUDA device"):
        train_tiny(tiny_recipe(precision="tf32"), device="cpu")


def test_bfloat16_trains_and_is_recorded() -> None:
    run = train_tiny(tiny_recipe(precision="bfloat16"))
    assert run.result.environment["precision"] == "bfloat16"
    assert run.network is not None
    assert all(p.dtype == torch.float32 for p in run.network.parameters())


def test_devices_that_torch_has_are_offered_and_their_gaps_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="unknown device 'mps'"):
        train_tiny(device="mps")
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert resolve_device("mps") == torch.device("mps")
    with pytest.raises(InputError, match=r"this machine has: auto, cpu, .*mps"):
        resolve_device("tpu9")

    def lacking(*_: object) -> NoReturn:
        raise NotImplementedError("The operator 'aten::x' is not implemented for the MPS device.\nLong advice")

    monkeypatch.setattr("nasbench_pytorch.datasets.images.ImageData.to", lacking)
    with pytest.raises(
        InputError, match=r"'mps' cannot train this network: The operator .* device\.; use --device cpu"
    ):
        train_tiny(device="mps")
    assert (sum_dtype(torch.device("mps")), sum_dtype(torch.device("cpu"))) == (torch.float32, torch.float64)
