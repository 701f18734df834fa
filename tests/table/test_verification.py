from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nasbench_pytorch.space import NAMED_CELLS, Skeleton, count_parameters
from nasbench_pytorch.table import verify
from nasbench_pytorch.table.parameter_counter import ParameterCounter
from tests.helpers.table_samples import SPECS, invented_records, table_of

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.record import Record


def changed(values: tuple[float | None, ...], index: int, value: float) -> tuple[float | None, ...]:
    return (*values[:index], value, *values[index + 1 :])


def test_a_sound_table_has_no_problems_and_lists_its_assumptions(tmp_path: Path) -> None:
    report = verify(table_of(tmp_path, invented_records()))
    assert (report.cells, report.rows, report.problems) == (6, 36, ())
    assert [text.split()[0] for text in report.assumed] == ["skeleton", "9,984"]
    asked = verify(table_of(tmp_path, invented_records()), Skeleton(), 9984)
    assert asked.assumed == ()


def row_changed(record: Record, kind: str) -> Record:
    adjacency = bytearray(record.adjacency)
    if kind == "hash belongs to its graph":
        return dataclasses.replace(record, hash="0" * 32)
    if kind == "trainable parameters are the skeleton's":
        return dataclasses.replace(record, trainable_parameters=(record.trainable_parameters or 0) + 1)
    if kind == "graph is a pruned cell of the space":
        adjacency[-1] = 1
        return dataclasses.replace(record, adjacency=bytes(adjacency))
    if kind == "time halfway is below the time at the end":
        return dataclasses.replace(record, values=changed(record.values, 6, 1e6))
    value = {"accuracies are whole numbers of 9,984 images": 0.12345, "too large": 1.5}[kind]
    return dataclasses.replace(record, values=changed(record.values, 13, value))


@pytest.mark.parametrize(
    "check",
    [
        "hash belongs to its graph",
        "trainable parameters are the skeleton's",
        "graph is a pruned cell of the space",
        "time halfway is below the time at the end",
        "accuracies are whole numbers of 9,984 images",
    ],
)
def test_each_kind_of_problem_is_found_and_nothing_else(tmp_path: Path, check: str) -> None:
    sound = [row for row in invented_records() if row.hash != SPECS[1].hash_spec()]
    wrong = row_changed(invented_records(SPECS[1:2], (4,), 1)[0], check)
    (problem,) = verify(table_of(tmp_path, [*sound, wrong])).problems
    assert (problem.check, problem.count) == (check, 1)
    assert wrong.hash in problem.examples[0]


def test_an_accuracy_above_one_is_found(tmp_path: Path) -> None:
    (problem,) = verify(table_of(tmp_path, [row_changed(invented_records()[0], "too large")])).problems
    assert problem.check.startswith("accuracies")


def test_examples_are_few_and_the_count_is_whole(tmp_path: Path) -> None:
    (problem,) = verify(table_of(tmp_path, invented_records()), Skeleton(stem_out_channels=64)).problems
    assert problem.count == 6
    assert len(problem.examples) == 5


@pytest.mark.parametrize("skeleton", [Skeleton(), Skeleton(num_labels=7, stem_out_channels=24, num_stacks=2)])
def test_the_fast_count_is_the_count(skeleton: Skeleton) -> None:
    counter = ParameterCounter(skeleton)
    for cell in NAMED_CELLS.values():
        spec = cell.spec
        assert spec.matrix is not None
        assert spec.ops is not None
        for _ in range(2):
            assert counter.count(spec.matrix, spec.ops) == count_parameters(spec, skeleton)
