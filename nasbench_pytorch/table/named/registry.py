"""The tables that every installation knows: one entry for each, with how it is found or built."""

from __future__ import annotations

from pathlib import Path

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import size_text
from nasbench_pytorch.space.cell_rows import NASBENCH101_CELLS
from nasbench_pytorch.suggestions import did_you_mean
from nasbench_pytorch.table.named import built, downloads
from nasbench_pytorch.table.named.folder import can_be_name, imported, imported_names
from nasbench_pytorch.table.named.named_table import NamedTable
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, METRICS
from nasbench_pytorch.table.tfrecord.published import PUBLISHED

BUDGETS = (4, 12, 36, 108)
"""Budgets of NAS-Bench-101."""

_FIELDS = ("trainable_parameters", *(stage + name for stage in (HALFWAY, FINAL) for name in METRICS))
_PREDICTED = {**dict.fromkeys(_FIELDS, "predicted"), "trainable_parameters": "own"}

_DOWNLOAD_TEST_MEANS = f"nasbench table download test-means ({size_text(downloads.TEST_MEANS.size_bytes)})"

MINI_NOTICE = (
    "no table was named, so the embedded one is used: not NAS-Bench-101, but a small table of our own (91 cells of up "
    "to 4 vertices, reduced skeleton, JPEG-re-coded CIFAR-10, this package's recipe, CPU)"
)
PREDICTED_NOTICE = (
    "no table was named, so the predicted one is used: not NAS-Bench-101, but a model's predictions for all of its "
    "cells, for trying things out and never for a result"
)


def _imported(name: str, about: str, epochs: tuple[int, ...], size_bytes: int) -> NamedTable:
    """Return the entry of a published table."""
    file = PUBLISHED[name]
    size = size_text(file.size_bytes)
    return NamedTable(
        name,
        about,
        dict.fromkeys(_FIELDS, "published"),
        NASBENCH101_CELLS,
        epochs,
        3,
        size_bytes,
        find=lambda: imported(name),
        how_to_get=f"nasbench table download {name} ({size}), or, with a copy of it, nasbench table import {file.name}",
    )


def _semireal_inputs() -> tuple[Path, ...]:
    return built.PREDICTED_MEANS, downloads.test_means_path()


def _build_semireal() -> Path:
    build, means = built.builder("build_semireal_table", "semireal"), downloads.test_means_path()
    if not means.is_file():
        raise InputError(
            f"the table 'semireal' is built from the published test means; get them with: {_DOWNLOAD_TEST_MEANS}, or, "
            "from a copy that you have, nasbench table download test-means --from-file PATH"
        )
    try:
        downloads.check_digest_of(means, downloads.TEST_MEANS)
    except InputError as error:
        raise InputError(f"{error}; delete it and get it again with: {_DOWNLOAD_TEST_MEANS}") from None
    from nasbench_pytorch.table.layouts.freerea import read_freerea_accuracies

    return built.build_once("semireal", _semireal_inputs(), lambda path: build(read_freerea_accuracies(means), path))


def _build_predicted() -> Path:
    build = built.builder("build_predicted_table", "predicted")
    return built.build_once("predicted", (built.PREDICTED_MEANS,), build)


def _embedded() -> Path | None:
    from nasbench_pytorch.table import default_table

    return default_table.EMBEDDED_TABLE if default_table.EMBEDDED_TABLE.is_file() else None


NAMED_TABLES: dict[str, NamedTable] = {
    table.name: table
    for table in (
        _imported("full", "NAS-Bench-101 as published, all four budgets", BUDGETS, 304_000_000),
        _imported("only108", "NAS-Bench-101 as published, 108 epochs alone", (108,), 106_000_000),
        NamedTable(
            "semireal",
            "all cells of NAS-Bench-101: published mean test accuracies at 108 epochs, everything else predicted",
            {"mean test_accuracy at 108 epochs": "published", **_PREDICTED},
            NASBENCH101_CELLS,
            BUDGETS,
            3,
            152_000_000,
            find=lambda: built.find_built("semireal", _semireal_inputs()),
            how_to_get=_DOWNLOAD_TEST_MEANS,
            build=_build_semireal,
            can_be_built=lambda: built.builders_are_here() and downloads.test_means_path().is_file(),
        ),
        NamedTable(
            "predicted",
            "all cells of NAS-Bench-101, predicted by a model: for trying things out, never for a result",
            _PREDICTED,
            NASBENCH101_CELLS,
            BUDGETS,
            3,
            152_000_000,
            find=lambda: built.find_built("predicted", (built.PREDICTED_MEANS,)),
            how_to_get="it comes with the package; install nasbench-pytorch again",
            build=_build_predicted,
            can_be_built=lambda: built.builders_are_here(),
            notice=PREDICTED_NOTICE,
        ),
        NamedTable(
            "mini",
            "a small table of our own, not NAS-Bench-101: cells of up to 4 vertices, in a small network",
            dict.fromkeys(_FIELDS, "own"),
            91,
            (4, 12),
            3,
            89_000,
            find=_embedded,
            how_to_get="it comes with the package; install nasbench-pytorch again",
            notice=MINI_NOTICE,
        ),
    )
}
"""Name → table, best first."""

DEFAULT_NAMES = ("full", "only108", "predicted", "mini")
"""Names of the default table: the first that is on this machine is used."""


def table_names() -> list[str]:
    """Return all names: those of every installation, and those of the user's folder of tables."""
    return [*NAMED_TABLES, *(name for name in imported_names() if name not in NAMED_TABLES)]


def is_table_name(text: str) -> bool:
    """Return whether a text is the name of a table; it is then not taken for a file of the working folder."""
    return text in NAMED_TABLES or imported(text) is not None


def default_name() -> str | None:
    """Return the name of the default table; None if no table is on this machine."""
    return next((name for name in DEFAULT_NAMES if NAMED_TABLES[name].is_here()), None)


def table_file(name: str) -> Path:
    """Return the file of a name, built if need be.

    Raises:
        InputError: the table is not on this machine, or cannot be built; the message says how to get it.
    """
    table = NAMED_TABLES.get(name)
    path = imported(name) if table is None else table.find()
    if path is not None:
        return path
    assert table is not None, "only names of tables are asked for"
    if table.build is not None:
        return table.build()
    raise InputError(
        f"the table '{name}' ({table.about}) is not on this machine: {table.how_to_get}; tables that are here: "
        f"{', '.join(_names_here())}"
    )


def unknown_table(text: str) -> InputError | None:
    """Return the error for a text that is no file and looks like a misspelt name; None if it looks like a path."""
    if not can_be_name(text) or "." in text:
        return None
    known = table_names()
    return InputError(
        f"there is no table and no file named '{text[:60]}'; tables with names: {', '.join(known)}"
        f"{did_you_mean(text, known)}"
    )


def name_of_file(path: Path) -> str | None:
    """Return the name whose file this is; None for any other file."""
    resolved = path.resolve()
    for name in table_names():
        file = NAMED_TABLES[name].find() if name in NAMED_TABLES else imported(name)
        if file is not None and file.resolve() == resolved:
            return name
    return None


def remedy(path: Path) -> str:
    """Return what to do about a damaged file that belongs to a name; empty for any other file."""
    name = name_of_file(path)
    if name is None:
        return ""
    known = NAMED_TABLES.get(name)
    how = "nasbench table import FILE, with the file that it was made from" if known is None else known.how_to_get
    return f"this is the table '{name}'; make it again with: {how}"


def _names_here() -> list[str]:
    return [name for name in table_names() if name not in NAMED_TABLES or NAMED_TABLES[name].is_here()]
