"""The order of work in a ledger."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from nasbench_pytorch.campaign.trials import Trial, trial_parts, trial_seed


class Place(NamedTuple):
    """Where a trial stands in the order of work: lower layers first, in them lower ranks (minus the cost)."""

    layer: int
    rank: float
    number: int


BEGINNING = Place(-1, 0.0, -1)


def pending_trials(
    connection: sqlite3.Connection, campaign_seed: int, after: Place, limit: int
) -> list[tuple[Place, Trial]]:
    """The next pending trials after a place, at most `limit` of them."""
    rows = connection.execute(
        "SELECT layer, rank, trials.number, hash, adjacency, operations FROM trials "
        "JOIN cells ON cells.number = trials.number >> 32 "
        "WHERE state = 0 AND (layer, rank, trials.number) > (?, ?, ?) "
        "ORDER BY layer, rank, trials.number LIMIT ?",
        (*after, limit),
    )
    return [(Place(*row[:3]), _trial(campaign_seed, *row[2:])) for row in rows]


def _trial(campaign_seed: int, number: int, module_hash: str, adjacency: str, operations: str) -> Trial:
    _, epochs, repeat = trial_parts(number)
    seed = trial_seed(campaign_seed, module_hash, epochs, repeat)
    return Trial(number, module_hash, adjacency, operations, epochs, repeat, seed)
