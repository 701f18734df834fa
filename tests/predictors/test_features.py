"""Features of cells worked out by hand, and those of isomorphic cells."""

from __future__ import annotations

import numpy as np
import pytest

from nasbench_pytorch.predictors import encode_cells, feature_names
from nasbench_pytorch.space import ModelSpec, SearchSpace, named_cell, path_encoding

CONV3, CONV1, POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"


@pytest.fixture(scope="module")
def described() -> dict[str, float]:
    """input → conv3x3 → output, beside input → conv1x1 → maxpool → output and input → output."""
    matrix = [[0, 1, 1, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    encoded = encode_cells([ModelSpec(matrix, ["input", CONV3, CONV1, POOL, "output"])])
    return dict(zip(feature_names(), encoded.features[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vertices", 5),
        ("edges", 6),
        (f"count_{CONV3}", 1),
        (f"edge_{CONV1}_{POOL}", 1),
        (f"chain_input_{CONV1}_{POOL}", 1),
        ("paths", 3),
        ("paths_1_0_0", 1),
        ("paths_0_1_1", 1),
        ("paths_0_0_0", 1),
        ("paths_of_length_2", 1),
        ("path_mean_operations", 1),
        ("path_max_convolutions", 1),
        ("output_fed_by", 2),
        ("output_fed_by_input", 1),
        (f"channels_sum_{CONV3}", 0.5),
        (f"output_share_{POOL}", 0.5),
        ("depth_mean_operations", 1.5),
        ("depth_deepest_feeder_operations", 2),
        ("log_multiplications", np.log(9 / 4 + 1 / 4 + 2 / 2 + 0.001)),
        ("signal_kept", np.log(3.001)),
    ],
)
def test_features_are_those_worked_out_by_hand(described: dict[str, float], name: str, value: float) -> None:
    assert described[name] == pytest.approx(value, abs=2e-5)


def test_numbers_of_paths_agree_with_the_path_encoding(small_space: SearchSpace) -> None:
    encoded = encode_cells(small_space)
    names = feature_names(vertices=5)
    paths = encoded.features[:, [names.index(f"paths_of_length_{length}") for length in range(4)]]
    kinds = path_encoding(small_space)
    ends = [0, 1, 4, 13, 40]
    for length in range(4):
        assert ((paths[:, length] > 0) == kinds[:, ends[length] : ends[length + 1]].any(axis=1)).all()


def test_every_name_stands_once() -> None:
    assert len(set(feature_names())) == len(feature_names()) == 221


def test_the_smallest_cell_has_finite_features() -> None:
    encoded = encode_cells([ModelSpec([[0, 1], [0, 0]], ["input", "output"]), named_cell("inception").spec])
    assert np.isfinite(encoded.features).all()
