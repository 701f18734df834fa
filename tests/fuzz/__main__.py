"""`make fuzz`: change sound files in many ways, read each, and write what became of them to `fuzz.md`.

    python -m tests.fuzz --inputs 50000 --out docs/results
    python -m tests.fuzz --inputs 4000 --out docs/results --readers "search.json" "runs of a search"

The second form runs some readers only, and adds a section about them to the page.

Each batch runs in a process of its own, so that a reader that ends the process is counted too.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from nasbench_pytorch.files import atomic_write
from tests.fuzz.batch import CRASH, READ, REFUSED, TRACEBACK, UNCHANGED, WRONG, Outcome, run_batch
from tests.fuzz.readers import READERS

BATCH = 4000
DEADLINE_S = 600
MEMORY_BYTES = 3 << 30
"""Memory of a batch's process: a file that makes a reader ask for more is a fault."""
ADDED = "## Readers that were added"
COLUMNS = (REFUSED, READ, UNCHANGED, WRONG, TRACEBACK, CRASH)


def run_in_process(name: str, first_seed: int, inputs: int) -> Outcome:
    """Run a batch in another process."""
    command = [sys.executable, "-m", "tests.fuzz", "--batch", name, str(first_seed), str(inputs)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        return Outcome(collections.Counter({CRASH: 1}), [f"{name}, seeds from {first_seed}: no end in {DEADLINE_S} s"])
    if done.returncode != 0:
        fault = f"{name}, seeds from {first_seed}: the process ended with {done.returncode}: {done.stderr[-500:]}"
        return Outcome(collections.Counter({CRASH: 1}), [fault])
    values = json.loads(done.stdout)
    return Outcome(collections.Counter(values["counts"]), values["faults"])


def run(inputs: int, first_seed: int, names: Collection[str]) -> dict[str, Outcome]:
    """Give each reader its share of the inputs."""
    outcomes = {name: Outcome() for name in names}
    whole = sum(READERS[name].weight for name in names)
    for name, outcome in outcomes.items():
        share = math.ceil(inputs * READERS[name].weight / whole)
        for start in range(0, share, BATCH):
            outcome.add(run_in_process(name, first_seed + start, min(BATCH, share - start)))
    return outcomes


def section(outcomes: dict[str, Outcome], seconds: float, heading: str, about: Sequence[str]) -> str:
    """Return a heading, a sentence with the totals, a text and the table of some readers."""
    total = sum(sum(outcome.counts.values()) for outcome in outcomes.values())
    faults = [fault for outcome in outcomes.values() for fault in outcome.faults]
    lines = [
        heading,
        "",
        f"{total:,} changed files were read in {seconds:,.0f} s: "
        + ("no wrong value, no traceback and no crash." if not faults else f"**{len(faults)} faults**, listed below."),
        "",
        *about,
        "",
        f"| reader | {' | '.join(COLUMNS)} |",
        f"|---|{'---|' * len(COLUMNS)}",
        *[
            f"| {name} | {' | '.join(f'{outcome.counts[column]:,}' for column in COLUMNS)} |"
            for name, outcome in outcomes.items()
        ],
        "",
        f"`make fuzz` makes this page (Python {sys.version.split()[0]}, pyarrow {pa.__version__}, "
        f"numpy {np.__version__}).",
    ]
    if faults:
        lines += ["", "```", *faults, "```"]
    return "\n".join(lines) + "\n"


def report(outcomes: dict[str, Outcome], seconds: float) -> str:
    """Return the page of results."""
    about = [
        "Each input is a sound file with one to four changes: bits and bytes flipped, numbers replaced, bytes lost,",
        "repeated or zeroed, the end cut off; in JSON, ledgers and checkpoints, values of other types, fields removed",
        "and added. A file is *refused* in one line, or *read*. A file without a digest, or a changed text that is",
        "still sound, may be read with the changed value; a file with a digest may not. An import is compared with a",
        f"second, plain reader. Memory is limited to {MEMORY_BYTES >> 30} GiB.",
    ]
    return section(outcomes, seconds, "# Damaged and hostile files", about)


def with_added(page: str, outcomes: dict[str, Outcome], seconds: float) -> str:
    """Return a page with a section about readers that ran on their own."""
    about = ["These readers ran on their own, after the run above."]
    added = section(outcomes, seconds, ADDED, about).replace("makes this page", "runs them with the others")
    return page.partition(ADDED)[0].rstrip() + "\n\n" + added


def main() -> int:
    """Run the fuzzers; the exit code is 1 if there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=50_000, help="number of inputs, over all readers")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first input of each reader")
    parser.add_argument("--out", type=Path, default=None, help="folder for fuzz.md")
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=None, help="run these only")
    parser.add_argument("--batch", nargs=3, default=None, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.batch is not None:
        name, first_seed, inputs = parsed.batch
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        outcome = run_batch(name, int(first_seed), int(inputs))
        print(json.dumps({"counts": outcome.counts, "faults": outcome.faults[:5]}))
        return 0
    start = time.monotonic()
    outcomes = run(parsed.inputs, parsed.seed, parsed.readers or READERS)
    seconds = time.monotonic() - start
    page = None if parsed.out is None else parsed.out / "fuzz.md"
    if parsed.readers is None or page is None:
        text = report(outcomes, seconds)
    else:
        text = with_added(page.read_text(encoding="utf-8"), outcomes, seconds)
    print(text)
    if parsed.out is not None:
        with atomic_write(parsed.out / "fuzz.md", "w") as stream:
            stream.write(text)
    return 1 if any(outcome.faults for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
