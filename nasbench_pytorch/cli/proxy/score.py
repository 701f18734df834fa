"""`nasbench proxy score`."""

from __future__ import annotations

import dataclasses
import importlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.many_cells import ScoringReport
    from nasbench_pytorch.proxies.proxy import Proxy
    from nasbench_pytorch.proxies.runners import Runner
    from nasbench_pytorch.proxies.settings import ScoringSettings
    from nasbench_pytorch.space.spec import ModelSpec


@dataclass(frozen=True)
class _Score:
    proxies: tuple[str, ...]
    """Proxies, such as zen synflow l2_norm (`nasbench proxy list` shows all), or your own as module:function."""
    out: Path
    """The score file: .csv, .arrow or .parquet. If it exists, missing values are added to it."""
    cells: Annotated[tuple[str, ...], tyro.conf.arg(aliases=("--hashes",))] = ()
    """Cells: names, hashes, or files with one hash per line or a column hash."""
    sample: Literal["uniform", "notebook", "first"] | None = None
    """Also score cells drawn from NAS-Bench-101: uniformly, by the original notebook's sampler, or the first rows."""
    count: Annotated[int, tyro.conf.arg(aliases=("--n", "-n"))] = 1000
    """Number of cells or draws of the sample."""
    sample_seed: int = 0
    """Seed of the sample."""
    seed: tuple[int, ...] = (0,)
    """Seeds of weights and batch; each gives a row for every cell."""
    preset: Literal["nasbench101", "naswot"] = "nasbench101"
    """Setting that the other flags change. naswot: stem of 16 channels, one label, batches of 128."""
    batch_size: int | None = None
    """Images of a batch; 64, or the preset's."""
    precision: Literal["float32", "float64"] = "float32"
    """Precision of the networks; synflow and grasp take float64 in any case."""
    initialization: Literal["tensorflow", "nasbench-pytorch-1.3"] = "nasbench-pytorch-1.3"
    """How weights are drawn: as in 1.3.1, whose networks published scores come from, or as in the original."""
    dataset: Literal["cifar10", "digits"] = "cifar10"
    """Training images of the batches; digits needs no files. Proxies that use no images need no data."""
    data_root: Path | None = None
    """Folder with CIFAR-10; NASBENCH_DATA_DIR or ./data if omitted."""
    device: str = "cpu"
    """Where networks are scored: cpu, cuda, cuda:1, …, or auto for a GPU if there is one."""
    workers: int | None = None
    """Networks at the same time; if omitted, one per core, and one on a GPU."""
    executor: Literal["processes", "ray"] = "processes"
    """Where networks are scored: worker processes of this machine, or a Ray cluster."""
    ray_address: str | None = None
    """Ray cluster to join, host:port or auto; without it, Ray starts one on this machine."""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    json: Path | None = None
    """Print the summary as JSON instead of text; with the name of a .json file, write it there."""


def score(arguments: list[str]) -> None:
    """Score cells."""
    about = "Score cells with zero-cost proxies. After a kill, the same command continues."
    parsed = parse(_Score, arguments, "nasbench proxy score", about)
    check_json_path(parsed.json)
    from nasbench_pytorch.devices import resolve_device
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.proxies.dataset_batches import batches_of_dataset
    from nasbench_pytorch.proxies.many_cells import score_cells

    _check(parsed)
    proxies = _proxies(parsed.proxies)
    settings = _settings(parsed)
    cells = _cells(parsed)
    batches = batches_of_dataset(settings, parsed.seed, proxies.values(), parsed.data_root)
    run = _runner(parsed, on_cpu=resolve_device(parsed.device).type == "cpu")
    with progress_bar("scoring", in_bytes=False) as progress:
        report = score_cells(
            cells, proxies, batches, parsed.out, settings, run=run, device=parsed.device, progress=progress
        )
    _print(parsed, report)


