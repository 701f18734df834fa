from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nasbench_pytorch.space import ModelSpec, SearchSpace, build_one_edit_array, neighbour_rows
from nasbench_pytorch.space.enumeration.neighbour_cache import neighbours_path
from nasbench_pytorch.space.packed_cells import packed_space, row_of


def test_every_cell_of_at_most_five_vertices_has_the_neighbours_of_its_spec(small_space: SearchSpace) -> None:
    array = build_one_edit_array(small_space, cache=False)
    for row, spec in enumerate(small_space):
        assert array.of(row).tolist() == neighbour_rows(small_space, spec)
    assert array.offsets[-1] == len(array.rows)


def test_cells_of_the_whole_space_have_the_neighbours_of_their_specs(
    space: SearchSpace, rng: np.random.Generator
) -> None:
    array = build_one_edit_array(space)
    sizes = np.diff(array.offsets)
    for row in [*rng.choice(len(space), size=150).tolist(), *np.argsort(sizes)[-40:-1].tolist()]:
        assert array.of(row).tolist() == neighbour_rows(space, space[row])


def test_the_neighbours_of_a_subset_are_those_within_it(small_space: SearchSpace, rng: np.random.Generator) -> None:
    subset = small_space.subset(rng.random(len(small_space)) < 0.3)
    array = build_one_edit_array(subset)
    for row in range(0, len(subset), 7):
        assert array.of(row).tolist() == neighbour_rows(subset, subset[row])


def test_a_packed_cell_has_the_row_of_its_spec(space: SearchSpace, rng: np.random.Generator) -> None:
    packed = packed_space(space)
    found = 0
    for _ in range(300):
        edges, labels = int(rng.integers(1 << 21)), rng.integers(3, size=5)
        matrix = np.zeros((7, 7), dtype=np.int8)
        for w in range(7):
            for u in range(w):
                matrix[u, w] = edges >> (u + w * (w - 1) // 2) & 1
        spec = ModelSpec(matrix, ["input", *(space.bounds.operations[label] for label in labels), "output"])
        row = space.find(spec) if spec.valid_spec else None
        assert row_of(packed, edges, int(labels @ (1 << 8 * np.arange(5)))) == (-1 if row is None else row)
        found += row is not None
    assert found > 50


def test_the_array_is_read_from_the_cache_unless_it_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nasbench_pytorch.space import enumerate_cells

    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(tmp_path))

    def fresh() -> SearchSpace:
        return enumerate_cells(max_vertices=4)

    path = neighbours_path(fresh())
    expected = build_one_edit_array(fresh())
    written = path.read_bytes()
    again = build_one_edit_array(fresh())
    assert again.rows.tolist() == expected.rows.tolist() and again.offsets.tolist() == expected.offsets.tolist()
    assert path.read_bytes() == written
    start = written.index(again.rows.tobytes())
    for damaged in (
        written[:start] + bytes([written[start] ^ 1]) + written[start + 1 :],
        written[: len(written) // 2],
        b"",
    ):
        path.write_bytes(damaged)
        with pytest.warns(UserWarning, match="cannot be used and are found again"):
            assert build_one_edit_array(fresh()).rows.tolist() == expected.rows.tolist()
        assert path.read_bytes() == written
