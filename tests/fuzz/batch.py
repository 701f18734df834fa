"""Read a batch of changed files in this process."""

from __future__ import annotations

import collections
import random
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from nasbench_pytorch.errors import InputError
from tests.fuzz.reader import WrongReadError
from tests.fuzz.readers import READERS

REFUSED, READ, UNCHANGED, WRONG, TRACEBACK, CRASH = (
    "refused in one line", "read", "unchanged", "wrong", "traceback", "crash",
)  # fmt: skip


@dataclass
class Outcome:
    """What became of some inputs.

    Attributes:
        counts: number of inputs by outcome.
        faults: descriptions of the first faults, with the seed of each input.
    """

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add the outcome of other inputs."""
        self.counts.update(other.counts)
        self.faults += other.faults[: 5 - len(self.faults)]


def run_batch(name: str, first_seed: int, inputs: int) -> Outcome:
    """Change a sound file in `inputs` ways and read each result.

    Args:
        name: of a reader in `READERS`.
        first_seed: seed of the first input; the others follow.
        inputs: number of inputs.
    """
    reader, outcome = READERS[name], Outcome()
    with tempfile.TemporaryDirectory() as folder:
        sound = reader.make(Path(folder))
        for seed in range(first_seed, first_seed + inputs):
            changed = reader.change(sound, random.Random(seed))
            path = Path(folder) / f"changed{seed}{reader.ending}"
            path.write_bytes(changed)
            result = UNCHANGED if changed == sound else _read(name, path, seed, outcome)
            outcome.counts[result] += 1
            path.unlink()
            path.with_suffix(".arrow").unlink(missing_ok=True)
    return outcome


def _read(name: str, path: Path, seed: int, outcome: Outcome) -> str:
    try:
        READERS[name].read(path)
    except InputError as error:
        if "\n" not in str(error):
            return REFUSED
        outcome.faults.append(f"{name}, seed {seed}: a refusal of several lines: {error}")
        return TRACEBACK
    except WrongReadError as error:
        outcome.faults.append(f"{name}, seed {seed}: {error}")
        return WRONG
    except Exception:
        outcome.faults.append(f"{name}, seed {seed}: {traceback.format_exc(limit=-3)}")
        return TRACEBACK
    return READ
