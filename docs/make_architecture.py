"""Draw the package's layers and the imports between them into docs/images/architecture.svg.

Usage:
    python docs/make_architecture.py           writes the picture
    python docs/make_architecture.py --check   exits with 1 if the committed picture is out of date

The picture holds the layers as JSON in its `<metadata>`, which is what `--check` compares with the source.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from dataclasses import asdict
from html import escape, unescape

from package_layers import ROOT, Layer, read_layers

PICTURE = ROOT / "docs" / "images" / "architecture.svg"

# The drawing. Every layer is a box. Its line leaves the box at the right, turns down and has a dot in the row of every
# layer that it imports; a row's dots hang on a line that ends with an arrow at the row's box.

WIDTH, LEFT, BOX_RIGHT, LANE = 880, 8, 552, 23
PACKAGE_HEIGHT, LINE_HEIGHT, GAP, LEGEND_HEIGHT = 52, 18, 10, 50
CHARACTERS = 78  # of a line of a box
WITH_TORCH, WITHOUT_TORCH, MODULES = "#cfe2ff", "#d8f0dc", "#e6e8eb"
INK, FAINT, LEGEND, LINE, LINE_OF_MODULES = "#17212b", "#44525f", "#67727d", "#3f7fd0", "#8a95a1"
SMALL = f'fill="{FAINT}" font-size="12.5"'
STYLE = "@media (prefers-color-scheme: dark) {.legend {fill: #b8c2cc}}"


def draw(layers: list[Layer]) -> str:
    """Return the picture as SVG text."""
    tops, y = [], GAP
    for layer in layers:
        tops.append(y)
        y += _height(layer) + GAP
    lanes = {layer.name: WIDTH - 16 - LANE * index for index, layer in enumerate(layers)}
    rows = {layer.name: top for layer, top in zip(layers, tops, strict=True)}
    lines = [line for layer in layers for line in _import_lines(layer, layers, lanes, rows)]
    boxes = [line for layer in layers for line in _box(layer, rows[layer.name])]
    data = escape(json.dumps([asdict(layer) for layer in layers], ensure_ascii=False))
    title = "Layers of nasbench_pytorch and the imports between them"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + LEGEND_HEIGHT}" width="{WIDTH}" '
            'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif" role="img">',
            f"<title>{title}</title>",
            f"<metadata>{data}</metadata>",
            f"<style>{STYLE}</style>",
            *lines,
            *boxes,
            *_legend(y),
            "</svg>",
            "",
        ]
    )


def _height(layer: Layer) -> int:
    return PACKAGE_HEIGHT if layer.about else 12 + LINE_HEIGHT * len(_module_lines(layer))


def _module_lines(layer: Layer) -> list[str]:
    return textwrap.wrap(layer.name, CHARACTERS)


def _import_lines(layer: Layer, layers: list[Layer], lanes: dict[str, int], rows: dict[str, int]) -> list[str]:
    color, width = (LINE, 2) if layer.about else (LINE_OF_MODULES, 1.3)
    found = []
    if layer.imports:
        lane, leave = lanes[layer.name], rows[layer.name] + _height(layer) // 2 - 8
        lowest = max(_arrive(other, rows) for other in layers if other.name in layer.imports)
        path = f"M{BOX_RIGHT} {leave} H{lane - 6} q6 0 6 6 V{lowest}"
        found.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}"/>')
        found += [
            f'<circle cx="{lane}" cy="{_arrive(other, rows)}" r="4" fill="{color}"/>'
            for other in layers
            if other.name in layer.imports
        ]
    importers = [lanes[other.name] for other in layers if layer.name in other.imports]
    if importers:
        y = _arrive(layer, rows)
        found.insert(
            0, f'<path d="M{max(importers)} {y} H{BOX_RIGHT + 8}" stroke="{LINE_OF_MODULES}" stroke-width="1"/>'
        )
        found.append(f'<path d="M{BOX_RIGHT + 1} {y} l9 -4 v8 z" fill="{LINE_OF_MODULES}"/>')
    return found


def _arrive(layer: Layer, rows: dict[str, int]) -> int:
    return rows[layer.name] + _height(layer) // 2 + 8


def _box(layer: Layer, top: int) -> list[str]:
    height = _height(layer)
    fill = MODULES if not layer.about else WITH_TORCH if layer.imports_torch else WITHOUT_TORCH
    found = [
        f'<rect x="{LEFT}" y="{top}" width="{BOX_RIGHT - LEFT}" height="{height}" rx="6" fill="{fill}" '
        f'stroke="{FAINT}" stroke-width="0.7"/>'
    ]
    if not layer.about:
        lines = enumerate(_module_lines(layer))
        return [*found, *(_text(LEFT + 12, top + 20 + LINE_HEIGHT * row, line) for row, line in lines)]
    parts = "  ·  ".join(f"{part}/" for part in layer.parts)
    return [
        *found,
        _text(LEFT + 12, top + 22, layer.name, f'fill="{INK}" font-size="16" font-weight="600"'),
        _text(BOX_RIGHT - 12, top + 22, parts, f'{SMALL} text-anchor="end"'),
        _text(LEFT + 12, top + 42, layer.about),
    ]


def _text(x: int, y: int, text: str, style: str = SMALL) -> str:
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'


def _legend(top: int) -> list[str]:
    style = f'{SMALL.replace(FAINT, LEGEND)} class="legend"'
    found, x = [], LEFT
    keys = ((WITH_TORCH, "imports torch"), (WITHOUT_TORCH, "imports no torch itself"), (MODULES, "single modules"))
    for fill, text in keys:
        found.append(f'<rect x="{x}" y="{top + 4}" width="14" height="14" rx="3" fill="{fill}" stroke="{FAINT}"/>')
        found.append(_text(x + 20, top + 15, text, style))
        x += 45 + 7 * len(text)
    text = "A dot on a layer's line: the layer imports the row that the dot is in. Imports only lead down."
    return [*found, _text(LEFT, top + 38, text, style)]


def drawn_layers(picture: str) -> object:
    """Return the data that a picture was drawn from; None if it holds none."""
    match = re.search(r"<metadata>(.*?)</metadata>", picture, re.DOTALL)
    return None if match is None else json.loads(unescape(match[1]))


def main(arguments: list[str]) -> int:
    """Write the picture, or compare it with the imports; returns the exit code."""
    layers = read_layers()
    if arguments == ["--check"]:
        known = drawn_layers(PICTURE.read_text(encoding="utf-8")) if PICTURE.exists() else None
        if known == json.loads(json.dumps([asdict(layer) for layer in layers])):
            return 0
        print(f"{PICTURE.relative_to(ROOT)} is out of date; run: python docs/make_architecture.py", file=sys.stderr)
        return 1
    PICTURE.write_text(draw(layers), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
