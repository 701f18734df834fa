"""Draw the pictures of the README: `python docs/draw_images.py`.

The cover shows a cell and the training of docs/results/first-run.md, from the numbers kept beside that page. The sheet
shows eight cells of NAS-Bench-101, drawn at random, in two rows, so that it can be read at the README's width.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from nasbench_pytorch.plots.cells import draw_cell, draw_contact_sheet
from nasbench_pytorch.plots.curve import draw_training_curve
from nasbench_pytorch.space import count_parameters, named_cell
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.space.sampling import sample_distinct

DOCS = Path(__file__).parent
IMAGES = DOCS / "images"
WIDTH = 2000
GAP = 60
SHEET_SEED = 12


def main() -> None:
    """Draw the pictures into docs/images."""
    with tempfile.TemporaryDirectory() as folder:
        cell, curve = Path(folder) / "cell.png", Path(folder) / "curve.png"
        _draw_cell(cell)
        _draw_curve(curve)
        _beside(cell, curve, IMAGES / "cover.png")
    _draw_sheet(IMAGES / "contact-sheet.png")


def _draw_cell(path: Path) -> None:
    named = named_cell("inception")
    cell = named.spec.pruned()
    channels = compute_vertex_channels(128, 128, cell.matrix)
    title = f"Inception-like cell, {count_parameters(named.spec) / 1e6:.1f} M parameters"
    draw_cell(path, cell.matrix, cell.ops, channels=channels, title=title)


def _draw_curve(path: Path) -> None:
    lines = (DOCS / "results" / "first-run-history.jsonl").read_text(encoding="utf-8").splitlines()
    result = json.loads((DOCS / "results" / "first-run.json").read_text(encoding="utf-8"))
    draw_training_curve(path, [json.loads(line) for line in lines], result["evaluations"], "4 epochs of CIFAR-10")


def _beside(left: Path, right: Path, out: Path) -> None:
    """Put two pictures beside each other, both of one height, on white."""
    pictures = [Image.open(io.BytesIO(path.read_bytes())).convert("RGB") for path in (left, right)]
    ratio = sum(picture.width / picture.height for picture in pictures)
    height = round((WIDTH - GAP) / ratio)
    scaled = [picture.resize((round(picture.width * height / picture.height), height)) for picture in pictures]
    cover = Image.new("RGB", (sum(picture.width for picture in scaled) + GAP, height), "white")
    cover.paste(scaled[0], (0, 0))
    cover.paste(scaled[1], (scaled[0].width + GAP, 0))
    cover.save(out, optimize=True)


def _draw_sheet(path: Path) -> None:
    space = nasbench101_space()
    specs = sample_distinct(space, 8, np.random.default_rng(SHEET_SEED))
    cells = [spec.pruned() for spec in specs]
    titles = [spec.hash_spec()[:8] for spec in specs]
    draw_contact_sheet(path, [(cell.matrix, cell.ops) for cell in cells], columns=4, titles=titles)


if __name__ == "__main__":
    main()
