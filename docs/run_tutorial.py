"""Run docs/tutorial.ipynb and keep its outputs: `python docs/run_tutorial.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

import nasbench_pytorch

TUTORIAL = Path(__file__).parent / "tutorial.ipynb"
PACKAGE = Path(nasbench_pytorch.__file__).parent
DEADLINE_S = 600
"""Time that a cell of the notebook has."""

_PLAIN = ("text/plain", "text/html", "image/png", "image/svg+xml")


def run_tutorial(folder: Path) -> Any:
    """Return the notebook with the outputs of a run.

    Args:
        folder: the working folder of the run.
    """
    notebook = nbformat.read(TUTORIAL, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=DEADLINE_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)})
    return notebook


def without_traces(notebook: Any) -> Any:
    """Remove what differs from run to run without meaning: times, identifiers of widgets, versions, folders."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for name in [name for name in data if name not in _PLAIN]:
                del data[name]
            if "text/plain" in data:
                data["text/plain"] = data["text/plain"].replace(str(PACKAGE), PACKAGE.name)
    return notebook


if __name__ == "__main__":
    nbformat.write(without_traces(run_tutorial(TUTORIAL.parent)), TUTORIAL)
