"""The batches on which a plan's throughput is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from nasbench_pytorch.campaign.plan import measured_throughput
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.training import Recipe
from tests.helpers.campaign_fakes import TINY


@pytest.mark.parametrize(("device", "whole"), [("cpu", False), ("cuda:0", True)])
def test_a_gpu_is_measured_on_whole_batches_and_a_cpu_on_a_few_images(
    device: str, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    def images_per_s(spec: Any, recipe: Recipe, **settings: Any) -> float:
        measured.append(recipe.batch_size)
        return 100.0

    monkeypatch.setattr(measured_throughput, "training_images_per_s", images_per_s)
    monkeypatch.setattr(measured_throughput, "resolve_device", torch.device)
    monkeypatch.setattr(measured_throughput, "device_name", str)
    plan = replace(TINY, settings=Settings(Recipe()))
    found = measured_throughput.measure_throughput(plan.cell_rows(plan.trials()), plan.settings, device)
    assert set(measured) == {found.batch_size}
    assert (found.batch_size == 256) is whole
    assert found.is_cpu is not whole
