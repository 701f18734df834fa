"""What public programs do with the original's API and with 1.3.1's networks, in our own words.

nas_benchmarks and HPOBench (automl), naszilla, NASLib, nas-without-training: each builds specs, queries, reads counters
and catches errors in its own way.
"""

from __future__ import annotations

import copy
import itertools
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from nasbench_pytorch import api
from nasbench_pytorch.lib import graph_util
from nasbench_pytorch.model import ModelSpec, Network
from tests.helpers.table_samples import SPECS, benchmark_of, invented_records

if TYPE_CHECKING:
    from pathlib import Path

    from nasbench_pytorch.table import NASBench

VERTICES, MOST_EDGES = 7, 9
OPERATIONS = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]
BUDGETS = (4, 12, 36, 108)


@pytest.fixture
def dataset(tmp_path: Path) -> NASBench:
    """A table of six cells with all budgets and repeats, opened without a seed, as these programs do."""
    return benchmark_of(tmp_path, invented_records(budgets=BUDGETS))


def padded(matrix: np.ndarray, ops: list[str]) -> tuple[np.ndarray, list[str]]:
    """Give a pruned cell seven vertices, the new ones without edges before the output."""
    size, whole = len(matrix), np.zeros((VERTICES, VERTICES), matrix.dtype)
    whole[: size - 1, : size - 1] = matrix[:-1, :-1]
    whole[: size - 1, -1] = matrix[:-1, -1]
    return whole, [*ops[:-1], *["conv3x3-bn-relu"] * (VERTICES - size), "output"]


def bits_of(matrix: np.ndarray) -> list[int]:
    return [int(bit) for bit in matrix[np.triu_indices(VERTICES, k=1)]]


# nas_benchmarks: configurations of a hyperparameter optimiser. A gives a bit for each edge, B the numbers of nine
# edges, C a number of edges and a weight for each.


def matrix_from_bits(bits: list[int]) -> np.ndarray:
    matrix = np.zeros([VERTICES, VERTICES], dtype=np.int8)
    rows, columns = np.triu_indices(VERTICES, k=1)
    for bit, row, column in zip(bits, rows, columns, strict=True):
        matrix[row, column] = bit
    return matrix


def matrix_from_edge_numbers(numbers: list[int]) -> np.ndarray:
    bits = [0] * 21
    for number in numbers:
        bits[number] = 1
    # The original numbers edges from the lowest bit; this client writes the list from the highest.
    word = int("".join(map(str, bits)), 2)
    return np.fromfunction(graph_util.gen_is_edge_fn(word), (VERTICES, VERTICES), dtype=np.int8)


def objective(dataset: NASBench, matrix: np.ndarray, inner: list[str], budget: int) -> tuple[float, float, float]:
    """Return validation error, seconds, and the mean test error of three trainings of 108 epochs."""
    if graph_util.num_edges(matrix) > MOST_EDGES:
        return 1, 0, 1
    spec = api.ModelSpec(matrix, ["input", *inner, "output"])
    try:
        answer = dataset.query(spec, epochs=budget)
    except api.OutOfDomainError:
        return 1, 0, 1
    _, metrics = dataset.get_metrics_from_spec(spec)
    test = 1 - np.mean([metrics[108][repeat]["final_test_accuracy"] for repeat in range(3)])
    return 1 - answer["validation_accuracy"], answer["training_time"], float(test)


@pytest.mark.parametrize("budget", BUDGETS)
def test_configurations_of_nas_benchmarks_become_answers(dataset: NASBench, budget: int) -> None:
    for spec in SPECS:
        matrix, ops = padded(*spec.pruned()[:2])
        bits = bits_of(matrix)
        edges = [number for number, bit in enumerate(bits) if bit]
        by_numbers = matrix_from_edge_numbers([20 - number for number in edges])
        assert graph_util.num_edges(by_numbers) == len(edges)
        possible = [metrics["final_validation_accuracy"] for metrics in dataset.get_metrics_from_spec(spec)[1][budget]]
        error, seconds, test = objective(dataset, matrix_from_bits(bits), ops[1:-1], budget)
        assert any(error == 1 - accuracy for accuracy in possible)
        assert seconds > 0 and 0 <= test <= 1
    spent = dataset.training_time_spent
    assert objective(dataset, matrix_from_bits([1] * 21), ["maxpool3x3"] * 5, budget) == (1, 0, 1)
    assert objective(dataset, matrix_from_bits([0] * 21), ["maxpool3x3"] * 5, budget) == (1, 0, 1)
    assert dataset.training_time_spent == spent
    with pytest.raises(api.OutOfDomainError, match="invalid number of epochs"):
        dataset.query(SPECS[0], epochs=5)


