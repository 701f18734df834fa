from __future__ import annotations

import math
from pathlib import Path

import pytest
from pyarrow import parquet

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import MissingRowError, NASBench, TableFile, compare, import_table, merge, verify
from nasbench_pytorch.table.export.flat_export import export_flat
from tests.helpers.layout_samples import arch2vec, naslib
from tests.helpers.table_samples import SPECS, invented_records, table_of


@pytest.fixture
def means(tmp_path: Path) -> TableFile:
    """A table that has three final fields only."""
    import_table(arch2vec(tmp_path, invented_records()), tmp_path / "means.arrow")
    return TableFile(tmp_path / "means.arrow")


def test_a_query_gives_nan_for_a_field_that_the_table_lacks(means: TableFile) -> None:
    table = NASBench(means.path, seed=0)
    answer = table.query(SPECS[0])
    assert math.isnan(answer["train_accuracy"])
    assert 0 <= answer["test_accuracy"] <= 1
    assert answer["trainable_parameters"] is None
    _, computed = table.get_metrics_from_spec(SPECS[0])
    assert math.isnan(computed[108][0]["halfway_test_accuracy"])


def test_whatever_needs_an_absent_field_says_so(means: TableFile) -> None:
    table = NASBench(means.path)
    with pytest.raises(MissingRowError, match=r"means\.arrow has no evaluations halfway: its source lacks them"):
        table.query(SPECS[0], stop_halfway=True)
    message = r"means\.arrow has no halfway_test_accuracy: its source lacks it; it has current_epoch, training_time"
    for ask in (
        lambda: table.best("halfway_test_accuracy"),
        lambda: table.rank(SPECS[0], "halfway_test_accuracy"),
        lambda: table.lookup(list(table), "halfway_test_accuracy"),
    ):
        with pytest.raises(InputError, match=message):
            ask()


def test_descriptions_name_absent_fields(means: TableFile) -> None:
    by_name = {item.name: item.meaning for item in means.describe()}
    assert by_name["train_accuracy"].endswith("(absent from this table)")
    assert not by_name["test_accuracy"].endswith("(absent from this table)")
    assert "arch2vec" in by_name["about"]


def test_a_table_with_absent_fields_is_verified_compared_merged_and_exported(means: TableFile, tmp_path: Path) -> None:
    report = verify(means)
    assert [problem.check for problem in report.problems] == ["accuracies are whole numbers of 9,984 images"]
    import_table(naslib(tmp_path, invented_records()), tmp_path / "trainings.arrow")
    trainings, whole = TableFile(tmp_path / "trainings.arrow"), table_of(tmp_path, invented_records())
    assert verify(trainings).problems == ()
    found = compare(trainings, whole, ["test_accuracy"], [108])[0]
    assert (found.cells, found.max_absolute_difference) == (6, 0.0)
    with pytest.raises(InputError, match="has no total_time"):
        compare(trainings, whole, ["total_time"], [108])
    merge(trainings, TableFile(trainings.path), tmp_path / "merged.arrow")
    assert TableFile(tmp_path / "merged.arrow").metadata.absent_fields == trainings.metadata.absent_fields
    export_flat(means, tmp_path / "means.parquet", "parquet")
    columns = parquet.read_table(tmp_path / "means.parquet")
    assert columns["train_accuracy"].null_count == len(columns)
