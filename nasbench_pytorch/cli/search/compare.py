"""`nasbench search compare`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from nasbench_pytorch.cli.search.arguments import SearchArguments, find_own_modules, settings_of_each
from nasbench_pytorch.cli.search.report import report_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nasbench_pytorch.progress import Progress


@dataclass(frozen=True)
class _Compare:
    algorithms: tyro.conf.Positional[tuple[str, ...]] = ()
    """The algorithms, such as random_search local_search (nasbench search run --help lists all); your own as
    module:class."""
    set: tuple[str, ...] = ()
    """Settings as NAME=VALUE for all these algorithms, such as epochs=36, or as ALGORITHM.NAME=VALUE for one of them,
    such as hyperband.max_epochs=36. Those left out have their defaults."""
    out: Path | None = None
    """Folder for the results: a folder for each search, and one for the report. After a kill, the same command
    continues."""
    flags: Annotated[SearchArguments, tyro.conf.arg(name="")] = field(default_factory=SearchArguments)
    json: Path | None = None
    """Print the report as JSON instead of text; with the name of a .json file, write it there."""


def compare(arguments: list[str]) -> None:
    """Run several algorithms and compare them."""
    about = "Run several algorithms under one protocol, and report them."
    parsed = parse(_Compare, arguments, "nasbench search compare", about)
    check_json_path(parsed.json)
    if not parsed.algorithms:
        raise InputError("no algorithm was named; give some, such as: nasbench search compare random_search")
    settings = settings_of_each(parsed.set, parsed.algorithms)
    parsed.flags.check()
    find_own_modules()
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.search.comparison import compare as compare_algorithms
    from nasbench_pytorch.search.reports.write import report_facts

    for name in parsed.algorithms:  # before the first one runs for minutes
        _check_algorithm(name, settings[name], parsed.flags.execution.ask_limit_s)
    with contextlib.ExitStack() as bars:

        def progress(name: str) -> Progress:
            bars.close()  # the bar of the algorithm before
            return bars.enter_context(progress_bar(f"{name}: runs", in_bytes=False))

        chosen = [(name, settings[name]) for name in parsed.algorithms]
        contents = compare_algorithms(chosen, out=parsed.out, progress=progress, **parsed.flags.search())
    if write_result(parsed.json, {"out": parsed.out, **report_facts(contents)}):
        return
    print_lines(*report_lines(contents))
    if parsed.out is not None:
        print_lines(f"{parsed.out / 'report'}: report.md, regret.png and the numbers as Arrow and JSON")


def _check_algorithm(name: str, settings: Mapping[str, Any], limit_s: float) -> None:
    from nasbench_pytorch.search.algorithms.by_name import UnknownSettingError, algorithm_class, check_settings

    try:
        check_settings(algorithm_class(name, limit_s), settings)
    except UnknownSettingError as error:
        raise InputError(f"{error} (a setting for one algorithm: --set ALGORITHM.NAME=VALUE)") from None
