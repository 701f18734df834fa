"""Scoring of many cells: files, kills, several processes, settings."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from torch import nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies import (
    Batch,
    ScoringSettings,
    read_scores,
    run_in_processes,
    score_cells,
    score_network,
)
from nasbench_pytorch.proxies.jobs import CellScore, Job, Scorer, build_network
from nasbench_pytorch.proxies.journal import Journal
from nasbench_pytorch.proxies.score_file import ScoreTable, write_scores
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, Skeleton
from tests.helpers.deadlines import DEADLINE_S

SETTINGS = ScoringSettings(Skeleton(stem_out_channels=8, num_stacks=2, num_modules_per_stack=1), batch_size=8)
CELLS = [NAMED_CELLS[name].spec for name in ("smallest", "inception", "best")]
NAMES = ("synflow", "params", "nwot", "zen")


def batch(seed: int) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    return Batch(torch.randn(8, 3, 16, 16, generator=generator), torch.arange(8) % 4, seed)


class KilledError(Exception):
    """Stands for a kill between two scores."""


def killed_after(count: int) -> object:
    def run(scorer: Scorer, jobs: Sequence[Job]) -> Iterator[CellScore]:
        yield from map(scorer, jobs[:count])
        raise KilledError

    return run


@pytest.mark.parametrize("suffix", [".csv", ".arrow", ".parquet"])
def test_values_and_what_they_depend_on_are_read_back(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"scores{suffix}"
    seen: list[tuple[int, int]] = []
    report = score_cells(
        [*CELLS, CELLS[0]], NAMES, {0: batch(0), 4: batch(4)}, out, SETTINGS, progress=lambda *done: seen.append(done)
    )
    assert (report.scored, report.found, report.not_finite) == (6, 0, {})
    assert seen == [(number, 6) for number in range(1, 7)]
    table = read_scores(out)
    assert table.settings == SETTINGS and table.proxies == NAMES
    assert [(score.hash, score.seed) for score in table.scores] == [
        (spec.hash_spec(), seed) for spec in CELLS for seed in (0, 4)
    ]
    expected = score_network(build_network(CELLS[1], SETTINGS, 4), batch(4), NAMES)
    assert table.scores[3].values == expected
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    if suffix == ".csv":
        heading = out.read_text().splitlines()[0]
        assert heading == "hash,synflow,params,nwot,zen,seed,batch_size,precision,initialization,data,skeleton,seconds"


@pytest.mark.parametrize("suffix", [".csv", ".arrow", ".parquet"])
def test_a_damaged_score_file_is_one_line(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"scores{suffix}"
    score = CellScore("0" * 32, 0, {"zen": 0.5}, 1.0)
    write_scores(out, ScoreTable(SETTINGS, [score]))
    content = out.read_bytes()
    assert list(read_scores(out).scores) == [score]
    for place in range(0, len(content), 1 + len(content) // 100):
        out.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        try:
            found, refusal = list(read_scores(out).scores), ""
        except InputError as error:
            found, refusal = [score], str(error)
        # Text has no digest; a Parquet file may hold a changed byte that nothing depends on.
        assert suffix == ".csv" or found == [score]
        assert suffix != ".arrow" or out.name in refusal
        assert "\n" not in refusal


def test_a_changed_line_of_a_journal_is_named(tmp_path: Path) -> None:
    with Journal(tmp_path / "scores.csv", SETTINGS) as journal:
        journal.append(CellScore("0" * 32, 0, {"zen": 0.5}, 1.0))
    journal.path.write_bytes(journal.path.read_bytes().replace(b"0.5", b"0.7"))
    with (
        pytest.raises(InputError, match=r"journal is damaged \(line 2 differs from its SHA-256\)"),
        Journal(tmp_path / "scores.csv", SETTINGS),
    ):
        pass


def test_a_killed_scoring_goes_on(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.csv", tmp_path / "scores.csv"
    score_cells(CELLS, NAMES, {0: batch(0)}, whole, SETTINGS)
    with pytest.raises(KilledError):
        score_cells(CELLS, NAMES, {0: batch(0)}, out, SETTINGS, run=killed_after(2))  # type: ignore[arg-type]
    assert not out.exists()
    journal = tmp_path / "scores.csv.journal"
    with journal.open("ab") as stream:
        stream.write(b'{"hash": "torn')  # a kill in the middle of a line
    with pytest.raises(InputError, match=r"journal holds scores with batch_size 8, and 4 is asked for"):
        score_cells(CELLS, NAMES, {0: batch(0).part(0, 4)}, out, ScoringSettings(SETTINGS.skeleton, batch_size=4))
    report = score_cells(CELLS, NAMES, {0: batch(0)}, out, SETTINGS)
    assert (report.scored, report.found) == (1, 2)
    assert [score.values for score in read_scores(out).scores] == [score.values for score in read_scores(whole).scores]
    assert not journal.exists()


@pytest.mark.slow
def test_a_scoring_that_is_killed_by_a_signal_loses_no_finished_score(tmp_path: Path) -> None:
    program = f"""
        import os, signal
        from tests.proxies.test_many_cells import *
        def run(scorer, jobs):
            yield scorer(jobs[0])
            os.kill(os.getpid(), signal.SIGKILL)
        score_cells(CELLS, NAMES, {{0: batch(0)}}, {str(tmp_path / "scores.csv")!r}, SETTINGS, run=run)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], timeout=DEADLINE_S, env=os.environ, check=False
    )
    assert ended.returncode == -9
    report = score_cells(CELLS, NAMES, {0: batch(0)}, tmp_path / "scores.csv", SETTINGS)
    assert (report.scored, report.found) == (2, 1)


