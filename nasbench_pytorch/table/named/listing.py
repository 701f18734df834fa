"""Descriptions of the named tables, for `nasbench table list`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pytorch import folders
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.named.folder import imported
from nasbench_pytorch.table.named.registry import NAMED_TABLES, default_name, table_names
from nasbench_pytorch.table.storage.table_file import TableFile


@dataclass(frozen=True)
class ListedTable:
    """A table with a name, as it is on this machine.

    Attributes:
        name: its name.
        about: what it is, in one line.
        origins: field → where its values come from; empty where its author alone knows.
        cells: number of cells.
        epochs: budgets, ascending.
        repeats: trainings of each cell at each budget, at most.
        size_bytes: size of its file; roughly, where it is not here.
        state: `here`, `built at the first use`, `not here` or `damaged`.
        path: its file; None if there is none.
        how_to_get: what to do where it is not here or damaged; empty where it is.
        is_default: whether it answers where no table is named.
    """

    name: str
    about: str
    origins: Mapping[str, str]
    cells: int
    epochs: tuple[int, ...]
    repeats: int
    size_bytes: int
    state: str
    path: Path | None
    how_to_get: str
    is_default: bool


def list_tables() -> list[ListedTable]:
    """Return every table that has a name, those of the user's folder last."""
    default = folders.default_table() or default_name()
    return [(_known if name in NAMED_TABLES else _of_user)(name, name == default) for name in table_names()]


def _known(name: str, is_default: bool) -> ListedTable:
    table = NAMED_TABLES[name]
    path = table.find()
    state, size_bytes, remedy = "not here", table.size_bytes, table.how_to_get
    if path is not None:
        state, size_bytes = "here", path.stat().st_size
        remedy = ""
        if reason := _damage(path):
            state, remedy = "damaged", f"{reason}; make it again with: {table.how_to_get}"
    elif table.can_be_built():
        state, remedy = "built at the first use", ""
    return ListedTable(
        name,
        table.about,
        table.origins,
        table.cells,
        table.epochs,
        table.repeats,
        size_bytes,
        state,
        path,
        remedy,
        is_default,
    )


def _of_user(name: str, is_default: bool) -> ListedTable:
    path = imported(name)
    assert path is not None, "the name comes from the folder"
    size_bytes = path.stat().st_size
    try:
        table = TableFile(path)
    except (InputError, OSError) as error:
        return ListedTable(name, "", {}, 0, (), 0, size_bytes, "damaged", path, f"{error}", is_default)
    metadata = table.metadata
    about = str(metadata.about.get("text", "")) or "imported" + (
        f" from {metadata.source.name}" if metadata.source else ""
    )
    return ListedTable(
        name, about, {}, table.cells, metadata.epochs, metadata.repeats, size_bytes, "here", path, "", is_default
    )


def _damage(path: Path) -> str:
    """Return why a file cannot be used; empty if it can."""
    try:
        TableFile(path)
    except (InputError, OSError) as error:
        return str(error)
    return ""
