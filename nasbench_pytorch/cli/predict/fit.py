"""`nasbench predict fit`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from nasbench_pytorch.cli.predict.learning import LearningArguments, LearningData
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, file_facts, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import known_suffix
from nasbench_pytorch.printable import print_lines, size_text


@dataclass(frozen=True)
class _Fit:
    out: Path
    """File to write: .safetensors. It holds the cells, their accuracies and the settings, never code."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""
    learning: Annotated[LearningArguments, tyro.conf.arg(name="")] = field(default_factory=LearningArguments)


def fit(arguments: list[str]) -> None:
    """Learn from cells of a table and write the predictor."""
    about = "Learn from cells of a table, and write a predictor for nasbench predict apply."
    parsed = parse(_Fit, arguments, "nasbench predict fit", about)
    check_json_path(parsed.json)
    known_suffix(parsed.out, (".safetensors",))
    if not parsed.out.parent.is_dir():
        raise InputError(f"{parsed.out.parent}: no such folder for --out; make it first")
    from nasbench_pytorch.predictors import encode_rows
    from nasbench_pytorch.predictors.by_name import make_predictor
    from nasbench_pytorch.predictors.saved import save_predictor

    chosen = parsed.learning
    data = LearningData.read(chosen)
    rows = data.split(chosen, None).train
    cells = encode_rows(data.space, rows).with_columns({name: values[rows] for name, values in data.columns.items()})
    predictor = make_predictor(chosen.model, chosen.seed)
    predictor.fit(cells, data.values[rows])  # refuses what `apply` could not learn from
    save_predictor(parsed.out, predictor, cells, data.values[rows], data.facts(chosen))
    facts = {**file_facts(parsed.out), "model": chosen.model, "cells": len(rows)}
    if write_result(parsed.json, facts):
        return
    print_lines(
        f"{parsed.out}: {chosen.model} of {counted(len(rows), 'cell')}, {size_text(parsed.out.stat().st_size)}",
        f"predict with: nasbench predict apply {parsed.out}",
    )
