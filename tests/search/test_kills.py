"""Searches that are killed with SIGKILL, and started again: the folder has the bytes of an uninterrupted search."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.search_kills import slow_search

OWN = "tests.helpers.search_algorithms_of_users:InOrder"

Kill = tuple[str, int]
"""A moment of `search_kills.MOMENTS`, and how often the process passes it before."""


def kill(moment: Kill, *search: str) -> None:
    """Run a search in a process that dies at a moment."""
    command = [sys.executable, "-m", "tests.helpers.search_kills", moment[0], str(moment[1]), *search]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def content(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, the hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


EVERYWHERE = [
    ("search.json half written", 0),
    ("search.json renamed", 0),
    ("part half written", 1),
    ("part renamed", 2),
    ("run", 0),
    ("runs.arrow half written", 0),
    ("runs.arrow renamed", 0),
    ("parts removed", 0),
]


@pytest.mark.usefixtures("all_candidates")  # the space is enumerated once, not by each process
@pytest.mark.parametrize(
    ("algorithm", "kills"),
    [
        (
            f"{OWN} --workers 1",
            [("search.json half written", 0), ("part half written", 1), ("run", 3), ("runs.arrow renamed", 0)],
        ),
        pytest.param("random_search", EVERYWHERE, marks=pytest.mark.slow),  # compiled, in threads
        pytest.param("bananas --workers 2", [("part renamed", 1), ("parts removed", 0)], marks=pytest.mark.slow),
    ],
)
def test_a_killed_command_goes_on_to_the_bytes_of_an_uninterrupted_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], algorithm: str, kills: list[Kill]
) -> None:
    settings = "epochs=12 predictor=gaussian_process" if "bananas" in algorithm else "epochs=12"
    line = f"search run {algorithm} --table mini --set {settings} --seconds 3e3 --runs 6 --out".split()
    for moment in kills:
        kill(moment, *line, str(tmp_path / "killed"))
    for name in ("killed", "whole"):
        assert main([*line, str(tmp_path / name)]) == 0
    capsys.readouterr()
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert set(content(tmp_path / "whole")) == {"search.json", "runs.arrow"}


@pytest.mark.parametrize(
    ("algorithm", "kills"),
    [
        (OWN, [("state half written", 7), ("part renamed", 0)]),
        pytest.param("bananas", [("evaluation", 5), ("state renamed", 9), ("part renamed", 0)], marks=pytest.mark.slow),
    ],
)
def test_a_killed_search_goes_on_from_its_last_evaluation(tmp_path: Path, algorithm: str, kills: list[Kill]) -> None:
    """Two runs of 20 evaluations; the last kill comes between the storing of the first run and the end of its state."""
    for moment in kills:
        kill(moment, algorithm, str(tmp_path / "killed"))
    assert (tmp_path / "killed" / "state-0.json").exists()
    made_now = slow_search(algorithm, str(tmp_path / "killed"))
    assert made_now == 20
    slow_search(algorithm, str(tmp_path / "whole"))
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert set(content(tmp_path / "whole")) == {"search.json", "runs.arrow"}
