"""`nasbench predict evaluate`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from nasbench_pytorch.cli.predict.learning import LearningArguments, LearningData
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines

_USUAL_TEST_CELLS = 10_000


@dataclass(frozen=True)
class _Evaluate:
    learning: Annotated[LearningArguments, tyro.conf.arg(name="")] = field(default_factory=LearningArguments)
    test_cells: str | None = None
    """Number of test cells, drawn from the split's test part, or all. By default 10,000, or all if there are fewer."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def evaluate(arguments: list[str]) -> None:
    """Fit a predictor to one part of a table and judge it on another; the last line is Kendall's τ."""
    about = "Learn from one part of a table, predict another, and compare the ranks. Prints Kendall's τ last."
    parsed = parse(_Evaluate, arguments, "nasbench predict evaluate", about)
    check_json_path(parsed.json)
    test_cells = None if parsed.test_cells in (None, "all") else _whole_number(parsed.test_cells)
    from nasbench_pytorch.predictors.by_name import make_predictor
    from nasbench_pytorch.predictors.evaluation import evaluate_predictor

    chosen = parsed.learning
    data = LearningData.read(chosen)
    split = data.split(chosen, test_cells)
    if parsed.test_cells is None and len(split.test) > _USUAL_TEST_CELLS:
        split = data.split(chosen, _USUAL_TEST_CELLS)
    result = evaluate_predictor(make_predictor(chosen.model, chosen.seed), data.space, data.values, split, data.columns)
    facts = data.facts(chosen)
    if write_result(parsed.json, {**facts, **dataclasses.asdict(result)}):
        return
    origin = f" ({facts['origin']})" if "origin" in facts else ""
    left_out = facts["cells_left_out"]
    print_lines(
        f"target      {data.metric} at {counted(data.epochs, 'epoch')} of {facts['table']}{origin}",
        f"split       {chosen.split}, seed {chosen.seed}: {counted(result.train_cells, 'cell')} to learn from, "
        f"{result.test_cells:,} to test",
        *([f"left out    {counted(left_out, 'cell')} without a value or a score"] if left_out else []),
        f"model       {chosen.model}, fitted in {result.fit_s:.1f} s, predicted in {result.predict_s:.1f} s",
        f"error       {result.mean_absolute_error:.5f} (mean absolute)",
        f"top 1 %     {result.top_precision:.3f} of those predicted are among them",
        f"Spearman    {result.spearman:.4f}",
        f"Kendall     {result.kendall:.4f}",
    )


def _whole_number(text: str) -> int:
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise InputError(f"--test-cells must be a whole number or all, got '{text[:40]}'") from None
