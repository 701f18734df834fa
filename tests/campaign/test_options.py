"""Options of a campaign, and the executors that they choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.executors.choice import make_executor
from nasbench_pytorch.campaign.options import CampaignOptions

if TYPE_CHECKING:
    import pytest


def test_trials_without_a_share_of_a_gpu_stay_off_the_gpus_of_a_cluster() -> None:
    assert CampaignOptions(executor="ray").worker_device == "cpu"
    assert CampaignOptions(ray_address="auto", gpus_per_trial=0.5).worker_device == "auto"
    assert CampaignOptions(executor="ray", device="cuda:1").worker_device == "cuda:1"
    assert CampaignOptions().worker_device == "auto"


def test_more_threads_than_cores_are_advised_against(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    make_executor(CampaignOptions(workers=2), threads=2)
    make_executor(CampaignOptions(workers=8), threads=1)
    assert capsys.readouterr().err == ""
    make_executor(CampaignOptions(workers=3), threads=2)
    assert "3 workers × 2 threads are more than this machine's 4 cores" in (err := capsys.readouterr().err)
    assert "--workers 2, or --threads 1" in err
