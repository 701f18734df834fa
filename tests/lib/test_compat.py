"""Scripts that say `from nasbench import api` run unedited."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
import nasbench
from nasbench import api
from nasbench.lib import config, graph_util, model_spec
import nasbench.lib.graph_util as again
from tests.helpers.deadlines import DEADLINE_S

assert graph_util is again and nasbench.api is api
assert "tensorflow" not in sys.modules and __name__ == "__main__"
spec = model_spec.ModelSpec([[0, 1], [0, 0]], ["input", "output"])
assert spec.hash_spec(["conv3x3-bn-relu"]) == graph_util.hash_module(spec.matrix, [-1, -2])
assert config.build_config()["module_vertices"] == 7
print(sys.argv[1:], api.NASBench.__name__, issubclass(api.OutOfDomainError, Exception))
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_a_script_runs_unedited(tmp_path: Path) -> None:
    script = tmp_path / "search.py"
    script.write_text(SCRIPT)
    result = python("-m", "nasbench_pytorch.compat", str(script), "--seed", "1")
    assert result.stderr == ""
    assert result.stdout == "['--seed', '1'] NASBench True\n"


def test_a_script_finds_the_modules_beside_it(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("VALUE = 7\n")
    (tmp_path / "search.py").write_text("import helper\nprint(helper.VALUE)\n")
    assert python("-m", "nasbench_pytorch.compat", str(tmp_path / "search.py")).stdout == "7\n"


def test_installing_twice_changes_nothing() -> None:
    code = (
        "from nasbench_pytorch.compat import install_as_nasbench as install; install(); install(); import nasbench.api"
    )
    assert python("-c", code).returncode == 0


def test_an_imported_original_is_not_replaced() -> None:
    code = (
        "import sys, types; sys.modules['nasbench'] = types.ModuleType('nasbench')\n"
        "from nasbench_pytorch.compat import install_as_nasbench; install_as_nasbench()"
    )
    assert "has been imported already; call install_as_nasbench() before" in python("-c", code).stderr


@pytest.mark.parametrize("module", ["nasbench.lib.model_builder", "nasbench.scripts"])
def test_a_module_without_a_counterpart_is_explained(module: str) -> None:
    code = f"from nasbench_pytorch.compat import install_as_nasbench; install_as_nasbench()\nimport {module}"
    assert f"'{module}' has no counterpart in nasbench-pytorch" in python("-c", code).stderr


def test_a_missing_script_is_one_line(tmp_path: Path) -> None:
    result = python("-m", "nasbench_pytorch.compat", str(tmp_path / "none.py"))
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "there is no script" in result.stderr
