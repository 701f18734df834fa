"""Readers of scores and of saved predictors."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from nasbench_pytorch.predictors import GaussianProcess, RandomForest, load_predictor, save_predictor
from nasbench_pytorch.predictors.saved import _digest
from nasbench_pytorch.proxies.jobs import CellScore
from nasbench_pytorch.proxies.journal import Journal
from nasbench_pytorch.proxies.score_file import ScoreTable, read_scores, write_scores
from nasbench_pytorch.proxies.settings import ScoringSettings
from nasbench_pytorch.space import enumerate_cells
from tests.fuzz.mutations import changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader, WrongReadError

_SETTINGS = ScoringSettings(batch_size=8)


def _scores() -> list[CellScore]:
    generator = random.Random(0)
    return [
        CellScore(
            f"{number:032x}", number % 2, {"zen": generator.random(), "nwot": math.nan if number == 3 else 7.0}, 0.5
        )
        for number in range(6)
    ]


def _score_file(folder: Path, suffix: str) -> bytes:
    path = folder / f"sound{suffix}"
    write_scores(path, ScoreTable(_SETTINGS, _scores()))
    return path.read_bytes()


def _same_scores(path: Path) -> None:
    """A digest or checksums in the file must find every change."""
    found = read_scores(path)
    if found.settings != _SETTINGS or repr(found.scores) != repr(_scores()):
        raise WrongReadError("other scores were read")


def _journal(folder: Path) -> bytes:
    with Journal(folder / "sound.csv", _SETTINGS) as journal:
        for score in _scores():
            journal.append(score)
    return journal.path.read_bytes()


def _same_journal(path: Path) -> None:
    """What a journal keeps must be scores that were written; a torn end is dropped."""
    out = path.with_suffix(".csv")
    journal = out.with_name(f"{out.name}.journal")
    path.rename(journal)
    try:
        with Journal(out, _SETTINGS) as opened:
            kept = [repr(score) for score in opened.scores]
        if kept != [repr(score) for score in _scores()][: len(kept)]:
            raise WrongReadError("other scores were read")
    finally:
        journal.rename(path) if journal.exists() else path.touch()


def _predictor(folder: Path) -> bytes:
    path, space = folder / "sound.safetensors", enumerate_cells(max_vertices=4, cache=False)
    cells = [space[row] for row in range(0, 80, 4)]
    save_predictor(path, GaussianProcess(), cells, np.linspace(0.8, 0.9, len(cells)), {"table": "invented"})
    return path.read_bytes()


def _forest(folder: Path) -> bytes:
    path, space = folder / "sound.safetensors", enumerate_cells(max_vertices=4, cache=False)
    cells = [space[row] for row in range(0, 80, 4)]
    save_predictor(path, RandomForest(trees=2), cells, np.linspace(0.8, 0.9, len(cells)))
    return path.read_bytes()


def _refuse_predictor(path: Path) -> None:
    load_predictor(path)
    raise WrongReadError("a changed predictor was read")


def _header(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    metadata: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return metadata


def _changed_predictor(data: bytes, generator: random.Random) -> bytes:
    tensors = load(data)
    header = json.loads(changed_json(_header(data)["nasbench"].encode(), generator))
    return save(tensors, {"nasbench": json.dumps(header), "sha256": _digest(tensors, header)})


SCORE_READERS: dict[str, FuzzedReader] = {
    "scores, CSV": FuzzedReader(".csv", lambda folder: _score_file(folder, ".csv"), changed_bytes, read_scores),
    "scores, Arrow": FuzzedReader(".arrow", lambda folder: _score_file(folder, ".arrow"), changed_bytes, _same_scores),
    "scores, Parquet": FuzzedReader(
        ".parquet", lambda folder: _score_file(folder, ".parquet"), changed_bytes, _same_scores
    ),
    "journal of a scoring": FuzzedReader(".any", _journal, changed_bytes, _same_journal),
    "saved predictor": FuzzedReader(".safetensors", _predictor, changed_bytes, _refuse_predictor),
    "JSON of a saved predictor": FuzzedReader(".safetensors", _forest, _changed_predictor, load_predictor, 0.5),
}
