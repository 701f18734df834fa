from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.table_samples import invented_records, table_of

HEAVY = ("torch", "numba", "matplotlib", "pandas", "scipy")
CHECK = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"


def loaded_by(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", f"{code}\n{CHECK}"], check=True, capture_output=True, text=True, timeout=DEADLINE_S
    ).stdout.strip()


@pytest.mark.parametrize("module", ["nasbench_pytorch.table", "nasbench_pytorch.api", "nasbench_pytorch.table.builder"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}") == "[]"


def test_opening_and_querying_a_table_loads_nothing_heavy(tmp_path: Path) -> None:
    path = table_of(tmp_path, invented_records()).path
    code = f"""
from nasbench_pytorch import api
table = api.NASBench({str(path)!r})
spec = table.spec(next(iter(table)))
table.query(spec, 4), table.best(), table.rank(spec), table.lookup(list(table))
"""
    assert loaded_by(code) == "[]"
