"""Report of one training: curve, results, cell, recipe and machine."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.explorer.report.page import page, picture, section, wide
from nasbench_pytorch.explorer.views.cell_texts import as_python
from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup
from nasbench_pytorch.plots.curve import training_figure
from nasbench_pytorch.result_markup import evaluations_table, facts_of_result
from nasbench_pytorch.space.drawing import drawn_cell
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training import read_history, read_run_result
from nasbench_pytorch.training.recipe import Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.records import RunResult


def run_report(folder: str | os.PathLike[str]) -> str:
    """Return the report of a finished run as an HTML document.

    Raises:
        InputError: the folder holds no finished run, or a file in it is damaged.
        MissingExtraError: matplotlib is not installed.
        OSError: a file cannot be read.
    """
    result, history = read_run_result(folder), read_history(folder)
    spec = ModelSpec.from_dict(result.spec)
    about = f"Training of a cell on {result.data['name']}, {result.recipe['epochs']} epochs, seed {result.seed}."
    curve = None
    if history or result.evaluations:
        figure = training_figure(history, [vars(item) for item in result.evaluations])
        curve = section("Curve", picture(figure, "curve", "Loss, learning rate and accuracies by epoch"))
    sections = [
        _notice(result),
        section(
            "Result",
            element("div", wide(evaluations_table(result.evaluations)), facts_of_result(result), class_="beside"),
        ),
        curve,
        section("Cell", element("div", drawn_cell(spec), element("pre", as_python(spec)), class_="beside")),
        section("Recipe", "Values that differ from NAS-Bench-101's are marked.", _recipe(result.recipe)),
        section("Network, data and machine", element("div", *map(_described, _groups(result)), class_="beside")),
    ]
    title = f"{Path(folder).resolve().name}: {result.hash or 'a cell outside of NAS-Bench-101'}"
    return page(title, about, [item for item in sections if item is not None])


def _notice(result: RunResult) -> Markup | None:
    texts = {
        "truncated": "Stopped by its time limit before the end of its schedule: not a complete training.",
        "failed": f"The loss became NaN in each of {result.attempts} attempts: there is no trained network.",
    }
    return element("p", texts[result.status], class_="notice") if result.status in texts else None


def _recipe(recipe: dict[str, Any]) -> Markup:
    standard = Recipe().to_dict()
    rows = []
    for field in fields(Recipe):
        name = field.name
        value, usual = recipe.get(name, standard[name]), standard[name]
        differs = value != usual and name != "epochs"
        shown = element("strong", str(value)) if differs else str(value)
        rows.append([name, shown, f"NAS-Bench-101: {usual}" if differs else ""])
    return wide(table_markup(["field", "value", ""], rows, left=(0, 1, 2)))


def _groups(result: RunResult) -> list[tuple[str, dict[str, Any]]]:
    return [("network", result.skeleton), ("data", result.data), ("machine", result.environment)]


def _described(group: tuple[str, dict[str, Any]]) -> Markup:
    name, values = group
    return element("div", element("h3", name), facts_markup({key: _text(value) for key, value in values.items()}))


def _text(value: Any) -> str:
    return ", ".join(f"{key} {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