def _print(parsed: _Score, report: ScoringReport) -> None:
    facts = {
        "out": parsed.out,
        "rows": len(report.table.scores),
        "proxies": report.table.proxies,
        "scored": report.scored,
        "found": report.found,
        "not_finite": report.not_finite,
        "settings": report.table.settings.columns(),
    }
    for name, number in report.not_finite.items():
        print_lines(
            f"note: {name} is not finite for {number:,} of the cells; the file has these values", file=sys.stderr
        )
    if not write_result(parsed.json, facts):
        found = f", {report.found:,} were there already" if report.found else ""
        print_lines(f"{parsed.out}: {counted(len(report.table.scores), 'row')}, {report.scored:,} scored now{found}")


def _check(parsed: _Score) -> None:
    if not parsed.seed:
        raise InputError("--seed needs at least one number")
    if min(parsed.seed) < 0 or parsed.sample_seed < 0:
        raise InputError("--seed and --sample-seed must be at least 0")
    if parsed.workers is not None and parsed.workers < 1:
        raise InputError(f"--workers must be at least 1, got {parsed.workers}")
    if parsed.ray_address is not None and parsed.executor != "ray":
        raise InputError("--ray-address goes with --executor ray")
    if parsed.device != "cpu" and parsed.executor == "ray":
        raise InputError("--device goes with --executor processes; on a Ray cluster networks are scored on CPUs")
    if not parsed.out.parent.is_dir():
        raise InputError(f"{parsed.out.parent}: no such folder for --out; make it first")


def _proxies(names: tuple[str, ...]) -> dict[str, Proxy]:
    """Return the proxies; `module:function` is imported, and named after the function."""
    from nasbench_pytorch.proxies.proxy import proxy_of_function
    from nasbench_pytorch.proxies.registry import find_proxies

    found: dict[str, Proxy] = {}
    for name in names:
        module, colon, function = name.partition(":")
        if not colon:
            found |= {proxy.name: proxy for proxy in find_proxies([name])}
            continue
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - where `python -m` looks too
        try:
            own = getattr(importlib.import_module(module), function)
        except (ImportError, AttributeError, ValueError) as error:
            raise InputError(f"--proxies {name}: cannot be imported ({error}); give module:function") from None
        finally:
            sys.path.pop(0)
        if function in found:
            raise InputError(f"--proxies {name}: another proxy is called {function}; rename the function")
        found[function] = proxy_of_function(function, own)
    return found if found else {proxy.name: proxy for proxy in find_proxies(())}


def _settings(parsed: _Score) -> ScoringSettings:
    from nasbench_pytorch.proxies.settings import PRESETS

    preset = PRESETS[parsed.preset]
    return dataclasses.replace(
        preset,
        skeleton=parsed.skeleton.resolve(preset.skeleton),
        batch_size=preset.batch_size if parsed.batch_size is None else parsed.batch_size,
        precision=parsed.precision,
        initialization=parsed.initialization,
        data=parsed.dataset,
    )


def _cells(parsed: _Score) -> list[ModelSpec]:
    from nasbench_pytorch.cli.proxy.cells import cells_of

    cells = cells_of(parsed.cells)
    if parsed.sample is not None:
        from nasbench_pytorch.proxies.samples import sample_rows
        from nasbench_pytorch.space.enumerate import enumerate_cells

        space = enumerate_cells()
        rows = sample_rows(space, parsed.sample, parsed.count, parsed.sample_seed)
        cells += [space[int(row)] for row in rows]
    if not cells:
        raise InputError("no cell was named; give --cells with names, hashes or files, or --sample")
    return cells


def _runner(parsed: _Score, *, on_cpu: bool) -> Runner:
    from nasbench_pytorch.proxies.runners import run_here, run_in_processes

    if parsed.executor == "ray":
        from nasbench_pytorch.cli.proxy.ray_runner import run_on_ray

        return run_on_ray(parsed.ray_address, parsed.workers)
    workers = parsed.workers or (os.cpu_count() or 1 if on_cpu else 1)
    return run_here if workers == 1 else run_in_processes(workers)