# HPOBench: a query of its own that chooses the repeat, and books the budget itself.


def query_repeat(dataset: NASBench, spec: Any, epochs: int, repeat: int, stop_halfway: bool = False) -> dict[str, Any]:
    if epochs not in dataset.valid_epochs:
        raise api.OutOfDomainError(f"invalid number of epochs, must be one of {dataset.valid_epochs}")
    fixed, computed = dataset.get_metrics_from_spec(spec)
    prefix = "halfway_" if stop_halfway else "final_"
    names = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
    answer = {**fixed, **{name: computed[epochs][repeat][prefix + name] for name in names}}
    dataset.training_time_spent += answer["training_time"]
    dataset.total_epochs_spent += epochs // 2 if stop_halfway else epochs
    return answer


def test_a_client_books_the_budget_itself(dataset: NASBench) -> None:
    dataset.reset_budget_counters()
    answers = [query_repeat(dataset, SPECS[0], 36, repeat) for repeat in range(3)]
    answers.append(query_repeat(dataset, SPECS[0], 36, 1, stop_halfway=True))
    seconds, epochs = dataset.get_budget_counters()
    assert (seconds, epochs) == (sum(answer["training_time"] for answer in answers), 3 * 36 + 18)
    assert answers[3]["training_time"] < answers[1]["training_time"]
    for answer in answers:
        answer.pop("module_adjacency")  # what it removes from an answer stays in the table
    assert dataset.query(SPECS[0], epochs=36).keys() >= {"module_adjacency", "trainable_parameters"}
    answers = [dataset.query(SPECS[0], epochs=36, repeat=repeat) for repeat in range(3)]
    assert [query_repeat(dataset, SPECS[0], 36, i)["test_accuracy"] for i in range(3)] == [
        answer["test_accuracy"] for answer in answers
    ]


# naszilla: cells as dictionaries, changed in place, and asked until all three trainings were seen.


def test_a_cell_is_asked_until_all_its_trainings_were_seen(dataset: NASBench) -> None:
    random.seed(0)
    names = list(dataset.hash_iterator())
    fixed, computed = dataset.get_metrics_from_hash(names[int(np.random.default_rng(0).integers(len(names)))])
    matrix, ops = padded(fixed["module_adjacency"], fixed["module_operations"])
    expected = {metrics["final_validation_accuracy"] for metrics in computed[108]}
    seen: list[float] = []
    for _ in range(50):
        accuracy = dataset.query(api.ModelSpec(matrix=matrix, ops=ops))["validation_accuracy"]
        if accuracy not in seen:
            seen.append(accuracy)
    assert set(seen) == expected


def test_what_an_answer_holds_may_be_changed_in_place(dataset: NASBench) -> None:
    for name in dataset.hash_iterator():
        fixed, computed = dataset.get_metrics_from_hash(name)
        before = fixed["module_adjacency"].copy()
        fixed["module_adjacency"][0][-1] = 1 - fixed["module_adjacency"][0][-1]
        fixed["module_operations"][-1] = "changed"
        computed[108][0]["final_test_accuracy"] = 2.0
        again, numbers = dataset.get_metrics_from_hash(name)
        assert np.array_equal(again["module_adjacency"], before)
        assert again["module_operations"][-1] == "output"
        assert numbers[108][0]["final_test_accuracy"] <= 1
        answer = dataset.query(api.ModelSpec(before, again["module_operations"]))
        answer["module_adjacency"][:] = 0
        assert np.array_equal(
            dataset.query(api.ModelSpec(before, again["module_operations"]))["module_adjacency"], before
        )


def test_random_cells_of_any_integer_type_are_judged_alike(dataset: NASBench) -> None:
    generator = np.random.default_rng(3)
    verdicts = []
    for _ in range(200):
        matrix = np.triu(generator.integers(0, 2, (VERTICES, VERTICES)), 1)
        ops = generator.choice(OPERATIONS, VERTICES).tolist()  # numpy's choice also gives numpy's texts
        ops[0], ops[-1] = "input", "output"
        ops[2] = generator.choice(OPERATIONS)
        spec = api.ModelSpec(matrix=copy.deepcopy(matrix), ops=copy.deepcopy(ops))
        verdicts.append(dataset.is_valid(spec))
        expected = spec.matrix is not None and graph_util.num_edges(spec.matrix) <= MOST_EDGES
        assert verdicts[-1] == expected
    assert {True, False} == set(verdicts)


