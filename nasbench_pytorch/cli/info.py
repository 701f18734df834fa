"""`nasbench info`: what this installation and this machine have."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pytorch import __version__, folders
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.files import can_be_written
from nasbench_pytorch.printable import print_lines

_REQUIRED = ("numpy", "pyarrow", "numba", "scipy", "pillow", "safetensors", "tyro", "rich", "platformdirs")
_EXTRAS = {
    "demo": ("scikit-learn",),
    "predictors": ("scikit-learn",),
    "plots": ("matplotlib", "graphviz"),
    "campaign": ("ray",),
    "pandas": ("pandas",),
    "tensorboard": ("tensorboard",),
    "hdf5": ("h5py",),
    "optuna": ("optuna",),
    "smac": ("smac", "ConfigSpace"),
    "explorer": ("starlette", "uvicorn"),
    "notebook": ("anywidget",),
}
_VARIABLES = (
    folders.CACHE_VARIABLE,
    folders.CONFIG_VARIABLE,
    folders.DATA_VARIABLE,
    folders.TABLE_FOLDER_VARIABLE,
    folders.TABLE_VARIABLE,
    "NUMBA_CACHE_DIR",
    "OMP_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "TMPDIR",
)


@dataclass(frozen=True)
class _Arguments:
    json: Path | None = None
    """Print everything as JSON; with the name of a .json file, write it there."""


def main(arguments: list[str]) -> None:
    about = "Show versions, devices, threads, optional packages, folders and environment variables."
    parsed = parse(_Arguments, arguments, "nasbench info", about)
    check_json_path(parsed.json)
    facts = {
        "versions": _versions(),
        "torch": _torch_build(),
        "machine": _machine(),
        "extras": {name: _missing(packages) or "installed" for name, packages in _EXTRAS.items()},
        "folders": _folders(),
        "environment": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
    }
    if write_result(parsed.json, facts):
        return
    for title, section in facts.items():
        print_lines(title)
        width = max(map(len, section), default=0)
        for name, value in section.items():
            print_lines(f"  {name.ljust(width)}  {_shown(value)}")
        if not section:
            print_lines("  none of this package's variables is set")


def _versions() -> dict[str, str]:
    found = {"nasbench-pytorch": __version__, "python": platform.python_version()}
    return found | {name: _version(name) or "not installed" for name in _REQUIRED}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _missing(packages: tuple[str, ...]) -> str:
    missing = [name for name in packages if _version(name) is None]
    return f"without {', '.join(missing)}" if missing else ""


def _torch_build() -> dict[str, Any]:
    with exit_at_ctrl_c():
        import torch

    cuda = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda or "not in this build",
        "devices": ["cpu", *(f"cuda:{index} ({name})" for index, name in enumerate(cuda)), *_mps()],
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _mps() -> list[str]:
    import torch

    return ["mps"] if torch.backends.mps.is_available() else []


def _machine() -> dict[str, Any]:
    return {
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "output encoding": getattr(sys.stdout, "encoding", None) or "unknown",
        "file name encoding": sys.getfilesystemencoding(),
    }


def _folders() -> dict[str, Any]:
    from nasbench_pytorch.table.named.registry import default_name

    return {
        "package": Path(__file__).parents[1],
        "cache": _with_state(folders.cache_folder()),
        "config": _with_state(folders.config_folder()),
        "data": _with_state(folders.data_folder()),
        "tables": _with_state(folders.table_folder()),
        "table": folders.default_table() or default_name() or "none without a name",
    }


def _with_state(folder: Path) -> str:
    if not can_be_written(folder):
        return f"{folder} (cannot be written)"
    return str(folder) if folder.exists() else f"{folder} (made when it is needed)"


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
