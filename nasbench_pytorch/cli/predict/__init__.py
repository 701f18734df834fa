"""`nasbench predict`: the subcommands for models that predict accuracies."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "fit": ("predict.fit:fit", "learn from cells of a table and write the predictor"),
    "evaluate": ("predict.evaluate:evaluate", "learn from one part of a table and rank another"),
    "apply": ("predict.apply:apply", "predict cells with a written predictor"),
}

_ABOUT = """\
A predictor learns the accuracies of some cells and predicts those of others. The models are
gaussian_process (the most accurate one for hundreds of cells), boosted_trees, random_forest, graph_network,
path_networks (BANANAS) and ensemble, which combines the first two."""


def main(arguments: list[str]) -> int | None:
    """Run a subcommand."""
    return run_group("predict", COMMANDS, _ABOUT, arguments)
