"""One cell: its results are the table's, its neighbours are the space's, and each edit leads where it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch import NASBench
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views import neighbours_view
from nasbench_pytorch.explorer.views.cell_view import describe_cell, results_of
from nasbench_pytorch.explorer.views.neighbours_view import LARGER
from nasbench_pytorch.space import ModelSpec, compute_vertex_channels, enumerate_cells, neighbour_rows
from tests.helpers.explorer_samples import irregular_table, mini_file, mini_table


@pytest.fixture(scope="module")
def cells() -> list[dict[str, Any]]:
    return [describe_cell(mini_table(), row) for row in (3, *range(0, 91, 9))]


def test_results_are_those_of_a_query(cells: list[dict[str, Any]]) -> None:
    bench = NASBench(mini_file())
    for cell in cells:
        fixed, computed = bench.get_metrics_from_hash(cell["hash"])
        assert cell["parameters"] == fixed["trainable_parameters"]
        assert [budget["epochs"] for budget in cell["budgets"]] == sorted(computed)
        for budget in cell["budgets"]:
            for shown, row in zip(budget["repeats"], computed[budget["epochs"]], strict=True):
                for stage in ("halfway", "final"):
                    expected = [
                        row[f"{stage}_{name}"]
                        for name in ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
                    ]
                    assert [shown[stage][name] for name in ("time_s", "train", "validation", "test")] == expected
        ranked = bench.rank(cell["hash"], "test_accuracy", 12)
        assert (cell["rank"], cell["accuracy"]) == (ranked.rank, pytest.approx(ranked.value, abs=1e-7))


def test_channels_are_those_of_the_first_module(cells: list[dict[str, Any]]) -> None:
    for cell in cells:
        assert cell["channels"] == compute_vertex_channels(16, 16, np.array(cell["matrix"]))


def test_neighbours_are_those_of_the_space(cells: list[dict[str, Any]]) -> None:
    space = enumerate_cells(5)
    for cell in cells:
        everywhere = {space.hash_at(row) for row in neighbour_rows(space, cell["hash"])}
        here = {neighbour["hash"] for neighbour in cell["neighbours"]}
        assert here == {name for name in everywhere if mini_table().file.find(name) is not None}
        assert (cell["neighbours_total"], cell["neighbours_outside"]) == (len(here), len(everywhere) - len(here))
        accuracies = [neighbour["accuracy"] for neighbour in cell["neighbours"]]
        assert accuracies == sorted(accuracies, reverse=True)


def test_of_many_neighbours_the_most_accurate_are_shown(
    cells: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours_view, "MOST_NEIGHBOURS", 3)
    fewer = describe_cell(mini_table(), cells[0]["row"])
    assert fewer["neighbours"] == cells[0]["neighbours"][:3]
    assert fewer["neighbours_total"] == cells[0]["neighbours_total"] > 3


def test_every_edit_leads_to_its_neighbour(cells: list[dict[str, Any]]) -> None:
    kinds = set()
    for cell in cells:
        for neighbour in cell["neighbours"]:
            edit = neighbour["edit"]
            if edit != LARGER:
                assert applied(cell["matrix"], cell["ops"], edit).hash_spec() == neighbour["hash"]
            kinds.add(edit.split()[0])
    assert kinds == {"add", "remove", "vertex", "one"}


def applied(matrix: list[list[int]], ops: list[str], edit: str) -> ModelSpec:
    """Return the cell after an edit in words; an edge may lead backward, so vertices are put in order again."""
    edge = re.fullmatch(r"(add|remove) edge (\d)→(\d)", edit)
    names, changed = list(ops), np.array(matrix)
    if edge is None:
        vertex, before, after = re.fullmatch(r"vertex (\d): (\S+) → (\S+)", edit).groups()  # type: ignore[union-attr]
        assert names[int(vertex)] == before
        names[int(vertex)] = after
        return ModelSpec(changed, names)
    changed[int(edge[2]), int(edge[3])] = edge[1] == "add"
    order: list[int] = []
    while len(order) < len(names):
        ready = (v for v in range(len(names)) if v not in order and not {*np.flatnonzero(changed[:, v])} - {*order})
        order.append(next(ready))
    return ModelSpec(changed[np.ix_(order, order)], [names[vertex] for vertex in order])


def test_a_cell_with_few_results_has_the_others_empty(tmp_path: Path) -> None:
    table = irregular_table(tmp_path, [(2, 3), (0, 1), (3, 0)])
    budgets = [{budget["epochs"]: len(budget["repeats"]) for budget in results_of(table, row)} for row in range(3)]
    assert sorted(map(str, budgets)) == sorted(map(str, [{4: 2, 12: 3}, {12: 1}, {4: 3}]))


@pytest.mark.parametrize("row", [-1, 91, 10**12])
def test_a_row_that_the_table_lacks_is_refused(row: int) -> None:
    with pytest.raises(InputError, match=r"no row .* in mini; rows are 0 to 90"):
        describe_cell(mini_table(), row)
