"""The searches of docs/results/search.md: algorithms with their settings, under names that are short."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """A search.

    Attributes:
        name: name in tables and pictures, and of its result's file.
        algorithm: a key of `ALGORITHMS`.
        settings: parameters that are not at their defaults.
        runs: most runs under `paper`, and under `naszilla`; None for the protocol's. Searches with a model get what an
            hour of one core allows, for both protocols and both tables.
        seconds: largest simulated time; None for the protocol's.
        protocols: where the settings make sense.
    """

    name: str
    algorithm: str
    settings: dict[str, Any]
    runs: dict[str, int] | None = None
    seconds: float | None = None
    protocols: tuple[str, ...] = ("paper", "naszilla")


def _search(name: str, algorithm: str, **settings: Any) -> Case:
    return Case(name, algorithm, settings)


CASES: tuple[Case, ...] = (
    _search("rs-uniform", "random_search"),
    _search("rs-notebook", "random_search", sampler="notebook"),
    _search("rs-notebook-distinct", "random_search", sampler="notebook", distinct=True),
    _search("rs-encoding-a", "random_search", sampler="encoding_a"),
    _search("rs-encoding-b", "random_search", sampler="encoding_b"),
    _search("rs-encoding-c", "random_search", sampler="encoding_c"),
    _search("re-one-edit", "regularized_evolution"),
    _search("re-nas-benchmarks", "regularized_evolution", variant="nas_benchmarks"),
    _search("re-notebook", "regularized_evolution", variant="notebook"),
    _search("re-naszilla", "regularized_evolution", variant="naszilla"),
    _search("ls-naszilla", "local_search"),
    _search("ls-one-edit", "local_search", neighbourhood="one_edit", sampler="uniform"),
    _search("reinforce-0.1", "reinforce"),
    _search("reinforce-0.5", "reinforce", learning_rate=0.5),
    _search("sh-uniform", "successive_halving"),
    _search("hb-uniform", "hyperband"),
    _search("hb-encoding-a", "hyperband", sampler="encoding_a"),
    Case("npenas", "npenas", {}, {"paper": 500, "naszilla": 500}, 1e6),
    Case("bananas", "bananas", {}, {"paper": 50, "naszilla": 150}, 1e6),
    Case("tpe-encoding-a", "optuna_tpe", {}, {"paper": 16, "naszilla": 100}, 1e6),
    Case("tpe-hyperband-encoding-a", "optuna_hyperband", {}, {"paper": 3, "naszilla": 60}, 5e5),
    Case("smac-encoding-a", "smac", {}, {"paper": 5}, 2e5, ("paper",)),
    Case("smac-encoding-a-once", "smac", {"evaluations_per_cell": 1}, {"naszilla": 8}, None, ("naszilla",)),
)