# NASLib: a search space around the API and around 1.3.1's network.


def test_a_learning_curve_is_asked_budget_by_budget(dataset: NASBench) -> None:
    matrix, ops = padded(*SPECS[1].pruned()[:2])
    record: dict[str, Any] = {"matrix": matrix, "ops": ops}
    spec = api.ModelSpec(**record)
    assert dataset.is_valid(spec)
    curve = [dataset.query(spec, epochs=epochs)["validation_accuracy"] for epochs in BUDGETS]
    assert len(curve) == 4
    assert dataset.query(spec)["trainable_parameters"] == dataset.get_metrics_from_spec(spec)[0]["trainable_parameters"]
    assert list(dataset.get_metrics_from_hash(spec.hash_spec(OPERATIONS))[1]) == list(BUDGETS)


def _leaves(module: nn.Module) -> list[nn.Module]:
    children = list(module.children())
    return [leaf for child in children for leaf in _leaves(child)] if children else [module]


def test_features_are_taken_from_the_last_layer_of_a_network_of_positional_words() -> None:
    network = Network(
        ModelSpec(*SPECS[0].pruned()[:2]),
        num_labels=10,
        in_channels=3,
        stem_out_channels=8,
        num_stacks=3,
        num_modules_per_stack=1,
    )
    for leaf in _leaves(network):
        if isinstance(leaf, nn.ReLU):
            leaf.inplace = False
    features: list[torch.Tensor] = []
    network.layers[-1].register_forward_hook(lambda _module, _inputs, output: features.append(output))
    logits = network(torch.randn(2, 3, 32, 32))
    assert logits.shape == (2, 10)
    assert [tuple(feature.shape) for feature in features] == [(2, 32, 8, 8)]
    copied = copy.deepcopy(network)
    assert copied.layers[-1] is not network.layers[-1]


# nas-without-training: positions in the table, networks of each cell, one change to a cell that the table has.


def test_the_table_is_a_sequence_of_networks(dataset: NASBench) -> None:
    count = len(dataset.hash_iterator())
    names = [next(itertools.islice(dataset.hash_iterator(), index, None)) for index in range(count)]
    assert names == list(dataset.fixed_statistics.keys())
    for name in names:
        fixed = dataset.fixed_statistics[name]
        spec = ModelSpec(fixed["module_adjacency"], fixed["module_operations"])
        assert dataset._hash_spec(spec) == name
        network = Network(spec, num_labels=1, stem_out_channels=8, num_stacks=1, num_modules_per_stack=1)
        assert network.classifier.in_features == 8
        _, statistics = dataset.get_metrics_from_spec(spec)
        best = max(metrics["final_test_accuracy"] for rows in statistics.values() for metrics in rows)
        assert 0 <= best <= 1


class _WithFeatures(nn.Module):
    """A layer that returns its input too."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, inputs: torch.Tensor) -> Any:
        return self.layer(inputs), inputs


def test_the_classifier_of_a_network_is_replaced() -> None:
    network = Network(SPECS[0], num_labels=3, stem_out_channels=8, num_stacks=1, num_modules_per_stack=1)
    expected = network(torch.ones(2, 3, 8, 8))
    for name, child in list(network.named_children()):
        if isinstance(child, nn.Linear):
            setattr(network, name, _WithFeatures(child))
    logits, features = network(torch.ones(2, 3, 8, 8))
    assert torch.equal(logits, expected)
    assert features.shape == (2, 8)


def test_a_change_of_one_edge_leads_to_another_position(dataset: NASBench) -> None:
    found = 0
    for name in dataset.hash_iterator():
        matrix = dataset.fixed_statistics[name]["module_adjacency"]
        ops = dataset.fixed_statistics[name]["module_operations"]
        for row, column in itertools.combinations(range(len(matrix)), 2):
            for value in [value for value in np.unique(matrix) if value != matrix[row, column]]:
                changed = matrix.copy()
                changed[row, column] = value
                spec = ModelSpec(changed, ops)
                if not spec.valid_spec:
                    continue
                other = dataset._hash_spec(spec)
                if other in dataset.fixed_statistics:
                    position = [key == other for key in dataset.fixed_statistics].index(True)
                    assert list(dataset.hash_iterator())[position] == other
                    found += other != name
    assert found > 0  # the cell without a vertex between is one edge from the one with a max pool
