"""pandas is an extra: a table is read, written and exported without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.helpers.table_samples import invented_records, write_file

CODE = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hide())
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.table import NASBench
from tests.helpers.deadlines import DEADLINE_S
assert main(["table", "import", "s.tfrecord", "--out", "t.arrow"]) == 0
for out in ("back.tfrecord", "t.parquet", "t.csv"):
    assert main(["table", "export", "t.arrow", "--out", out, "--format", out.partition(".")[2]]) == 0
table = NASBench("t.arrow", seed=0)
assert len(table.lookup(list(table), "test_accuracy", 108)) == len(table)
assert table.query(NAMED_CELLS["inception"].spec, 108)["trainable_parameters"] > 0
assert table.to_arrow().num_rows == table.table.rows
try:
    table.to_pandas()
except MissingExtraError as error:
    assert "pandas is not installed" in str(error)
else:
    raise AssertionError("there is no pandas")
"""


def test_tables_need_no_pandas(tmp_path: Path) -> None:
    """pyarrow 15 to 25 ask for pandas in places where nothing says so."""
    source = write_file(tmp_path / "s.tfrecord", invented_records())
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back.tfrecord").read_bytes() == source.read_bytes()
