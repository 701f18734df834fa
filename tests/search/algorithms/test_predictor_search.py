"""BANANAS and NPENAS: what they choose from, and by what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import norm

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors import PREDICTORS, Prediction, encode_rows
from nasbench_pytorch.predictors.path_networks import PathNetworks, paths_of_tensors
from nasbench_pytorch.search import Candidates, Observation, SearchFinished, make_algorithm
from nasbench_pytorch.search.algorithms.acquisition import acquisition
from nasbench_pytorch.search.algorithms.bananas import Bananas
from nasbench_pytorch.space import ModelSpec, SearchSpace, neighbour_rows, path_encoding


def convolutions(space: SearchSpace) -> npt.NDArray[np.float64]:
    """Return an accuracy for each cell that grows with its 3x3 convolutions."""
    is_convolution = space.columns.operations == space.bounds.operations.index("conv3x3-bn-relu")
    accuracies: npt.NDArray[np.float64] = 0.8 + 0.03 * is_convolution.sum(axis=1)
    return accuracies


def searched(name: str, candidates: Candidates, count: int, **settings: object) -> list[int]:
    """Return the positions that a search proposes when accuracies are those of `convolutions`."""
    algorithm, values = make_algorithm(name, candidates, 5, settings), convolutions(candidates.space)
    positions = []
    for _ in range(count):
        proposal = algorithm.ask()
        positions.append(proposal.position)
        algorithm.tell(proposal, Observation(float(values[proposal.position]), 1.0))
    return positions


@pytest.mark.parametrize("name", ["bananas", "npenas"])
def test_no_cell_is_proposed_twice_and_batches_get_better(name: str, small_candidates: Candidates) -> None:
    positions = searched(name, small_candidates, 50, predictor="gaussian_process")
    values = convolutions(small_candidates.space)[positions]
    assert len(set(positions)) == 50
    assert values[40:].mean() > values[:10].mean() + 0.02


def test_all_cells_of_a_small_table_are_proposed_once_and_then_the_search_ends(small_space: SearchSpace) -> None:
    allowed = np.zeros(len(small_space), dtype=bool)
    allowed[::120] = True
    candidates = Candidates(small_space, allowed)
    algorithm = make_algorithm("npenas", candidates, 0, {})
    positions = []
    with pytest.raises(SearchFinished):
        while True:
            proposal = algorithm.ask()
            positions.append(proposal.position)
            algorithm.tell(proposal, Observation(0.9, 1.0))
    assert sorted(positions) == candidates.positions.tolist()


def test_a_pool_is_of_mutations_of_the_best_cell_first(all_candidates: Candidates) -> None:
    """On the whole space one edit on average mostly leads to neighbours of the best cell, and all of them are new."""
    algorithm = Bananas(all_candidates, seed=2, predictor="gaussian_process")
    for value in range(10):
        algorithm.tell(algorithm.ask(), Observation(0.9 + 0.001 * value, 1.0))
    best = all_candidates.space[algorithm._positions[-1]]
    pool = [position for position, _ in algorithm._mutations(set(algorithm._positions))]
    assert len(set(pool)) == len(pool) and not set(pool) & set(algorithm._positions)
    near = np.mean(np.isin(pool, neighbour_rows(all_candidates.space, best)))
    assert near > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("predictor", PREDICTORS)
def test_any_predictor_can_choose(predictor: str, small_candidates: Candidates) -> None:
    for name in ("bananas", "npenas"):
        positions = searched(name, small_candidates, 21, predictor=predictor, initial=10, batch=10)
        assert len(set(positions)) == 21


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"predictor": "gaussian"}, "unknown predictor 'gaussian'; there are: gaussian_process"),
        ({"acquisition": "pi"}, "unknown acquisition 'pi'; there are: its, ucb, ei, mean"),
        ({"sampler": "sobol"}, "unknown sampler 'sobol'; the first cells come from: notebook, uniform"),
        ({"initial": 1}, "initial must be at least 2, got 1"),
    ],
)
def test_unusable_settings_are_refused(settings: dict[str, object], message: str, small_candidates: Candidates) -> None:
    with pytest.raises(InputError, match=message):
        make_algorithm("bananas", small_candidates, 0, settings)


def test_acquisitions_are_their_formulas() -> None:
    rng = np.random.default_rng(0)
    prediction = Prediction(rng.normal(0.9, 0.01, 5000), np.full(5000, 0.02))
    np.testing.assert_allclose(acquisition("ucb")(prediction, 0.93, rng), prediction.mean + 0.01)
    drawn = acquisition("its")(prediction, 0.93, rng) - prediction.mean
    assert abs(drawn.std() - 0.02) < 0.001 and abs(drawn.mean()) < 0.001
    some = Prediction(np.array([0.91, 0.95]), np.array([0.02, 0.0]))
    draws = norm(0.91, 0.004).rvs(400_000, random_state=1)
    expected = np.maximum(draws - 0.905, 0).mean()
    found = acquisition("ei")(some, 0.905, rng)
    np.testing.assert_allclose(found, [expected, 0.045], rtol=0.02)


def test_paths_of_encoded_cells_are_the_path_encoding(small_space: SearchSpace) -> None:
    rows = np.arange(0, len(small_space), 11)
    encoded = encode_rows(small_space, rows)
    for length in (1, 7, 40):
        expected = path_encoding(small_space.subset(rows), length=length)
        np.testing.assert_array_equal(paths_of_tensors(encoded, length), expected)


def test_the_networks_follow_torch_step_by_step(small_space: SearchSpace) -> None:
    """One member, one batch an epoch: the same weights trained by autograd and torch's Adam predict the same."""
    import torch

    from nasbench_pytorch.predictors.fitting.dense_training import DenseNetworks

    encoded = encode_rows(small_space, np.arange(0, 400, 20))
    targets = np.linspace(0.85, 0.95, len(encoded))
    predictor = PathNetworks(members=1, layers=2, width=6, epochs=30, seed=4)
    predictor.fit(encoded, targets)
    start = DenseNetworks.initialised((40, 6, 6, 1), 1, np.random.default_rng(4))
    parameters = [torch.tensor(array[0], requires_grad=True) for pair in start.layers(start.values) for array in pair]
    optimizer = torch.optim.Adam(parameters, lr=0.01, betas=(0.9, 0.99), eps=1e-7)
    inputs = torch.from_numpy(paths_of_tensors(encoded, 40))
    errors = torch.from_numpy((100 * (1 - targets)).astype(np.float32))[:, None]

    def outputs() -> torch.Tensor:
        state = inputs
        for layer in range(3):
            state = state @ parameters[2 * layer] + parameters[2 * layer + 1]
            state = torch.relu(state) if layer < 2 else state
        return state

    for _ in range(30):
        optimizer.zero_grad()
        (outputs() - errors).abs().mean().backward()
        optimizer.step()
    expected = 1 - outputs().detach().numpy()[:, 0] / 100
    np.testing.assert_allclose(predictor.predict(encoded).mean, expected, atol=2e-4)


def test_first_cells_are_proposed_unpruned(all_candidates: Candidates) -> None:
    algorithm = Bananas(all_candidates, seed=0)
    sizes = []
    for _ in range(10):
        proposal = algorithm.ask()
        assert isinstance(proposal.spec, ModelSpec) and proposal.spec.original_matrix.shape == (7, 7)
        assert all_candidates.position_of(proposal.spec) == proposal.position
        sizes.append(len(proposal.spec.pruned().ops))
        algorithm.tell(proposal, Observation(0.9, 1.0))
    assert min(sizes) < 7
