"""Run parts, each in a process with a deadline; those that measure speed one after the other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.gpu_checks.parts import Part
    from benchmarks.gpu_checks.settings import Settings

ROOT = Path(__file__).parents[2]
LINES_OF_OUTPUT = 15


def run_parts(
    parts: Sequence[Part], settings: Settings, budget_s: float, finished: Callable[[str, dict[str, Any]], None]
) -> None:
    """Run `parts` within `budget_s`; call `finished` with name and result after each.

    A result has `status` (complete, failed, stopped, left out), `seconds`, `allowed_s`, `results`, `failures`,
    `left_out`, and after a failure the last lines of `output`. A part that fails, is killed, or hangs until its
    deadline keeps what it had found, and does not touch the others.
    """
    ends_s = time.monotonic() + budget_s
    groups = _groups(parts)
    for number, group in enumerate(groups):
        left_s = ends_s - time.monotonic()
        allowed_s = left_s * _share(group) / sum(map(_share, groups[number:]))
        threads = max(1, (os.cpu_count() or 1) // len(group))
        with ThreadPoolExecutor(len(group)) as pool:
            running = {}
            for part in group:
                if allowed_s < part.least_s:
                    reason = f"needs {part.least_s:.0f} s, and {max(0.0, allowed_s):.0f} s were left for it"
                    finished(part.name, _result("left out", 0.0, allowed_s, {"left_out": {"the whole part": reason}}))
                else:
                    running[pool.submit(_run, part, settings, allowed_s, threads)] = part.name
            for future in as_completed(running):
                finished(running[future], future.result())


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts in their order, those together that may run at the same time."""
    groups: list[list[Part]] = []
    for part in parts:
        if groups and not part.timed and not groups[-1][0].timed:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _share(group: list[Part]) -> float:
    return max(part.share for part in group)


def _run(part: Part, settings: Settings, allowed_s: float, threads: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        found, log = Path(folder, "found.json"), Path(folder, "log")
        command = [sys.executable, "-m", "benchmarks.gpu_checks.child", part.module, "--settings", settings.to_json()]
        command += ["--limit-s", str(allowed_s), "--result", str(found)]
        began_s = time.monotonic()
        with log.open("wb") as stream:
            code = _wait(command, stream, allowed_s, threads)
        seconds = time.monotonic() - began_s
        content = json.loads(found.read_text()) if found.exists() else {}
        if code is None:
            stopped = f"stopped after {allowed_s:.0f} s; what is not in the results was not reached"
            content.setdefault("left_out", {})["the rest"] = stopped
        elif code != 0 and not content.get("failures"):
            content["failures"] = {"the part itself": f"its process ended with code {code}"}
        status = "failed" if content.get("failures") else "stopped" if code is None else "complete"
        result = _result(status, seconds, allowed_s, content)
        if status != "complete":
            # Paths from the repository's root: the file may be published.
            result["output"] = log.read_text(errors="replace").replace(f"{ROOT}/", "").splitlines()[-LINES_OF_OUTPUT:]
        return result


def _wait(command: list[str], stream: Any, allowed_s: float, threads: int) -> int | None:
    """Return the exit code, or None if the process, with all that it started, was killed at the deadline."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
    environment["OMP_NUM_THREADS"] = str(threads)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,
        start_new_session=True,
    )
    try:
        return process.wait(allowed_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also after a normal end: nothing that a part started may go on measuring beside the next one.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _result(status: str, seconds: float, allowed_s: float, content: dict[str, Any]) -> dict[str, Any]:
    found = {kind: content.get(kind, {}) for kind in ("results", "failures", "left_out")}
    return {"status": status, "seconds": round(seconds, 1), "allowed_s": round(max(0.0, allowed_s), 1), **found}
