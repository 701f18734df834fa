from __future__ import annotations

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import SearchSpace, cell_by_hash

ABSENT = "0" * 32


def test_a_cell_is_found_by_its_hash_or_the_beginning_of_it(space: SearchSpace) -> None:
    hashes = space.hashes()
    for row in (0, 1, 200_000, len(space) - 1):
        assert cell_by_hash(hashes[row]) == space[row]
        assert cell_by_hash(hashes[row][:12].upper()) == space[row]


@pytest.mark.parametrize(
    ("hash_hex", "message"),
    [
        (ABSENT, "none of the 423,624 cells .* the nearest begin with '0000': 00005c142e6f48ac74fdcf73e3439874, "),
        ("f" * 32, "none of the 423,624 cells .* the nearest begin with 'ffff"),
        ("a", r"26,529 of the 423,624 cells have a hash that begins with 'a': a0.* and 26,526 more; give more digits"),
        ("xyz", "'xyz' is not a hash; a hash is 32 hex digits"),
        ("", "'' is not a hash"),
        ("0" * 33, "is not a hash"),
    ],
)
def test_an_unknown_or_unclear_hash_is_refused(hash_hex: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cell_by_hash(hash_hex)
