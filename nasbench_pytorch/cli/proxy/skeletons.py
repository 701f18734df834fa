"""Refusal of scores and accuracies of different networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton


def check_skeletons(scores: Path, of_scores: Skeleton, table: str, of_table: Skeleton | None) -> None:
    """Refuse scores of another skeleton than a table's.

    Args:
        scores: the score file.
        of_scores: its skeleton.
        table: name of the table.
        of_table: its skeleton; None if unknown, which goes with any.

    Raises:
        InputError: they differ; the message names both.
    """
    if of_table is None or of_scores == of_table:
        return
    from nasbench_pytorch.proxies.settings import skeleton_text

    raise InputError(
        f"{scores} has scores of the skeleton {skeleton_text(of_scores)}, {table} has accuracies of "
        f"{skeleton_text(of_table)}; score with the table's skeleton, or accept the difference with --other-skeleton"
    )
