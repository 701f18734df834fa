"""Many trainings: planned, resumable, on one machine or many, with nothing lost. Loads torch only to train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.driver import Driver, DriverReport
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.executors.processes import ProcessExecutor
    from nasbench_pytorch.campaign.executors.ray import RayExecutor
    from nasbench_pytorch.campaign.executors.serial import SerialExecutor
    from nasbench_pytorch.campaign.ledger.ledger import Ledger
    from nasbench_pytorch.campaign.ledger.read_status import read_status
    from nasbench_pytorch.campaign.ledger.status import CampaignStatus
    from nasbench_pytorch.campaign.outcomes import Failed, Finished, Outcome, Stopped
    from nasbench_pytorch.campaign.plan.plan import Plan, open_campaign
    from nasbench_pytorch.campaign.plan.selection import Selection
    from nasbench_pytorch.campaign.settings import Settings
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import TrainingFactory

_MODULES = {
    "CampaignStatus": "ledger.status",
    "Driver": "driver",
    "DriverReport": "driver",
    "Executor": "executors.base",
    "Failed": "outcomes",
    "Finished": "outcomes",
    "Ledger": "ledger.ledger",
    "Outcome": "outcomes",
    "Plan": "plan.plan",
    "ProcessExecutor": "executors.processes",
    "RayExecutor": "executors.ray",
    "Selection": "plan.selection",
    "SerialExecutor": "executors.serial",
    "Settings": "settings",
    "Stopped": "outcomes",
    "TrainingFactory": "worker",
    "Trial": "trials",
    "open_campaign": "plan.plan",
    "read_status": "ledger.read_status",
}

__all__ = [
    "CampaignStatus",
    "Driver",
    "DriverReport",
    "Executor",
    "Failed",
    "Finished",
    "Ledger",
    "Outcome",
    "Plan",
    "ProcessExecutor",
    "RayExecutor",
    "Selection",
    "SerialExecutor",
    "Settings",
    "Stopped",
    "TrainingFactory",
    "Trial",
    "open_campaign",
    "read_status",
]

__getattr__ = lazy_exports(__name__, _MODULES)
