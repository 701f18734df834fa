from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.pictures.of_cells import cells_of_sheet, correlations_figure, scatter_figure
from nasbench_pytorch.explorer.pictures.of_trainings import learning_figure
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.table import NASBench, OutOfDomainError, TableBuilder, TableFile
from tests.helpers.table_samples import SPECS, invented_records, table_of


def test_the_scatter_plot_has_the_tables_means_and_marks_the_known_cells(tmp_path: Path) -> None:
    table = table_of(tmp_path, invented_records())
    figure: Any = scatter_figure(table, title="title")
    times, parameters = figure.axes
    benchmark = NASBench(table.path)
    wanted = {
        (answer["training_time"], answer["test_accuracy"])
        for answer in (benchmark.query(spec, 108, repeat="mean") for spec in SPECS)
    }
    drawn = np.asarray(times.collections[0].get_offsets())
    np.testing.assert_allclose(sorted(map(tuple, drawn)), sorted(wanted), rtol=1e-12)
    legend = [text.get_text() for text in figure.legends[0].texts]
    assert {"6 cells", "Inception-like", "best of the paper"} <= set(legend)
    assert "ResNet-like" not in legend
    assert parameters.get_xlabel() == "trainable parameters"
    assert times.get_ylabel() == "mean test accuracy, 108 epochs"
    assert len(correlations_figure(table).axes) == 4


@pytest.mark.parametrize(("order", "ends"), [("best", (1, 3)), ("worst", (4, 6)), ("spread", (1, 6))])
def test_a_sheet_is_sorted_from_the_best_to_the_worst(tmp_path: Path, order: str, ends: tuple[int, int]) -> None:
    table = table_of(tmp_path, invented_records())
    cells = cells_of_sheet(table, 3, "validation_accuracy", 4, order)  # type: ignore[arg-type]
    best = NASBench(table.path).best("validation_accuracy", 4, n=6)
    ranks = [cell.rank for cell in cells]
    assert (ranks[0], ranks[-1]) == ends
    assert ranks == sorted(ranks)
    for cell in cells:
        assert (cell.spec.hash_spec(), cell.value) == (best[cell.rank - 1].hash, best[cell.rank - 1].value)
    assert len(cells_of_sheet(table, 50, order=order)) == 6  # type: ignore[arg-type]


def test_learning_curves_are_losses_where_there_are_some_and_accuracies_elsewhere(tmp_path: Path) -> None:
    table = table_of(tmp_path, invented_records())
    axes: Any = learning_figure(table, "validation_accuracy").axes
    first, second, _ = axes
    assert (first.get_title(), second.get_title()) == ("4 epochs: 18 trainings", "108 epochs: 18 trainings")
    line = first.collections[0].get_segments()[0]
    assert line[:, 0].tolist() == [0.0, 2.0, 4.0]
    builder = TableBuilder(100)
    for repeat, losses in enumerate(([3.0, 2.0], None, [2.5, None])):
        evaluations = [Evaluation(2.0, 1, 9.0, 0.5, 0.4, 0.3, 1, 1, 1)]
        builder.add(SPECS[0], 2, repeat, evaluations, extra_columns={"curve": losses})
    builder.write(tmp_path / "curves.arrow")
    axes = learning_figure(TableFile(tmp_path / "curves.arrow")).axes[0]
    lines = {tuple(map(tuple, segment)) for segment in axes.collections[0].get_segments()}
    assert lines == {((1.0, 3.0), (2.0, 2.0)), ((1.0, 2.5),), ()}
    assert axes.get_ylabel() == "mean training loss"


def test_what_a_table_cannot_show_is_said(tmp_path: Path) -> None:
    builder = TableBuilder(100)
    builder.add(SPECS[0], 4, 0, [Evaluation(4.0, 1, 9.0, 0.5, 0.4, 0.3, 1, 1, 1)])
    builder.write(tmp_path / "a.arrow")
    table = TableFile(tmp_path / "a.arrow")
    with pytest.raises(InputError, match="unknown metric 'speed'"):
        scatter_figure(table, "speed")
    with pytest.raises(OutOfDomainError, match="must be one of"):
        scatter_figure(table, epochs=5)
    with pytest.raises(InputError, match="at least 1 cell"):
        cells_of_sheet(table, 0)
    with pytest.raises(InputError, match="no value at the start and halfway"):
        learning_figure(table, "training_time")
