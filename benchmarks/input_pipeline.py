"""Claim: this package makes batches at least 20 times as fast as the loaders of nasbench-pytorch 1.3.1, on one core.

1.3.1 processes image by image with torchvision's RandomCrop, RandomHorizontalFlip, ToTensor and Normalize, in a
DataLoader without workers, its default; a second measurement uses two workers. This package makes a whole batch with a
few kernels. Both shuffle the same number of random images, in separate processes that take turns; 1.3.1 comes from
PyPI into its own environment, and its `prepare_dataset` is unchanged except for the source of the images. Results are
medians over the repeats: of processor time where one process does the work, since load on a shared machine disturbs it
least, and of wall-clock time where workers do. They are written to results/input_pipeline.json.

    python benchmarks/input_pipeline.py
"""

from __future__ import annotations

import argparse
import statistics
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from predecessor import DEFAULT_FOLDER, predecessor_python
from worker import Worker

from nasbench_pytorch.files import write_json

RESULTS = Path(__file__).parent / "results" / "input_pipeline.json"
BATCH_SIZE = 256
REFERENCE = "1.3.1, as shipped"
GOAL = 20


def measure(python: str, repeats: int) -> dict[str, list[float]]:
    """Measure the images per second of every side in every repeat."""
    with ExitStack() as stack:

        def side(script: str, python: str | None = None, **settings: Any) -> Worker:
            worker = stack.enter_context(Worker(script, *([python] if python else [])))
            worker.ask("open_loader", batch_size=BATCH_SIZE, **settings)
            return worker

        sides = {
            # Worker, batches in a repeat, clock to use.
            REFERENCE: (side("side_predecessor.py", python, workers=0), 2, "cpu_s"),
            "1.3.1, 2 workers": (side("side_predecessor.py", python, workers=2), 8, "seconds"),
            "2.0, channels_last": (side("side_own.py", memory_format="channels_last"), 40, "cpu_s"),
            "2.0, NCHW": (side("side_own.py", memory_format="contiguous_format"), 40, "cpu_s"),
        }
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(repeats):
            for name, (worker, count, clock) in sides.items():
                rates[name].append(count * BATCH_SIZE / worker.ask("batches", count=count)[clock])
        return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--venv", type=Path, default=DEFAULT_FOLDER, help="environment of 1.3.1; created if missing")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    rates = measure(predecessor_python(arguments.venv), arguments.repeats)
    with Worker("side_own.py") as worker:
        machine = worker.ask("describe", precision="float32")
    sides = {}
    for name, repeats in rates.items():
        ratio = statistics.median(rate / other for rate, other in zip(repeats, rates[REFERENCE], strict=True))
        sides[name] = {"images_per_s": round(statistics.median(repeats)), "times_the_reference": round(ratio, 2)}
        print(f"{name:20} {sides[name]['images_per_s']:>9,} images/s {ratio:>6.1f} ×")
    reached = sides["2.0, channels_last"]["times_the_reference"] >= GOAL
    print(f"goal {GOAL} × in the layout that networks train in: {'yes' if reached else 'no'}")
    kept = {key: machine[key] for key in ("device_name", "platform", "python", "torch", "nasbench_pytorch")}
    write_json(arguments.out, {"machine": kept, "batch_size": BATCH_SIZE, "repeats": arguments.repeats, "sides": sides})


if __name__ == "__main__":
    main()
