"""Five cells, in every precision and way to step, beside nasbench-pytorch 1.3.1 in alternating turns.

In float32, 1.3.1 computes in float32 as well. In tf32 and bfloat16 it stands beside them as shipped, which on a card
means tf32 in convolutions, torch's default. Both sides keep no memory between their turns.
"""

from __future__ import annotations

import contextlib
import statistics
from typing import TYPE_CHECKING, Any

from benchmarks.chosen_cells import five_cells
from benchmarks.gpu_checks.findings import first_line, keep_worker_error
from benchmarks.gpu_checks.sides import build_own, build_predecessor, own_worker, predecessor_worker, turn
from nasbench_pytorch.space import named_cell

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings
    from benchmarks.gpu_checks.settings import Settings
    from benchmarks.worker import Worker
    from nasbench_pytorch.space import ModelSpec

NAMED = ("inception", "best", "smallest")
REPEATS = 3
REPLAY_LIMIT = 0.05
"""Of the difference between a replayed and an eager step, as a share of the step. Both run the same kernels, but some
add in any order; a capture that lacks a part of the step differs by about 1."""
COMPILATION_S = 25.0
"""Expected of the first compilation."""
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
        last_s = {"compile": 0.0 if settings.tiny else COMPILATION_S, "other": 0.0}
        for combination in combinations(list(cells), settings):
            cell, _, way = combination
            name = ", ".join(combination)
            kind = "compile" if way == "compile" else "other"
            expected_s = 1.5 * last_s[kind]
            if findings.remaining_s() < max(1.0, expected_s):
                findings.leave_out(name, f"takes about {expected_s:.0f} s, {findings.remaining_s():.0f} s are left")
                continue
            before_s = findings.remaining_s()
            try:
                findings.add(name, _measure(sides, name, cells[cell]))
            except RuntimeError as error:  # the worker failed, died or hung; the next combination gets new ones
                keep_worker_error(findings, name, error)
                sides.replace_all()
            last_s[kind] = before_s - findings.remaining_s()


def combinations(cells: list[str], settings: Settings) -> list[Combination]:
    """Return what to measure, the most important first: the first cell, then what `run_training` could do."""

    def each(which: list[str], *ways: str) -> list[Combination]:
        return [(cell, precision, way) for way in ways for cell in which for precision in settings.precisions]

    first, others = cells[:1], cells[1:]
    wanted = [
        *each(first, "channels-last", "graph", "eager"),
        *each(first, "compile")[:1],
        *each(others, "channels-last", "graph"),
        *each(first, "compile")[1:],
        *each(others, "eager"),
        *each(others, "compile"),
    ]
    if not settings.on_card:
        wanted = [combination for combination in wanted if combination[2] != "graph"]
    if settings.tiny:  # one compilation shows that it works
        compiled = each(first, "compile")[:1]
        wanted = [combination for combination in wanted if combination[2] != "compile" or combination in compiled]
    return wanted


def _cells(findings: Findings) -> dict[str, ModelSpec]:
    """Return the five cells, the Inception-like one first; only named ones where the space cannot be enumerated."""
    try:
        cells = five_cells()
    except Exception as error:  # for instance a machine without numba
        findings.leave_out("cells median and pooling", f"the space was not enumerated: {first_line(error)}")
        return {name: named_cell(name).spec for name in NAMED}
    cells = {"inception": cells.pop("inception"), **cells}
    return dict(list(cells.items())[:2]) if findings.settings.tiny else cells


class _Sides:
    """The workers of both sides, started when they are first asked for."""

    def __init__(self, findings: Findings, stack: contextlib.ExitStack) -> None:
        self.findings, self._stack = findings, stack
        self._own: Worker | None = None
        self._predecessor: Worker | None = None
        self._built: tuple[int, bool] | None = None

    def own(self) -> Worker:
        if self._own is None:
            self._own = self._stack.enter_context(own_worker())
        return self._own

    def predecessor(self, name: str, spec: ModelSpec, tf32: bool) -> Worker | None:
        """Return 1.3.1 with the cell's network; None without 1.3.1, or where it fails."""
        settings = self.findings.settings
        if settings.predecessor is None:
            return None
        try:
            if self._predecessor is None:
                self._predecessor = self._stack.enter_context(predecessor_worker(settings))
            if self._built != (id(spec), tf32):
                self._built = None
                build_predecessor(self._predecessor, settings, spec, tf32)
                self._built = id(spec), tf32
        except RuntimeError as error:
            keep_worker_error(self.findings, f"{name}: 1.3.1", error)
            self._predecessor = None
        return self._predecessor

    def replace_all(self) -> None:
        self._stack.close()
        self._own = self._predecessor = self._built = None


def _measure(sides: _Sides, name: str, spec: ModelSpec) -> dict[str, Any]:
    _, precision, way = name.split(", ")
    settings = sides.findings.settings
    own, other = sides.own(), sides.predecessor(name, spec, tf32=precision != "float32")
    build_own(own, settings, spec, precision, way=way)
    if way == "graph":  # now, since weights may become NaN in a long measurement on one batch
        sides.findings.check(f"{name}: change beside an eager step's", own.ask("replay_difference"), REPLAY_LIMIT)
    workers = [own] if other is None else [own, other]
    turn_s = 0.02 if settings.tiny else 0.2
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
    own.ask("give_memory_back")
    return found
