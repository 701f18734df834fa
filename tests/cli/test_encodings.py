"""Every encoding prints every help text and result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE_S = 300

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
assert compat.main(["--help"]) == 0
try:
    main_of_1_3(["--help"])
except SystemExit as end:
    assert end.code == 0
"""


@pytest.mark.parametrize("encoding", ["cp1252", pytest.param("gbk", marks=pytest.mark.slow), "ascii"])
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
