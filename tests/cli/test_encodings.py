"""Every encoding prints every help text and result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.space import SearchSpace
from tests.helpers.campaign_fakes import all_trials, begin, trained

ROOT = Path(__file__).parents[2]

CODE = """
import sys
from nasbench_pytorch.cli import SUBCOMMANDS, campaign, main, space, table
lines = [["cell", "inception"], ["space", "info", "--max-vertices", "4"], ["table", "info", "mini"], ["info"]]
lines += [[name, "--help-all"] for name in SUBCOMMANDS]
lines += [[group, name, "--help"] for group, commands in (("space", space), ("table", table), ("campaign", campaign))
          for name in commands.COMMANDS]
for words in lines:
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code
    assert code == 0, (words, code)
assert main(["cell", "\\u2192\\ud800"]) == 2
from nasbench_pytorch import compat
from nasbench_pytorch.legacy.main import main as main_of_1_3
from tests.helpers.deadlines import DEADLINE_S
assert compat.main(["--help"]) == 0
try:
    main_of_1_3(["--help"])
except SystemExit as end:
    assert end.code == 0
"""


@pytest.mark.parametrize(
    "encoding", ["ascii", *(pytest.param(name, marks=pytest.mark.slow) for name in ("cp1252", "gbk"))]
)
def test_no_command_fails_for_its_output_encoding(encoding: str, tmp_path: Path) -> None:
    environment = dict(os.environ, PYTHONIOENCODING=encoding, PYTHONPATH=str(ROOT), COLUMNS="80")
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr.decode(encoding, "replace")[-2000:]
    text = done.stdout.decode(encoding)
    assert "128->32" in text or "128→32" in text or "128->128" in text or "128→128" in text


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are Unicode")
def test_a_file_name_that_is_no_utf8_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"b\xff")
    with begin(tmp_path / name) as ledger:
        ledger.commit([trained(trial) for trial in all_trials(ledger)], [], 3)
    for line in (
        f"campaign status {name}",
        f"campaign export {name} --out {name}.arrow",
        f"table info {name}.arrow --json",
        f"table export {name}.arrow --out {name}.tfrecord",
        f"table best {name}.tfrecord",
        f"table verify {name}.arrow",
        f"table export {name}.arrow --out {name}.parquet",
        f"space enumerate --max-vertices 3 --out {name}.space.arrow",
    ):
        assert main(line.split()) == 0, line
        assert "\udcff" not in capsys.readouterr().out
    assert len(SearchSpace.load(f"{name}.space.arrow")) == 7
