from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import ModelSpec, SearchSpace, enumerate_cells
from tests.helpers.space_cells import specs
from tests.helpers.space_references import relabelled

ABSENT = "0" * 32


@pytest.mark.slow
def test_hash_index_and_spec_lead_to_each_other_over_the_whole_space(space: SearchSpace) -> None:
    for row, (hash_hex, spec) in enumerate(zip(space.hashes(), space, strict=True)):
        assert space.find(spec) == row
        assert space.find(hash_hex) == row


def test_slices_and_negative_rows_are_those_of_a_list(small_space: SearchSpace) -> None:
    cells = list(small_space)
    assert len(cells) == len(small_space)
    assert small_space[-1] == cells[-1]
    assert small_space[5:50:7] == cells[5:50:7]
    assert small_space[::-1] == cells[::-1]
    for row in (len(cells), -len(cells) - 1):
        with pytest.raises(IndexError):
            small_space[row]


@given(spec=specs(valid=True), order=st.permutations(range(5)))
def test_a_spec_is_found_under_any_numbering_exactly_if_it_is_within_the_bounds(
    space: SearchSpace, spec: ModelSpec, order: list[int]
) -> None:
    assert spec.matrix is not None
    within = int(spec.matrix.sum()) <= 9
    assert (spec in space) == within
    assert (relabelled(spec, order) in space) == within
    assert (spec.hash_spec() in space) == within
    if within:
        assert space.index_of(relabelled(spec, order)) == space.index_of(spec.hash_spec())


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec([[0, 0], [0, 0]], ["input", "output"]),
        ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "identity", "output"]),
        ModelSpec([[0, 1], [0, 0]], ["output", "input"]),
        ModelSpec(np.triu(np.ones((8, 8), dtype=np.int8), 1), ["input", *["maxpool3x3"] * 6, "output"]),
        ModelSpec(np.triu(np.ones((5, 5), dtype=np.int8), 1), ["input", *["maxpool3x3"] * 3, "output"]),
    ],
)
def test_a_spec_that_is_no_cell_of_the_space_is_not_in_it(small_space: SearchSpace, spec: ModelSpec) -> None:
    assert spec not in small_space
    with pytest.raises(InputError, match="is not among the 2,532 cells"):
        small_space.index_of(spec)


def test_strange_things_are_not_in_the_space(small_space: SearchSpace) -> None:
    for thing in (ABSENT, "", "x" * 32, small_space.hash_at(0).upper(), 3, None):
        assert thing not in small_space


def test_a_subset_has_just_the_chosen_cells(small_space: SearchSpace) -> None:
    mask = small_space.columns.edges <= 4
    by_mask = small_space.subset(mask)
    hashes = [small_space.hash_at(row) for row in np.flatnonzero(mask).tolist()]
    for subset in (
        by_mask,
        small_space.subset(np.flatnonzero(mask)),
        small_space.subset(reversed(hashes)),
        small_space.subset(small_space.columns.edges <= 6).subset(hashes),
    ):
        assert subset.hashes() == hashes
        assert subset.checksum == by_mask.checksum
        assert not subset.complete
        assert [row for row in range(len(small_space)) if small_space[row] in subset] == np.flatnonzero(mask).tolist()


def test_an_empty_subset_is_a_space(small_space: SearchSpace, tmp_path: Path) -> None:
    empty = small_space.subset([])
    assert len(empty) == 0
    assert list(empty) == empty.hashes() == []
    assert small_space[0] not in empty
    empty.save(tmp_path / "empty.arrow")
    assert len(SearchSpace.load(tmp_path / "empty.arrow")) == 0


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (np.ones(3, dtype=bool), r"the mask has shape \(3,\), but the space has 2532 cells"),
        (np.array([2532]), "rows must be one list of numbers from 0 to 2531"),
        (np.array([-1]), "rows must be one list of numbers"),
        ([ABSENT], f"hash '{ABSENT}' is not among the 2,532 cells"),
        (np.array([0.5]), "give a boolean mask, rows as integers, or hashes"),
    ],
)
def test_a_wrong_choice_is_refused(small_space: SearchSpace, cells: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        small_space.subset(cells)  # type: ignore[arg-type]


def test_arrow_has_all_columns(small_space: SearchSpace) -> None:
    table = small_space.to_arrow()
    assert table.num_rows == len(small_space)
    assert table.column("hash")[7].as_py().hex() == small_space.hash_at(7)
    assert table.column("trainable_parameters").to_numpy().tolist() == small_space.columns.trainable_parameters.tolist()
    assert table.column("operations")[7].as_py() == small_space.columns.operations[7].tolist()


def test_a_saved_space_pickles_as_its_path(space: SearchSpace, tmp_path: Path) -> None:
    space.save(tmp_path / "space.arrow")
    saved = SearchSpace.load(tmp_path / "space.arrow")
    text = pickle.dumps(saved)
    assert len(text) < 1_000
    again = pickle.loads(text)
    assert again.path == saved.path
    assert again.checksum == space.checksum
    subset = pickle.loads(pickle.dumps(saved.subset(np.array([3, 5]))))
    assert subset.hashes() == [space.hash_at(3), space.hash_at(5)]


def test_a_pickle_whose_file_is_gone_is_enumerated_again(small_space: SearchSpace, tmp_path: Path) -> None:
    file = tmp_path / "space.arrow"
    small_space.save(file)
    text = pickle.dumps(SearchSpace.load(file))
    file.unlink()
    assert pickle.loads(text).checksum == small_space.checksum


def test_a_pickle_whose_file_holds_another_subset_is_refused(small_space: SearchSpace, tmp_path: Path) -> None:
    file = tmp_path / "space.arrow"
    small_space.subset(np.array([1])).save(file)
    text = pickle.dumps(SearchSpace.load(file))
    small_space.subset(np.array([2])).save(file)
    with pytest.raises(InputError, match="which holds another space now; save it there again"):
        pickle.loads(text)


def test_a_space_without_a_file_pickles_whole(small_space: SearchSpace) -> None:
    again = pickle.loads(pickle.dumps(small_space))
    assert again.checksum == small_space.checksum
    assert again[9] == small_space[9]


def test_the_repr_describes_the_space(small_space: SearchSpace) -> None:
    assert repr(small_space) == "<SearchSpace: 2,532 cells, at most 5 vertices and 9 edges, 3 operations>"
    assert "subset, 1 cells" in repr(small_space.subset(np.array([0])))
    assert enumerate_cells(2, cache=False).hashes() == ["043721b9c7fe8c5fad811d47d83132ec"]
