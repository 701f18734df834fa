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
    """

    name: str
    module: str
    share: float
    least_s: float = 5.0


PARTS = (
    Part("machine", f"{FOLDER}.machine", 4),
    Part("tests", f"{FOLDER}.marked_tests", 28, 15),
    Part("golden", f"{FOLDER}.golden", 16, 10),
    Part("first-step", f"{FOLDER}.first_step", 6, 10),
    Part("shards", f"{FOLDER}.shards", 6, 10),
    Part("resume", f"{FOLDER}.resume", 6, 10),
    Part("projection", f"{FOLDER}.projection", 10, 20),
    Part("rates", f"{FOLDER}.rates", 30, 20),
    Part("at-once", f"{FOLDER}.at_once", 12, 20),
)
