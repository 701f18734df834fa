"""Claim: everything that can only be known on a CUDA device holds there, and its speed is known, in eight minutes.

Runs, in order of importance: the tests marked `gpu`; the golden numbers of the original TensorFlow code in float64,
forward and ten training steps; the first step in float32, tf32 and bfloat16; two batch-norm shards; stop and resume;
the projected time of the Inception-like cell's 108 epochs (the published table says 1,156 s); five cells in three
precisions, plain, as `run_training` does, compiled and as a CUDA graph, beside nasbench-pytorch 1.3.1 in turns; and
several trainings at once. Every part is a process with a share of the time: one that fails, runs out of memory or
hangs leaves the others alone. Parts that measure no speed run at the same time. The result file is rewritten after
each part and names whatever was left out, with the reason. The exit code is 1 if a check failed. Without a card,
`--device cpu --tiny` tries every part that a CPU can run.

1.3.1 is not installed: `--predecessor` takes its wheel (pip download --no-deps nasbench-pytorch==1.3.1), a folder that
has it, or an environment. Parts that compare with it are left out without one.

    python -m benchmarks.gpu --out FILE [--minutes 8] [--predecessor PATH] [--parts machine tests …]
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.gpu_checks.parts import PARTS
from benchmarks.gpu_checks.runner import run_parts
from benchmarks.gpu_checks.settings import Settings
from benchmarks.gpu_checks.summary import part_lines, total_line
from benchmarks.predecessor import prepared_predecessor
from nasbench_pytorch import __version__
from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json


def main(arguments: list[str] | None = None) -> int:
    """Run the checks; return the exit code."""
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the results; its folder must exist")
    parser.add_argument("--minutes", type=float, default=8.0, help="time for all parts")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, … or cpu")
    parser.add_argument("--tiny", action="store_true", help="small networks and few steps, to try the checks")
    parser.add_argument("--predecessor", help="wheel, folder or environment of nasbench-pytorch 1.3.1")
    parser.add_argument("--parts", nargs="+", choices=names, default=names, help="parts to run, in their usual order")
    chosen = parser.parse_args(arguments)
    if not 0 < chosen.minutes < float("inf"):
        parser.error(f"--minutes must be a positive number, got {chosen.minutes}")
    if not chosen.out.absolute().parent.is_dir():
        parser.error(f"--out {chosen.out}: the folder {chosen.out.absolute().parent} does not exist; make it first")
    if chosen.predecessor is not None:
        try:
            prepared_predecessor(Path(chosen.predecessor))
        except ValueError as error:
            parser.error(f"--predecessor {error}")
        chosen.predecessor = str(Path(chosen.predecessor).absolute())
    try:
        resolve_device(chosen.device)
    except InputError as error:
        parser.error(f"--device: {error}; without a card, try the checks with --device cpu --tiny")
    settings = Settings(chosen.device, chosen.tiny, chosen.predecessor)
    began_s = time.monotonic()
    results: dict[str, Any] = {
        "began": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "nasbench_pytorch": __version__,
        "device": settings.device,
        "tiny": settings.tiny,
        "compared_with_predecessor": settings.predecessor is not None,
        "minutes": chosen.minutes,
        "parts": {},
    }

    def finished(name: str, result: dict[str, Any]) -> None:
        results["parts"][name] = result
        results["seconds"] = round(time.monotonic() - began_s, 1)
        write_json(chosen.out, results)
        print(*part_lines(name, result), sep="\n", flush=True)

    run_parts([part for part in PARTS if part.name in chosen.parts], settings, 60 * chosen.minutes, finished)
    print(total_line(results["parts"], results["seconds"]))
    return int(any(part["failures"] for part in results["parts"].values()))


if __name__ == "__main__":
    sys.exit(main())
