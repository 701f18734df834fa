"""`nasbench info`, `nasbench completion` and `python -m nasbench_pytorch`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_pytorch import __version__
from nasbench_pytorch.cli import SUBCOMMANDS, main
from tests.helpers.deadlines import DEADLINE_S

ROOT = Path(__file__).parents[2]


def test_info_has_versions_devices_extras_and_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NASBENCH_DATA_DIR", str(tmp_path / "images"))
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["versions"]["nasbench-pytorch"] == __version__
    assert facts["torch"]["devices"][0] == "cpu"
    assert set(facts["extras"]) >= {"demo", "plots", "campaign", "pandas"}
    assert facts["folders"]["data"].startswith(str(tmp_path / "images"))
    assert facts["environment"]["NASBENCH_DATA_DIR"] == str(tmp_path / "images")
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n{title}\n" in f"\n{text}" for title in facts)


def test_a_variable_names_the_table_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NASBENCH_TABLE", str(tmp_path / "none.arrow"))
    assert main(["table", "info"]) == 2
    assert "none.arrow" in capsys.readouterr().err


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_pytorch", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )
    assert done.stdout == f"nasbench-pytorch {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_knows_commands_and_flags(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in (*SUBCOMMANDS, "neighbours", "--learning-rate", "--on-conflict"))


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nasbench", "ta"], {"table"}),
        (["nasbench", "table", "q"], {"query"}),
        (["nasbench", "train", "--epo"], {"--epochs"}),
        (["nasbench", "space", "sample", "--me"], {"--method"}),
    ],
)
def test_bash_completes(
    words: list[str], expected: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "complete.sh"
    script.write_text(
        f"{capsys.readouterr().out}\nCOMP_WORDS=({' '.join(words)})\nCOMP_CWORD={len(words) - 1}\n_nasbench\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=True, timeout=DEADLINE_S)
    assert set(done.stdout.split()) == expected
