"""Proxies score the same on a CUDA device as on a CPU; run these tests with `pytest -m gpu`."""

from __future__ import annotations

import pytest
import torch

from nasbench_pytorch.proxies import PROXIES, ScoringSettings
from nasbench_pytorch.proxies.batch import Batch
from nasbench_pytorch.proxies.jobs import Job, Scorer
from nasbench_pytorch.space import NAMED_CELLS, Skeleton

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("name", ["inception", "resnet20"])
def test_every_proxy_gives_the_value_of_the_cpu(name: str) -> None:
    images = torch.randn(16, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    batch = Batch(images, torch.arange(16) % 4)
    settings = ScoringSettings(
        Skeleton(stem_out_channels=8, num_stacks=2, num_modules_per_stack=1), batch_size=16, precision="float64"
    )
    spec = NAMED_CELLS[name].spec
    job = Job(spec.hash_spec(), spec, 0, tuple(PROXIES))
    on_cpu, on_card = (Scorer(settings, PROXIES, {0: batch}, device)(job).values for device in ("cpu", "cuda"))
    assert on_card == pytest.approx(on_cpu, rel=1e-6, nan_ok=True)


def test_float32_is_not_tf32_and_the_switch_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    batch = Batch(torch.randn(16, 3, 32, 32, generator=torch.Generator().manual_seed(0)), torch.arange(16) % 10)
    spec = NAMED_CELLS["resnet20"].spec
    job = Job(spec.hash_spec(), spec, 0, ("l2_norm", "snip", "grad_norm"))
    settings = ScoringSettings(Skeleton(stem_out_channels=32), batch_size=16)
    on_cpu, on_card = (Scorer(settings, PROXIES, {0: batch}, device)(job).values for device in ("cpu", "cuda"))
    assert on_card == pytest.approx(on_cpu, rel=3e-4)
    assert torch.backends.cudnn.allow_tf32
