"""Cells that a text, a filter or a sampler asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.errors import NotInTableError
from nasbench_pytorch.explorer.views.filters import filter_mask
from nasbench_pytorch.explorer.views.find_cells import find_row, find_rows
from nasbench_pytorch.explorer.views.samplers import SAMPLERS, draw_rows
from nasbench_pytorch.space import enumerate_cells, mask_where
from tests.helpers.explorer_samples import irregular_table, mini_table

HASHES = [mini_table().file.hash_of(row) for row in range(91)]


@given(st.sampled_from(range(91)), st.integers(1, 32))
@settings(max_examples=50)
def test_a_beginning_finds_the_only_hash_that_begins_so(row: int, length: int) -> None:
    digits = HASHES[row][:length]
    matches = [other for other, name in enumerate(HASHES) if name.startswith(digits)]
    if len(matches) == 1:
        assert find_row(mini_table(), digits) == row
    else:
        with pytest.raises(NotInTableError, match=f"{len(matches)} hashes in mini begin with {digits}"):
            find_row(mini_table(), digits)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f" * 32, "no cell of mini has the hash"),
        ("0123", "has a hash that begins with 0123"),
        ("inception", "not among the 91 cells"),
        ("", "describes no cell"),
        ("<script>", "describes no cell"),
    ],
)
def test_what_is_not_there_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_row(mini_table(), text)


@given(st.lists(st.sampled_from(range(91)), max_size=8), st.lists(st.text("0123456789abcdef", min_size=6, max_size=32)))
@settings(max_examples=30)
def test_several_hashes_give_rows_and_what_is_missing(rows: list[int], others: list[str]) -> None:
    absent = [digits for digits in others if not any(name.startswith(digits) for name in HASHES)]
    found, missing = find_rows(mini_table(), [*(HASHES[row][:12] for row in rows), *absent])
    assert (found, missing) == (rows, absent)


def test_an_ambiguous_beginning_among_several_is_missing() -> None:
    begun = next(digits for digits in "0123456789abcdef" if sum(name[0] == digits for name in HASHES) > 1)
    assert find_rows(mini_table(), [begun, HASHES[4]]) == ([4], [begun])


def test_a_cell_in_any_notation_is_found() -> None:
    spec = mini_table().spec(5)
    assert find_row(mini_table(), repr(spec)) == 5


@pytest.mark.parametrize("where", ["vertices<=3", "2<=edges<=4 and not maxpool3x3==0", "conv3x3>=1 or vertices==2"])
def test_filters_are_those_of_the_space(where: str) -> None:
    space = enumerate_cells(5).subset(HASHES)
    assert filter_mask(mini_table(), where).tolist() == mask_where(space, where).astype(int).tolist()


def test_filters_compare_exact_values() -> None:
    best = float(mini_table().exact("test_accuracy_12").max())
    mask = filter_mask(mini_table(), f"test_accuracy_12=={best!r} and test_rank_12==1")
    assert mask.sum() == 1 and mask.dtype == np.uint8


def test_a_cell_without_a_value_meets_no_comparison(tmp_path: Path) -> None:
    table = irregular_table(tmp_path, [(2, 2), (0, 2), (2, 0)])
    both = filter_mask(table, "failed_4<=3") + filter_mask(table, "failed_4>3")
    assert sorted(both.tolist()) == [0, 1, 1]


@pytest.mark.parametrize(
    ("where", "message"),
    [("foo>1", "unknown field 'foo'"), ("vertices>", "a number or a field"), ("1" * 3000, "3,000 characters")],
)
def test_filters_that_cannot_be_read_are_refused(where: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        filter_mask(mini_table(), where)


def test_an_empty_filter_lets_all_pass() -> None:
    assert filter_mask(mini_table(), "  ").all()


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_draw_the_same_rows_with_the_same_seed(name: str) -> None:
    rows = draw_rows(mini_table(), name, 60, 3)
    assert rows.dtype == np.uint32 and len(rows) == 60 and rows.max() < 91
    assert np.array_equal(rows, draw_rows(mini_table(), name, 60, 3))
    assert not np.array_equal(rows, draw_rows(mini_table(), name, 60, 4))


def test_only_the_uniform_sampler_is_uniform() -> None:
    """The notebook's sampler draws the empty cell, input→output, most often; see naszilla's issue 1."""
    empty = find_row(mini_table(), "01 00, input, output")
    uniform, notebook = (draw_rows(mini_table(), name, 600, 0) for name in ("uniform", "notebook"))
    assert np.bincount(uniform, minlength=91).max() < 25
    assert np.bincount(notebook, minlength=91).argmax() == empty
    assert (notebook == empty).sum() > 60


def test_a_sampler_that_hardly_meets_the_table_gives_up(tmp_path: Path) -> None:
    table = irregular_table(tmp_path, [(0, 0)] * 5 + [(1, 1)])
    assert table.file.cells == 1
    assert len(draw_rows(table, "notebook", 5000, 0)) < 100


@pytest.mark.parametrize(
    ("name", "count", "seed", "message"),
    [("x", 5, 0, "no sampler 'x'"), ("uniform", 0, 0, "count must be 1 to 5,000"), ("uniform", 5, -1, "seed must be")],
)
def test_wrong_draws_are_refused(name: str, count: int, seed: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draw_rows(mini_table(), name, count, seed)
