"""Full-size networks have the original's parameters, channels and variable shapes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import ModelSpec, Network, load_tf_variables
from nasbench_pytorch.space import Skeleton, compute_vertex_channels, count_parameters
from tests.golden.goldens import HERE, Array

CELLS: dict[str, dict[str, Any]] = {
    cell["name"]: cell for cell in json.loads(gzip.decompress((HERE / "full_size_shapes.json.gz").read_bytes()))
}


def skeleton_of(cell: dict[str, Any]) -> Skeleton:
    return Skeleton(
        stem_out_channels=cell["stem_filter_size"],
        num_stacks=cell["num_stacks"],
        num_modules_per_stack=cell["num_modules_per_stack"],
    )


def build_without_memory(cell: dict[str, Any]) -> Network:
    skeleton = skeleton_of(cell)
    with torch.device("meta"):
        return Network(
            (cell["matrix"], cell["ops"]),
            stem_out_channels=skeleton.stem_out_channels,
            num_stacks=skeleton.num_stacks,
            num_modules_per_stack=skeleton.num_modules_per_stack,
        )


def variables_of(cell: dict[str, Any]) -> dict[str, Array]:
    return {name: np.broadcast_to(np.int8(0), shape) for name, shape, _ in cell["variables"]}


def test_the_counts_file_and_the_shapes_file_are_of_the_same_cells() -> None:
    counts = json.loads((HERE / "full_size_counts.json").read_text())
    assert {cell["name"]: cell["trainable_params"] for cell in counts} == {
        name: cell["trainable_params"] for name, cell in CELLS.items()
    }


@pytest.mark.parametrize("name", CELLS)
def test_parameters_channels_and_hash_follow_from_the_spec(name: str) -> None:
    cell = CELLS[name]
    spec = ModelSpec(cell["matrix"], cell["ops"])
    assert count_parameters(spec, skeleton_of(cell)) == cell["trainable_params"]
    assert spec.hash_spec() == cell["google_hash"]
    matrix = spec.pruned().matrix
    assert matrix.tolist() == cell["pruned_matrix"]
    for widths, channels in cell["vertex_channels"].items():
        in_channels, out_channels = map(int, widths.split("->"))
        assert compute_vertex_channels(in_channels, out_channels, matrix) == channels


@pytest.mark.parametrize("name", CELLS)
def test_a_network_has_the_originals_variables_and_no_others(name: str) -> None:
    cell = CELLS[name]
    network = build_without_memory(cell)
    load_tf_variables(network, variables_of(cell))  # refuses any name or shape that is not the network's
    assert sum(p.numel() for p in network.parameters()) == cell["trainable_params"]
    assert len(list(network.parameters())) == cell["n_trainable_tensors"]


def test_a_variable_too_few_or_too_wide_is_refused() -> None:
    cell = CELLS["inception_readme"]
    network = build_without_memory(cell)
    variables = variables_of(cell)
    del variables["dense/bias"]
    variables["dense/kernel"] = np.zeros((512, 11))
    with pytest.raises(
        InputError, match=r"missing dense/bias; dense/kernel has shape \[512, 11\], expected \[512, 10\]"
    ):
        load_tf_variables(network, variables)


def test_known_counts() -> None:
    assert CELLS["inception_readme"]["trainable_params"] == 2_694_282
    assert CELLS["best_nasbench"]["trainable_params"] == 32_426_634
