"""Speed of synflow + nwot + grad_norm, beside NASLib's code, in one run.

Claim: on 2 cores, stem 16 and the full depth, batches of 64, two worker processes score at least 100 networks a minute,
at least twice as many as NASLib's code does (branch Develop, on networks of nasbench-pytorch 1.3.1).

Usage: `python -m benchmarks.proxies.speed PEER_FOLDER`. The folder holds `utils/pruners/`, a copy of NASLib's
`naslib/predictors/utils/pruners`, and `nasbench_pytorch/`, version 1.3.1 (`pip download nasbench-pytorch==1.3.1
--no-deps`, unpacked). Both sides score the same uniformly drawn cells in two processes, in alternating rounds; start-up
is not timed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import SearchSpace, enumerate_cells

RESULT = Path(__file__).parent.parent / "results" / "proxies.json"
HERE = Path(__file__).parent
CELLS, ROUNDS, PROCESSES = 24, 3, 2
PROXIES = ["synflow", "nwot", "grad_norm"]


class Side:
    """Two processes of one side's script, which score the cells that they are sent."""

    def __init__(self, script: str, python_path: list[str]) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(python_path), "OMP_NUM_THREADS": "1"}
        self.processes = [
            subprocess.Popen(
                [sys.executable, str(HERE / script)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(PROCESSES)
        ]

    def run(self, cells: list[Any]) -> dict[str, Any]:
        """Score the cells, shared evenly; return the seconds of the slower process and the values."""
        for number, process in enumerate(self.processes):
            assert process.stdin is not None
            process.stdin.write(json.dumps(cells[number::PROCESSES]) + "\n")
            process.stdin.flush()
        answers = []
        for process in self.processes:
            assert process.stdout is not None
            answers.append(json.loads(process.stdout.readline()))
        return {
            "wall_s": max(answer["wall_s"] for answer in answers),
            "cpu_s": sum(answer["cpu_s"] for answer in answers),
        }

    def close(self) -> None:
        for process in self.processes:
            process.communicate("\n", timeout=60)


def main(peer: Path) -> None:
    space = enumerate_cells()
    rows = np.random.default_rng(0).choice(len(space), CELLS, replace=False)
    cells = [_plain(space, int(row)) for row in rows]
    sides = {"own": Side("speed_own.py", [str(Path.cwd())]), "naslib": Side("speed_naslib.py", [str(peer)])}
    for side in sides.values():
        side.run(cells[:PROCESSES])  # warm-up
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            rounds[name].append(side.run(cells))
    for side in sides.values():
        side.close()
    result = {
        "proxies": PROXIES,
        "cells": CELLS,
        "skeleton": "stem 16, 3 stacks of 3 modules",
        "batch_size": 64,
        "processes": PROCESSES,
        "torch": torch.__version__,
        "rounds": rounds,
        "networks_a_minute": {
            name: round(60 * CELLS / statistics.median(found["wall_s"] for found in one), 1)
            for name, one in rounds.items()
        },
        "networks_a_minute_of_cpu_time": {
            name: round(60 * CELLS * PROCESSES / statistics.median(found["cpu_s"] for found in one), 1)
            for name, one in rounds.items()
        },
    }
    for key in ("networks_a_minute", "networks_a_minute_of_cpu_time"):
        by_side = result[key]
        assert isinstance(by_side, dict)
        print(key, by_side, f"ratio {by_side['own'] / by_side['naslib']:.2f}")
    write_json(RESULT, result)


def _plain(space: SearchSpace, row: int) -> list[Any]:
    matrix, ops, _ = space[row].pruned()
    return [matrix.tolist(), ops]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
