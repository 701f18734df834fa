"""Benchmarks whose parts each run in a process of its own, so that none finds what another has loaded or filled.

A script calls `run_script`, which calls the script's `main`, or in a new process one of its parts:

    python benchmarks/SCRIPT.py [FOLDER [PART]]
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nasbench_pytorch.files import write_json

Part = Callable[[Path], dict[str, float]]
"""Measures in the benchmark's folder or file; returns its numbers by name, with the unit at the name's end."""


def parts_of(script: Mapping[str, Any]) -> dict[str, Part]:
    """Return a script's functions `part_NAME`, by name and in their order; `script` is its `globals()`."""
    return {name.removeprefix("part_"): work for name, work in script.items() if name.startswith("part_")}


def run_part(name: str, folder: Path) -> dict[str, float]:
    """Run a part of the script that runs now in a new process, and return its numbers."""
    command = [sys.executable, sys.argv[0], str(folder), name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def run_script(main: Callable[[Path], None], parts: Mapping[str, Part], default_folder: str) -> None:
    """Call `main`, or the part that the command line names, with the folder that it names.

    Args:
        main: runs all parts and writes the results.
        parts: part by name.
        default_folder: name of the folder below the system's folder for temporary files, where none is named.
    """
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir()) / default_folder
    if len(sys.argv) > 2:
        folder.mkdir(parents=True, exist_ok=True)
        print(json.dumps(parts[sys.argv[2]](folder)))
    else:
        main(folder)


def write_results(path: Path, measured: Mapping[str, Any]) -> None:
    """Write what was measured, with the machine and its load at the end."""
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "python": sys.version}
    write_json(path, {"measured": measured, "machine": machine, "load_average": os.getloadavg()})


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory_mb() -> dict[str, float]:
    """Return resident, peak and private memory of this process in MB of 10⁶ bytes (Linux)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    names = {"peak": "VmHWM", "resident": "VmRSS", "private": "RssAnon"}
    return {name: int(lines[key].split()[0]) * 1024 / 1e6 for name, key in names.items()}
