"""Importing this module loads what the soak's drivers need; the processes are forks that need not load it again."""

from __future__ import annotations

import sklearn.datasets  # noqa: F401
import torch

import nasbench_pytorch.campaign.driver
import nasbench_pytorch.campaign.executors.serial
import nasbench_pytorch.campaign.export.export
import nasbench_pytorch.cli.campaign.run
import nasbench_pytorch.datasets
import nasbench_pytorch.training.run  # noqa: F401
import tests.campaign.soak  # noqa: F401

torch.set_num_threads(1)
