"""`ModelSpec` and `Network` of nasbench-pytorch 1.3.1, used as in NASLib and other code."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from nasbench_pytorch.model import ModelSpec as NBModelSpec
from nasbench_pytorch.model import Network as NBNetwork

if TYPE_CHECKING:
    from tests.golden.legacy_inputs import SkeletonArguments

MATRIX = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
OPS = ["input", "conv3x3-bn-relu", "maxpool3x3", "output"]
SMALL: SkeletonArguments = {"num_labels": 10, "stem_out_channels": 4, "num_stacks": 2, "num_modules_per_stack": 1}


def test_naslib_builds_a_network_from_a_spec() -> None:
    spec = NBModelSpec(matrix=np.array(MATRIX), ops=OPS)
    network = NBNetwork(spec, num_labels=5, in_channels=3, stem_out_channels=4, num_stacks=2, num_modules_per_stack=1)
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 5)


@pytest.mark.parametrize("matrix", [MATRIX, np.array(MATRIX), torch.tensor(MATRIX)], ids=["list", "numpy", "torch"])
def test_a_pair_of_matrix_and_operations_is_a_spec(matrix: object) -> None:
    assert NBNetwork((matrix, OPS), **SMALL).spec == NBModelSpec(MATRIX, OPS)


def test_the_originals_own_spec_is_accepted() -> None:
    foreign = SimpleNamespace(original_matrix=np.array(MATRIX), original_ops=OPS, valid_spec=True)
    assert NBNetwork(foreign, **SMALL).spec == NBModelSpec(MATRIX, OPS)


def test_positional_arguments_keep_their_order() -> None:
    parameters = inspect.signature(NBNetwork).parameters
    positional = [name for name, parameter in parameters.items() if parameter.kind is not parameter.KEYWORD_ONLY]
    names = "spec num_labels in_channels stem_out_channels num_stacks num_modules_per_stack momentum eps tf_like"
    assert positional == names.replace("momentum", "batch_norm_decay").split()
    old = {
        "num_labels": 10,
        "in_channels": 3,
        "stem_out_channels": 128,
        "num_stacks": 3,
        "num_modules_per_stack": 3,
        "batch_norm_decay": 0.997,
        "eps": 1e-5,
    }
    assert {name: parameters[name].default for name in old} == old
    assert list(inspect.signature(NBModelSpec).parameters) == ["matrix", "ops", "data_format"]
    assert inspect.signature(NBModelSpec).parameters["data_format"].default == "channels_last"


def test_momentum_is_a_deprecated_name_of_batch_norm_decay() -> None:
    with pytest.warns(DeprecationWarning, match="batch_norm_decay"):
        network = NBNetwork((MATRIX, OPS), **SMALL, momentum=0.9)
    torch_momenta = [m.momentum for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert torch_momenta == pytest.approx([0.1] * len(torch_momenta))


def test_tf_like_warns_that_it_is_no_longer_needed() -> None:
    with pytest.warns(DeprecationWarning, match="tf_like"):
        NBNetwork((MATRIX, OPS), **SMALL, tf_like=True)


def test_an_invalid_spec_is_marked_and_a_drawing_is_a_digraph() -> None:
    graphviz = pytest.importorskip("graphviz")
    assert not NBModelSpec([[0, 0], [0, 0]], ["input", "output"]).valid_spec
    assert isinstance(NBModelSpec(MATRIX, OPS).visualize(), graphviz.Digraph)
