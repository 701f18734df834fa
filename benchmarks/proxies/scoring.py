"""What the scripts that score many cells share: their command line, and scoring in pieces."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.progress import progress_bar
from nasbench_pytorch.proxies import ScoringSettings, score_cells

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.batch import Batch
    from nasbench_pytorch.space.spec import ModelSpec


def chosen_parts(folder: str, parts: Collection[str]) -> tuple[Path, list[str], str]:
    """Return the folder, the parts and the device that the command line names; all parts if it names none.

    Args:
        folder: what the folder holds, for the help.
        parts: the parts that there are.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help=folder)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all if omitted: {', '.join(parts)}")
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in parts]:
        parser.error(f"unknown part {unknown[0]}; there are: {', '.join(parts)}")
    return chosen.folder, chosen.parts or list(parts), chosen.device


def score_in_pieces(
    cells: Sequence[ModelSpec],
    proxies: Sequence[str],
    batches: Mapping[int, Batch],
    out: Path,
    settings: ScoringSettings,
    *,
    device: str,
    piece: int,
) -> None:
    """Score cells into a file that is rewritten after every `piece` cells, so that a killed run leaves a whole one."""
    for stop in range(piece, len(cells) + piece, piece):
        with progress_bar(out.name, in_bytes=False) as progress:
            report = score_cells(cells[:stop], proxies, batches, out, settings, device=device, progress=progress)
        if report.scored:
            print(f"{out.name}: {len(report.table.scores)} of {len(cells)}", flush=True)
