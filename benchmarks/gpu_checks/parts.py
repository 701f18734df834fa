"""The parts in order of importance, with their shares of the time."""

from __future__ import annotations

from dataclasses import dataclass

FOLDER = "benchmarks.gpu_checks"


@dataclass(frozen=True)
class Part:
    """One part of the checks.

    Attributes:
        name: its name in results and on the command line.
        module: module with its function `run(findings)`.
        share: weight of its time. A part may use its weight's fraction of the time that is left for it and the parts
            after it, so time that a part does not need goes to the later ones.
        least_s: with less time the part does not begin.
        timed: whether it measures speed, and so must have the machine to itself. Parts that do not, and that follow
            each other, run at the same time; the largest of their weights counts.
    """

    name: str
    module: str
    share: float
    least_s: float = 5.0
    timed: bool = True


PARTS = (
    Part("machine", f"{FOLDER}.machine", 4),
    Part("tests", f"{FOLDER}.marked_tests", 36, 15, timed=False),
    Part("golden", f"{FOLDER}.golden", 36, 10, timed=False),
    Part("first-step", f"{FOLDER}.first_step", 36, 10, timed=False),
    Part("shards", f"{FOLDER}.shards", 36, 10, timed=False),
    Part("resume", f"{FOLDER}.resume", 36, 10, timed=False),
    Part("shard-cost", f"{FOLDER}.shard_cost", 5, 10),
    Part("projection", f"{FOLDER}.projection", 20, 20),
    Part("rates", f"{FOLDER}.rates", 36, 20),
    Part("at-once", f"{FOLDER}.at_once", 14, 20),
)