def test_a_finished_file_takes_further_cells_seeds_and_proxies(tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    score_cells(CELLS[:1], ["params"], {0: batch(0)}, out, SETTINGS)
    report = score_cells(CELLS, ["synflow", "params"], {0: batch(0)}, out, SETTINGS)
    assert (report.scored, report.found) == (3, 0)
    assert score_cells(CELLS, ["params"], {0: batch(0)}, out, SETTINGS).scored == 0
    assert all(set(score.values) == {"params", "synflow"} for score in read_scores(out).scores)
    with pytest.raises(InputError, match=r"holds scores with precision 'float32', and 'float64' is asked for"):
        score_cells(
            CELLS, ["params"], {0: batch(0)}, out, ScoringSettings(SETTINGS.skeleton, batch_size=8, precision="float64")
        )


def test_processes_score_as_this_one_does(tmp_path: Path) -> None:
    here = score_cells(CELLS[:2], NAMES, {0: batch(0)}, tmp_path / "here.csv", SETTINGS).table
    run = run_in_processes(1)
    there = score_cells(CELLS[:2], NAMES, {0: batch(0)}, tmp_path / "there.csv", SETTINGS, run=run).table
    assert [score.values for score in here.scores] == [score.values for score in there.scores]
    with pytest.raises(InputError, match="cannot be sent to worker processes"):
        score_cells(CELLS, {"own": lambda network, given: 1.0}, {0: batch(0)}, tmp_path / "own.csv", SETTINGS, run=run)
    with pytest.raises(InputError, match="workers must be at least 1, got 0"):
        run_in_processes(0)


def test_two_scorings_do_not_share_a_file(tmp_path: Path) -> None:
    def run(scorer: Scorer, jobs: Sequence[Job]) -> Iterator[CellScore]:
        with pytest.raises(InputError, match="another process is scoring into it"):
            score_cells(CELLS, ["params"], {0: batch(0)}, tmp_path / "scores.csv", SETTINGS)
        return map(scorer, jobs)

    assert score_cells(CELLS, ["params"], {0: batch(0)}, tmp_path / "scores.csv", SETTINGS, run=run).scored == 3


def test_values_that_are_not_finite_are_kept_and_counted(tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"

    def broken(network: nn.Module, given: Batch) -> float:
        return math.nan if given.seed else math.inf

    report = score_cells(CELLS, {"broken": broken}, {0: batch(0), 1: batch(1)}, out, SETTINGS)
    assert report.not_finite == {"broken": 6}
    values = [score.values["broken"] for score in read_scores(out).scores]
    assert values[0] == math.inf and math.isnan(values[1])


def test_bad_input_is_named_before_anything_is_scored(tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    narrow = ScoringSettings(Skeleton(stem_out_channels=1), batch_size=8)
    with pytest.raises(InputError, match=f"cell {CELLS[0].hash_spec()}: "):
        score_cells(CELLS, NAMES, {0: batch(0)}, out, narrow)
    with pytest.raises(InputError, match="batch of seed 0 has 4 images, the settings say 8"):
        score_cells(CELLS, NAMES, {0: batch(0).part(0, 4)}, out, SETTINGS)
    with pytest.raises(InputError, match="zico needs a batch of at least 2"):
        score_cells(CELLS, ["zico"], {0: batch(0).part(0, 1)}, out, ScoringSettings(SETTINGS.skeleton, batch_size=1))
    with pytest.raises(InputError, match=r"cannot write scores.txt|scores.txt"):
        score_cells(CELLS, NAMES, {0: batch(0)}, tmp_path / "scores.txt", SETTINGS)
    with pytest.raises(InputError, match="there is no cell to score"):
        score_cells(list[ModelSpec](), NAMES, {0: batch(0)}, out, SETTINGS)
    out.write_text("hash,zen\nabc,1\n")
    with pytest.raises(InputError, match="is no score file: column seed is missing"):
        score_cells(CELLS, NAMES, {0: batch(0)}, out, SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scores.csv"]
