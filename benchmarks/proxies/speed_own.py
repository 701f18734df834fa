"""This package's side of `speed.py`: read cells from stdin, score them, print the seconds."""

from __future__ import annotations

import json
import sys
import time

import torch

from nasbench_pytorch.proxies import PROXIES, Batch, ScoringSettings
from nasbench_pytorch.proxies.jobs import Job, Scorer
from nasbench_pytorch.space import ModelSpec, Skeleton

NAMES = ("synflow", "nwot", "grad_norm")


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    batch = Batch(torch.randn(64, 3, 32, 32), torch.randint(10, (64,)))
    scorer = Scorer(ScoringSettings(Skeleton(stem_out_channels=16)), PROXIES, {0: batch})
    for line in sys.stdin:
        if not line.strip():
            return
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        for matrix, ops in json.loads(line):
            scorer(Job("", ModelSpec(matrix, ops), 0, NAMES))
        print(
            json.dumps({"wall_s": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}),
            flush=True,
        )


if __name__ == "__main__":
    main()
