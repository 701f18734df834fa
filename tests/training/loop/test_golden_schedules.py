"""Learning rates, compared with those that the original's model function computed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.training import Recipe
from nasbench_pytorch.training.loop.schedules import learning_rate
from tests.golden.goldens import HERE

CASES: list[dict[str, Any]] = json.loads((HERE / "lr_schedule.json").read_text())


def case_id(case: dict[str, Any]) -> str:
    return f"{case['method'].lower()}-{case['train_epochs']}-{'tpu' if case['use_tpu'] else 'cpu'}"


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_rates_are_the_originals_to_float32(case: dict[str, Any]) -> None:
    """The original computes rate and cosine in float32: 1 + cos is a multiple of 2⁻²⁴ near the end.

    So its last rates are quantised (after 108 epochs 5.96e-9 and then exactly 0 instead of 8.7e-10), and the rounding
    of its argument shows where the cosine is steep.
    """
    # The original doubles the rate for its two shards only on a TPU; ours is the effective rate.
    base_rate = case["base_lr_flag"] * (case["num_shards"] if case["use_tpu"] else 1)
    recipe = Recipe(
        epochs=case["train_epochs"],
        learning_rate=base_rate,
        schedule=case["method"].lower(),
    )
    total = recipe.total_steps(case["num_train_images"])
    assert total == case["total_steps"]
    ours = np.array([learning_rate(recipe, step, total) for step in case["steps"]])
    np.testing.assert_allclose(ours, case["lr"], rtol=2e-7, atol=base_rate * 2.0**-23)


def test_float32_quantises_the_last_steps_of_the_longest_training() -> None:
    case = next(case for case in CASES if case["train_epochs"] == 108 and case["method"] == "COSINE_BY_STEP")
    recipe = Recipe(epochs=108)
    rates = dict(zip(case["steps"], case["lr"], strict=True))
    exact = learning_rate(recipe, 16874, 16875)
    assert rates[16874] == 0 < exact < 0.1 * 2.0**-24
    # There 1 + cos can only be one unit of float32.
    assert rates[16873] == pytest.approx(0.1 * 2.0**-24, rel=1e-6)
    assert learning_rate(recipe, 16873, 16875) == pytest.approx(rates[16873], abs=0.1 * 2.0**-24)
