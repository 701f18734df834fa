"""Time of each proxy alone, a network, in CPU seconds of one core; `page.py` shows the medians.

Claim: at stem 16 every proxy but grasp takes less than a second for a batch of 64.

Usage: `python -m benchmarks.proxies.times`; the images are noise, which takes as long as CIFAR-10.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import torch

from nasbench_pytorch.files import write_json
from nasbench_pytorch.proxies import PROXIES, Batch, ScoringSettings
from nasbench_pytorch.proxies.jobs import Job, Scorer
from nasbench_pytorch.space import NASBENCH101_SKELETON, enumerate_cells

RESULT = Path(__file__).parent.parent / "results" / "proxies_times.json"
CELLS = 9


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    space = enumerate_cells()
    rows = np.random.default_rng(1).choice(len(space), CELLS, replace=False)
    batch = Batch(torch.randn(64, 3, 32, 32), torch.randint(10, (64,)))
    medians = {}
    settings = ScoringSettings(dataclasses.replace(NASBENCH101_SKELETON, stem_out_channels=16))
    scorer = Scorer(settings, PROXIES, {0: batch})
    for name, proxy in PROXIES.items():
        if proxy.of_cell is not None:
            continue
        seconds = []
        for row in rows:
            began_s = time.process_time()
            scorer(Job("", space[int(row)], 0, (name,)))
            seconds.append(time.process_time() - began_s)
        medians[name] = round(float(np.median(seconds)), 3)
        print(f"{name:<10} {medians[name]:.3f} s", flush=True)
    write_json(RESULT, {"cells": CELLS, "batch_size": 64, "stem_out_channels": 16, "median_cpu_s": medians})


if __name__ == "__main__":
    main()
