"""A table as arrays: against the table's rows, read one by one."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.search import PROTOCOLS, TableEvaluator, table_objective
from nasbench_pytorch.search.proposals import Proposal
from nasbench_pytorch.table import TableBuilder, TableFile
from tests.helpers.search_tables import TableWithClosedTests

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace

Rows = dict[tuple[str, int], list[tuple[int, float | None, float | None, float]]]


@pytest.fixture(scope="module")
def rows(small_space: SearchSpace) -> Rows:
    """Return repeat, validation accuracy, time and test accuracy by cell and budget; some are missing."""
    rng = np.random.default_rng(5)
    found: Rows = defaultdict(list)
    for row in rng.choice(len(small_space), 40, replace=False).tolist():
        for epochs in (4, 108):
            for repeat in range(3):
                if rng.random() < 0.25:
                    continue  # a row that the table lacks
                accuracy = None if rng.random() < 0.2 else float(rng.random())
                time_s = None if rng.random() < 0.1 else float(rng.random() * 100)
                found[small_space.hash_at(row), epochs].append((repeat, accuracy, time_s, float(rng.random())))
    return found


@pytest.fixture(scope="module")
def table(rows: Rows, small_space: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> TableFile:
    builder = TableBuilder()
    for (module_hash, epochs), repeats in rows.items():
        spec = small_space[small_space.index_of(module_hash)]
        for repeat, accuracy, time_s, test in repeats:
            end = Evaluation(epochs, 10, time_s, 0.9, accuracy, test, 0.0, 0.0, 0.0)  # type: ignore[arg-type]
            builder.add(spec, epochs, repeat, [end])
    path = tmp_path_factory.mktemp("tables") / "odd.arrow"
    builder.write(path)
    return TableFile(path)


def usable(rows: Rows, module_hash: str, epochs: int) -> list[tuple[int, float | None, float, float]]:
    """Return the rows with a training time; a query needs one."""
    return [(r, v, t, test) for r, v, t, test in rows.get((module_hash, epochs), []) if t is not None]


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_every_cell_has_its_rows_and_only_cells_with_all_budgets_are_allowed(
    table: TableFile, rows: Rows, name: str
) -> None:
    protocol = PROTOCOLS[name]
    candidates, objective = table_objective(table, protocol, (4, 108))
    hashes = {module_hash for module_hash, _ in rows}
    expected = {h for h in hashes if usable(rows, h, 4) and usable(rows, h, 108)}
    assert {candidates.space.hash_at(place) for place in candidates.positions.tolist()} == expected
    assert (objective.counts[~candidates.allowed] == 0).all()
    for place in candidates.positions.tolist():
        for column, epochs in enumerate((4, 108)):
            repeats = usable(rows, candidates.space.hash_at(place), epochs)
            values = [test if protocol.searched == "test" else value for _, value, _, test in repeats]
            times = [time_s for _, _, time_s, _ in repeats]
            if protocol.repeats == "mean":
                present = [value for value in values if value is not None]
                values = [sum(present) / len(present) if present else 0.0]
                times = [sum(times) / (1 if protocol.charged == "sum" else len(times))]
            count = len(values)
            assert objective.counts[place, column] == count
            told = [0.0 if value is None else value for value in values]
            np.testing.assert_allclose(objective.values[place, column, :count], told, atol=1e-4)
            np.testing.assert_allclose(objective.costs_s[place, column, :count], times, rtol=1e-6)
            numbers = [-1] if protocol.repeats == "mean" else [repeat for repeat, *_ in repeats]
            assert objective.repeats[place, column, :count].tolist() == numbers


def test_a_query_draws_each_existing_repeat_alike(table: TableFile) -> None:
    candidates, objective = table_objective(table, PROTOCOLS["paper"], (108,))
    place = next(p for p in candidates.positions.tolist() if objective.counts[p, 0] == 3)
    evaluator = TableEvaluator(candidates, objective, seed=0)
    draws = [evaluator.evaluate(Proposal(place)).repeat for _ in range(600)]
    counts = np.bincount(draws, minlength=3)
    assert sorted(set(draws)) == [0, 1, 2]
    assert (abs(counts - 200) < 5 * np.sqrt(600 * 2 / 9)).all()  # five standard deviations


def test_no_test_column_is_read(table: TableFile) -> None:
    closed = TableWithClosedTests(table.path)
    for name in ("paper", "notebook", "naszilla", "hpobench"):
        table_objective(closed, PROTOCOLS[name], (4, 108))
    with pytest.raises(AssertionError, match="a test column was read"):
        table_objective(closed, PROTOCOLS["lanas"], (108,))


def test_a_budget_that_the_table_lacks_is_named(table: TableFile) -> None:
    with pytest.raises(InputError, match=r"odd\.arrow has no results after 36 epochs; it has 4, 108"):
        table_objective(table, PROTOCOLS["paper"], (36, 108))


def test_a_table_in_which_no_cell_has_all_budgets_is_refused(small_space: SearchSpace, tmp_path: Path) -> None:
    builder = TableBuilder()
    for number, epochs in enumerate((4, 108)):
        end = Evaluation(epochs, 10, 5.0, 0.9, 0.5, 0.5, 0.0, 0.0, 0.0)
        builder.add(small_space[number], epochs, 0, [end])
    builder.write(tmp_path / "t.arrow")
    with pytest.raises(InputError, match=r"no cell of t\.arrow has a training time after 4, 108 epochs each"):
        table_objective(TableFile(tmp_path / "t.arrow"), PROTOCOLS["paper"], (4, 108))
