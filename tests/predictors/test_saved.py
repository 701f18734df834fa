"""Saved predictors: the same predictions again, and one line for everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file, save_file

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors import (
    PREDICTORS,
    BoostedTrees,
    CrossFittedEnsemble,
    EncodedCells,
    GaussianProcess,
    GraphNetwork,
    Predictor,
    RandomForest,
    load_predictor,
    make_predictor,
    save_predictor,
)
from nasbench_pytorch.predictors.saved import _digest, _read
from nasbench_pytorch.predictors.saving.saved_settings import predictor_of_settings, settings_of_predictor

Floats = npt.NDArray[np.float64]

SMALL: list[Predictor] = [
    BoostedTrees(members=2, iterations=5, seed=3),
    RandomForest(trees=5, seed=3),
    GaussianProcess(seed=3),
    GraphNetwork(width=8, layers=1, epochs=2, seed=3),
    CrossFittedEnsemble([BoostedTrees(iterations=5), GaussianProcess(seed=2)], folds=2, seed=3),
]


@pytest.mark.parametrize("predictor", SMALL, ids=lambda predictor: type(predictor).__name__)
def test_a_loaded_predictor_predicts_the_same(
    predictor: Predictor, cells: EncodedCells, accuracies: Floats, tmp_path: Path
) -> None:
    some = cells.take(slice(0, 60)).with_columns({"zen": np.arange(60)})
    others = cells.take(slice(60, 90)).with_columns({"zen": np.arange(30)})
    predictor.fit(some, accuracies[:60])
    save_predictor(tmp_path / "p.safetensors", predictor, some, accuracies[:60], {"table": "mini"})
    loaded = load_predictor(tmp_path / "p.safetensors")
    for got, wanted in zip(loaded.predictor.predict(others), predictor.predict(others), strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert loaded.about == {"table": "mini"}
    assert loaded.cells.extra == ("zen",)
    np.testing.assert_array_equal(loaded.accuracies, accuracies[:60])


@pytest.mark.parametrize("name", PREDICTORS)
def test_settings_are_plain_and_make_the_same_predictor(name: str) -> None:
    settings = settings_of_predictor(make_predictor(name, 7))
    assert predictor_of_settings(json.loads(json.dumps(settings))) == make_predictor(name, 7)


@pytest.fixture(scope="module")
def saved(cells: EncodedCells, accuracies: Floats, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "p.safetensors"
    save_predictor(path, GaussianProcess(), cells.take(slice(0, 20)), accuracies[:20, 0])
    return path


def test_a_file_with_a_changed_or_missing_byte_is_refused(saved: Path, tmp_path: Path) -> None:
    content = saved.read_bytes()
    path = tmp_path / "p.safetensors"
    for position in range(0, len(content), max(1, len(content) // 150)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        with pytest.raises(InputError, match=r"p\.safetensors: "):
            load_predictor(path)
        path.write_bytes(content[:position])
        with pytest.raises(InputError, match=r"p\.safetensors: "):
            load_predictor(path)


def _set(key: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda header, _: header.__setitem__(key, value)


def _change(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda _, tensors: tensors.__setitem__(name, change(tensors[name]))


def _loop(adjacency: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    adjacency[3, 2, 1] = 1
    return adjacency


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_set("predictor", {"kind": "Pickle"}), "unknown predictor 'Pickle'; there are"),
        (_set("predictor", {"kind": "GaussianProcess", "run": 1}), "no setting 'run'"),
        (_set("predictor", {"kind": "GaussianProcess", "seed": "0"}), "seed must be a number"),
        (_set("predictor", {"kind": "GaussianProcess", "seed": -1}), "seed must be a number"),
        (_set("predictor", {"kind": "CrossFittedEnsemble", "predictors": []}), "list of 1 to 16"),
        (_set("predictor", "GaussianProcess"), "must hold settings"),
        (_set("operations", ["conv3x3-bn-relu"]), "'operations' must be uint8"),
        (_set("operations", 3), "a list"),
        (_set("max_vertices", 5), "'adjacency' must be uint8"),
        (_set("max_edges", 2), "not of the file's bounds"),
        (_set("extra", ["zen"]), "'extra' must be float32"),
        (_set("extra", None), "list of names"),
        (_change("adjacency", _loop), "not of the file's bounds"),
        (_change("adjacency", lambda values: values * 2), "not of the file's bounds"),
        (_change("operations", lambda values: values[:-1]), "but operations 19"),
        (_change("accuracies", lambda values: values * np.nan), "NaN or infinite"),
        (_change("accuracies", lambda values: values[:-1]), "accuracies have shape"),
        (_change("accuracies", lambda values: values.astype(np.float32)), "no accuracies of 64 bits"),
    ],
)
def test_a_file_with_a_right_digest_and_wrong_content_is_refused(
    saved: Path, tmp_path: Path, spoil: Callable[..., None], message: str
) -> None:
    tensors, header = _read(saved)
    spoil(header, tensors)
    metadata = {"nasbench": json.dumps(header), "sha256": _digest(tensors, header)}
    save_file(tensors, tmp_path / "p.safetensors", metadata)
    with pytest.raises(InputError, match=rf"p\.safetensors: .*{message}"):
        load_predictor(tmp_path / "p.safetensors")


def test_other_files_are_no_predictors(tmp_path: Path, saved: Path) -> None:
    for content in (b"", b"\x80\x04K\x01.", b"{}", b"\xff" * 100):
        (tmp_path / "p").write_bytes(content)
        with pytest.raises(InputError, match="not a saved predictor"):
            load_predictor(tmp_path / "p")
    save_file(load_file(saved), tmp_path / "weights")
    with pytest.raises(InputError, match="not a saved predictor"):
        load_predictor(tmp_path / "weights")
    with pytest.raises(OSError, match="missing"):
        load_predictor(tmp_path / "missing")


def test_predictors_of_others_cannot_be_saved(cells: EncodedCells, accuracies: Floats, tmp_path: Path) -> None:
    class Mine(GaussianProcess):
        pass

    with pytest.raises(InputError, match="a Mine cannot be saved"):
        save_predictor(tmp_path / "p", Mine(), cells, accuracies)
    with pytest.raises(InputError, match="what JSON can hold"):
        save_predictor(tmp_path / "p", GaussianProcess(), cells, accuracies, {"rng": object()})
    assert not list(tmp_path.iterdir())
