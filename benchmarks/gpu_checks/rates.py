"""Five cells, in every precision and way to step, beside nasbench-pytorch 1.3.1 in alternating turns.

In float32, 1.3.1 computes in float32 as well. In tf32 and bfloat16 it stands beside them as shipped, which on a card
means tf32 in convolutions, torch's default. Both sides keep no memory between their turns.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.chosen_cells import five_cells
from benchmarks.gpu_checks.findings import first_line
from benchmarks.gpu_checks.sides import build_own, build_predecessor, own_worker, predecessor_worker, turn
from benchmarks.ways_to_step import WAYS
from nasbench_pytorch.space import named_cell

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings
    from benchmarks.gpu_checks.settings import Settings
    from benchmarks.worker import Worker
    from nasbench_pytorch.space import ModelSpec

NAMED = ("inception", "best", "smallest")
REPEATS = 3
Combination = tuple[str, str, str]
"""Cell, precision and way."""


def run(findings: Findings) -> None:
    """Measure combinations in order of importance, for as long as there is time."""
    settings = findings.settings
    cells = _cells(findings)
    if settings.predecessor is None:
        findings.leave_out("1.3.1", "it was not given (--predecessor PATH)")
    if not settings.on_card:
        findings.leave_out("graph", "CUDA graphs need a CUDA device")
        findings.leave_out("memory", "on a CPU the peak of a process includes the networks before")
    with contextlib.ExitStack() as stack:
        sides = _Sides(findings, stack)
        longest_s: dict[str, float] = {}
        for combination in combinations(list(cells), settings):
            cell, precision, way = combination
            name = f"{cell}, {precision}, {way}"
            expected_s = longest_s.get("compile" if way == "compile" else "other", 1.0)
            if findings.remaining_s() < 1.2 * expected_s:
                findings.leave_out(name, f"takes about {expected_s:.0f} s, {findings.remaining_s():.0f} s are left")
                continue
            before_s = findings.remaining_s()
            try:
                findings.add(name, _measure(sides, cells[cell], precision, way))
            except RuntimeError as error:  # the worker failed, died or hung; the next combination gets new ones
                findings.leave_out(name, _reason(error))
                sides.replace_all()
            kind = "compile" if way == "compile" else "other"
            longest_s[kind] = max(longest_s.get(kind, 0.0), before_s - findings.remaining_s())


def combinations(cells: list[str], settings: Settings) -> Iterator[Combination]:
    """Yield what to measure: the first cell whole, then the other ways of all cells; compilation takes longest."""
    ways = [way for way in WAYS if settings.on_card or way != "graph"]
    quick = [way for way in ways if way != "compile"]
    precisions = settings.precisions
    first = [(cells[0], precision, way) for way in quick for precision in precisions]
    first += [(cells[0], precision, "compile") for precision in precisions]
    rest = [(cell, precision, way) for way in quick for cell in cells[1:] for precision in precisions]
    rest += [(cell, precision, "compile") for cell in cells[1:] for precision in precisions]
    if settings.tiny:  # one compilation shows that it works
        rest = [combination for combination in rest if combination[2] != "compile"]
        first = [combination for combination in first if combination[1:] != (precisions[0], "compile")]
    yield from first + rest


def _cells(findings: Findings) -> dict[str, ModelSpec]:
    """Return the five cells, the Inception-like one first; only named ones where the space cannot be enumerated."""
    try:
        cells = five_cells()
    except Exception as error:  # for instance a machine without numba
        findings.leave_out("cells median and pooling", f"the space was not enumerated: {first_line(error)}")
        return {name: named_cell(name).spec for name in NAMED}
    return {"inception": cells.pop("inception"), **cells}


class _Sides:
    """The workers of both sides, started when they are first asked for."""

    def __init__(self, findings: Findings, stack: contextlib.ExitStack) -> None:
        self.findings, self._stack = findings, stack
        self._own: Worker | None = None
        self._predecessor: Worker | None = None
        self._built: tuple[int, bool] | None = None

    def own(self) -> Worker:
        if self._own is None:
            self._own = self._stack.enter_context(own_worker(self.findings.remaining_s()))
        return self._own

    def predecessor(self, spec: ModelSpec, tf32: bool) -> Worker | None:
        """Return 1.3.1 with the cell's network, or None without 1.3.1."""
        settings = self.findings.settings
        if settings.predecessor is None:
            return None
        if self._predecessor is None:
            self._predecessor = self._stack.enter_context(predecessor_worker(settings, self.findings.remaining_s()))
        if self._built != (id(spec), tf32):
            build_predecessor(self._predecessor, settings, spec, tf32)
            self._built = id(spec), tf32
        return self._predecessor

    def replace_all(self) -> None:
        self._stack.close()
        self._own = self._predecessor = self._built = None


def _measure(sides: _Sides, spec: ModelSpec, precision: str, way: str) -> dict[str, Any]:
    settings = sides.findings.settings
    own, other = sides.own(), sides.predecessor(spec, tf32=precision != "float32")
    build_own(own, settings, spec, precision, way=way)
    workers = [own] if other is None else [own, other]
    turn_s = 0.02 if settings.tiny else 0.3
    counts = {id(worker): max(1, round(turn_s / turn(worker, 1))) for worker in workers}
    rates: dict[int, list[float]] = {id(worker): [] for worker in workers}
    for repeat in range(REPEATS):
        for worker in workers[:: -1 if repeat % 2 else 1]:
            count = counts[id(worker)]
            rates[id(worker)].append(count * settings.batch_size / turn(worker, count))
    found: dict[str, Any] = {"images_per_s": round(statistics.median(rates[id(own)]), 1)}
    if settings.on_card:
        found["peak_memory_bytes"] = own.ask("peak_memory_bytes")
    if other is not None:
        found["predecessor_images_per_s"] = round(statistics.median(rates[id(other)]), 1)
        ratios = [ours / theirs for ours, theirs in zip(rates[id(own)], rates[id(other)], strict=True)]
        found["times_the_predecessor"] = round(statistics.median(ratios), 3)
        if settings.on_card:
            found["predecessor_peak_memory_bytes"] = other.ask("peak_memory_bytes")
    if way == "graph":
        found["difference_from_eager"] = own.ask("difference_from_eager")
    own.ask("give_memory_back")
    return found


def _reason(error: RuntimeError) -> str:
    """Return the last line of a worker's traceback, which names the error."""
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith(" ")]
    return (lines or [str(error)])[-1][:400]
