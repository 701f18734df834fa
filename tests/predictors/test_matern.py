"""The Gaussian process against scikit-learn's and against leaving cells out by hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import check_grad
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from nasbench_pytorch.predictors.fitting.matern import MaternSettings, Posterior, _loss, squared_distances

Floats = npt.NDArray[np.float64]
SETTINGS = MaternSettings(0.3, np.array([-0.5, 0.4]), -2.0)


@pytest.fixture(scope="module")
def groups() -> list[Floats]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(40, 3)), rng.normal(size=(40, 2))]


@pytest.fixture(scope="module")
def targets(groups: list[Floats]) -> Floats:
    values: Floats = np.sin(groups[0][:, 0]) + 0.1 * np.random.default_rng(1).normal(size=40)
    return values


def test_mean_and_deviation_are_those_of_scikit_learn(groups: list[Floats], targets: Floats) -> None:
    scales = np.exp(-np.repeat(SETTINGS.weights, [3, 2]) / 2)
    kernel = ConstantKernel(np.exp(0.3), "fixed") * Matern(scales, "fixed", nu=1.5)
    theirs = GaussianProcessRegressor(kernel, alpha=np.exp(-2.0) + 1e-6, optimizer=None)
    theirs.fit(np.hstack(groups)[:30], targets[:30])
    mean, deviation = theirs.predict(np.hstack(groups)[30:], return_std=True)
    ours = Posterior.fit(SETTINGS, [group[:30] for group in groups], targets[:30])
    scaled = SETTINGS.scaled([group[30:] for group in groups])
    np.testing.assert_allclose(ours.mean(scaled), mean, rtol=1e-9)
    np.testing.assert_allclose(ours.deviation(scaled, 1000), deviation, rtol=1e-9)
    assert (ours.deviation(scaled, 10) >= deviation - 1e-12).all()


def test_left_out_predictions_are_those_of_a_process_without_the_cell(groups: list[Floats], targets: Floats) -> None:
    whole = Posterior.fit(SETTINGS, groups, targets)
    for cell in (0, 17):
        others = np.arange(40) != cell
        rest = Posterior.fit(SETTINGS, [group[others] for group in groups], targets[others])
        alone = rest.mean(SETTINGS.scaled([group[[cell]] for group in groups]))
        assert whole.left_out[cell] == pytest.approx(alone[0], abs=1e-9)


def test_the_gradient_is_that_of_finite_differences(groups: list[Floats], targets: Floats) -> None:
    start, at = np.array([0.0, -2.0, -2.0, -1.5]), np.array([0.2, -1.0, 0.5, -2.2])
    distances = [squared_distances(group, group) for group in groups]

    def loss(values: Floats) -> float:
        return _loss(values, start, distances, targets)[0]

    def gradient(values: Floats) -> Floats:
        return _loss(values, start, distances, targets)[1]

    assert check_grad(loss, gradient, at) < 1e-4


def test_the_group_that_matters_gets_the_shorter_length_scale(groups: list[Floats], targets: Floats) -> None:
    found = MaternSettings.most_likely(groups, targets, 40)
    assert found.weights[0] > found.weights[1]
