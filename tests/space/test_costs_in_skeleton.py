from __future__ import annotations

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import NASBENCH101_SKELETON, Skeleton, count_flops, count_parameters, select_where
from nasbench_pytorch.space.costs_in_skeleton import space_costs
from nasbench_pytorch.space.enumerate import nasbench101_space

SKELETONS = [
    NASBENCH101_SKELETON,
    Skeleton(stem_out_channels=16, num_modules_per_stack=1),
    Skeleton(7, 1, stem_out_channels=5, num_stacks=2, num_modules_per_stack=2),
]


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_costs_of_many_cells_are_the_costs_of_each(skeleton: Skeleton) -> None:
    space = nasbench101_space()
    drawn = np.random.default_rng(0).choice(len(space), 60, replace=False)
    some = space.subset(np.union1d(drawn, [space.index_of(spec) for spec in select_where(space, "vertices<=3")]))
    parameters, flops = space_costs(some, skeleton)
    assert parameters.tolist() == [count_parameters(spec, skeleton) for spec in some]
    assert flops.tolist() == [count_flops(spec, skeleton) for spec in some]


def test_a_cell_that_is_too_wide_is_refused() -> None:
    with pytest.raises(InputError, match=r"1 channels but 2 vertices feed it"):
        space_costs(select_where(nasbench101_space(), "vertices<=4"), Skeleton(stem_out_channels=1))
