"""The files in the folder of a search, and what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import read_limited
from nasbench_pytorch.search.description import checked_description
from nasbench_pytorch.search.saving.runs_file import read_runs
from nasbench_pytorch.shapes import parse_json

if TYPE_CHECKING:
    from nasbench_pytorch.search.history import History

ABOUT_FILE = "search.json"
"""What the search is; a folder with this file is the folder of a search."""

RUNS_FILE = "runs.arrow"
"""The finished runs; while the search goes on, some are in files `part-….arrow`."""

PARTS = "part-*.arrow"
"""Pattern of these files."""

_LARGEST_ABOUT_BYTES = 1 << 22


def searches_in(folder: Path) -> list[Path]:
    """Return the folder itself if it holds a search, else its folders that do, sorted by name."""
    if (folder / ABOUT_FILE).is_file():
        return [folder]
    return sorted(file.parent for file in folder.glob(f"*/{ABOUT_FILE}"))


def check_no_search(folder: Path, content: str) -> None:
    """Refuse to write something else into the folder of a search, whose files it could replace.

    Args:
        folder: the folder, which need not exist.
        content: what shall be written, such as `the report`.

    Raises:
        InputError: the folder holds a search.
    """
    if (folder / ABOUT_FILE).exists():
        raise InputError(f"{folder} holds the runs of a search; name another folder for {content}")


def read_about(path: Path) -> dict[str, Any]:
    """Return the description of the search in a folder.

    Raises:
        InputError: the folder holds no search, or its description is damaged.
    """
    file = path / ABOUT_FILE
    if not file.is_file():
        raise InputError(f"{path}: no search here ({ABOUT_FILE} is missing); name a folder of nasbench search run")
    try:
        return checked_description(parse_json(read_limited(file, _LARGEST_ABOUT_BYTES, "the description"), "it"))
    except InputError as error:
        raise InputError(
            f"{file}: not the description of a search, or damaged ({error}); remove the folder {path}, and run the "
            "search again"
        ) from None


def read_folder(path: Path) -> tuple[dict[int, History], dict[str, Any]]:
    """Return the finished runs in a folder by number, and the description of the search.

    Raises:
        InputError: the folder holds no search, or a file is damaged.
    """
    about = read_about(path)
    runs: dict[int, History] = {}
    for file in (*sorted(path.glob(PARTS)), path / RUNS_FILE):
        if file.exists():
            found, described = read_runs(file)
            _check_runs(found, about, file)
            if {**described, "table": about.get("table")} != {**about, "table": about.get("table")}:
                raise InputError(
                    f"{file} has the runs of another search than {ABOUT_FILE} describes; run the search again into a "
                    "new folder"
                )
            runs |= found
    return dict(sorted(runs.items())), about


def _check_runs(runs: Mapping[int, History], about: Mapping[str, Any], file: Path) -> None:
    """Refuse runs that the search of a description cannot have made.

    Raises:
        InputError: an evaluation has other epochs than the search.
    """
    for number, history in runs.items():
        others = set(history.epochs.tolist()) - set(about["epochs"])
        if others:
            raise InputError(
                f"{file}: run {number} has evaluations of {min(others)} epochs, which {ABOUT_FILE} lacks; run the "
                "search again into a new folder"
            )
