"""Encodings A, B and C as ConfigSpace spaces."""

from __future__ import annotations

import pytest

from nasbench_pytorch.search.encoded_parameters import Categorical, parameter_encoding

ConfigSpace = pytest.importorskip("ConfigSpace")
adapters = pytest.importorskip("nasbench_pytorch.search.adapters")


@pytest.mark.parametrize("encoding", ["a", "b", "c"])
def test_samples_decode_as_the_encoding_does_and_a_seed_gives_the_same(encoding: str) -> None:
    make = {"a": adapters.configspace_a, "b": adapters.configspace_b, "c": adapters.configspace_c}[encoding]
    samples = make(seed=3).sample_configuration(60)
    assert make(seed=3).sample_configuration(60) == samples
    valid = 0
    for configuration in samples:
        cell = adapters.cell_of_configuration(encoding, configuration)
        values = {name: configuration[name] for name in configuration}
        expected = parameter_encoding(encoding).cell(values)
        assert (cell is None) == (expected is None)
        if cell is not None and expected is not None:
            assert cell.hash_spec() == expected.hash_spec()
            valid += 1
    assert 5 < valid < 60


def test_the_spaces_have_the_parameters_of_nas_benchmarks() -> None:
    sizes = {"a": (26, 26), "b": (14, 14), "c": (27, 5)}
    for encoding, (count, categorical) in sizes.items():
        space = getattr(adapters, f"configspace_{encoding}")()
        kinds = [isinstance(space[name], ConfigSpace.CategoricalHyperparameter) for name in space]
        assert (len(kinds), sum(kinds)) == (count, categorical)
    space = adapters.configspace_a()
    for parameter in parameter_encoding("a").parameters:
        assert isinstance(parameter, Categorical)
        assert tuple(space[parameter.name].choices) == parameter.values
    assert (adapters.configspace_c()["num_edges"].lower, adapters.configspace_c()["num_edges"].upper) == (0, 9)
