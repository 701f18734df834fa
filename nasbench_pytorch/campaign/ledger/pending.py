"""Pending trials of a ledger, in the order of work."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from nasbench_pytorch.campaign.trials import CELL_SHIFT, Trial, TrialState, trial_parts, trial_seed


class PendingPosition(NamedTuple):
    """Position in the order of work: by layer, then by rank (minus the cost), then by number."""

    layer: int
    rank: float
    number: int


BEGINNING = PendingPosition(-1, 0.0, -1)
"""Position before the first trial."""

# The state and the shift are part of the text: the partial index of pending trials fits no parameter.
_QUERY = (
    "SELECT layer, rank, trials.number, hash, adjacency, operations FROM trials "
    f"JOIN cells ON cells.number = trials.number >> {CELL_SHIFT} "
    f"WHERE state = {TrialState.PENDING.code} AND (layer, rank, trials.number) > (?, ?, ?) "
    "ORDER BY layer, rank, trials.number LIMIT ?"
)


def pending_trials(
    connection: sqlite3.Connection, campaign_seed: int, after: PendingPosition, limit: int
) -> list[tuple[PendingPosition, Trial]]:
    """Return the next pending trials after a position, at most `limit` of them."""
    rows = connection.execute(_QUERY, (*after, limit))
    return [(PendingPosition(*row[:3]), _trial(campaign_seed, *row[2:])) for row in rows]


def _trial(campaign_seed: int, number: int, module_hash: str, adjacency: str, operations: str) -> Trial:
    _, epochs, repeat = trial_parts(number)
    seed = trial_seed(campaign_seed, module_hash, epochs, repeat)
    return Trial(number, module_hash, adjacency, operations, epochs, repeat, seed)
