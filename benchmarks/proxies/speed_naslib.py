"""NASLib's side of `speed.py`: its code as it is, on networks of nasbench-pytorch 1.3.1."""

from __future__ import annotations

import json
import sys
import time
import types
from typing import Any

import torch

# Modules that it imports, but does not use for these proxies.
for name in ("tensorwatch", "utils.models"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["tensorwatch"].ModelStats = object  # type: ignore[attr-defined]

from nasbench_pytorch.model import ModelSpec, Network  # noqa: E402, I001
from utils.pruners import predictive  # type: ignore[import-not-found]  # noqa: E402

NAMES = ["synflow", "nwot", "grad_norm"]


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    batch = (torch.randn(64, 3, 32, 32), torch.randint(10, (64,)))
    for line in sys.stdin:
        if not line.strip():
            return
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        for matrix, ops in json.loads(line):
            score(matrix, ops, batch)
        print(
            json.dumps({"wall_s": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}),
            flush=True,
        )


def score(matrix: Any, ops: list[str], batch: Any) -> Any:
    network = Network(ModelSpec(matrix, ops), stem_out_channels=16)
    return predictive.find_measures_arrays(network, [batch], ("random", 1, 10), torch.device("cpu"), NAMES)


if __name__ == "__main__":
    main()
