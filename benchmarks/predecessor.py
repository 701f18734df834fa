"""nasbench-pytorch 1.3.1 from PyPI, in a separate environment."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

DEFAULT_FOLDER = user_cache_path("nasbench-pytorch") / "predecessor-1.3.1"


def predecessor_python(folder: Path = DEFAULT_FOLDER) -> str:
    """Return the interpreter of the environment, which is created in `folder` if it is missing.

    1.3.1 names no versions, so the environment gets this interpreter's release of torch and the matching torchvision.
    pip uses its own settings as the source; on Linux without settings these are CUDA builds of gigabytes.
    """
    python = _interpreter(folder)
    finished = folder / "finished"
    if not finished.exists():
        print(f"installing nasbench-pytorch 1.3.1 into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        release = version("torch").partition("+")[0]
        major, minor, patch = release.split(".")
        assert major == "2"
        subprocess.run([*pip, f"torch=={release}", f"torchvision==0.{int(minor) + 15}.{patch}", "numpy"], check=True)
        # Its model and trainer do not import its other dependencies.
        subprocess.run([*pip, "--no-deps", "nasbench-pytorch==1.3.1"], check=True)
        finished.touch()
    return str(python)


def prepared_predecessor(path: Path) -> tuple[str, str | None]:
    """Return interpreter and `PYTHONPATH` that import 1.3.1 from `path`; nothing is installed.

    Args:
        path: a wheel; a folder with the package `nasbench_pytorch`, as pip's `--target` makes; or an environment that
            has it. A wheel and a folder are used with this interpreter, whose torch 1.3.1 then shares.

    Raises:
        ValueError: there is no 1.3.1.
    """
    marks = ("nasbench_pytorch/trainer.py", "nasbench_pytorch/model/model.py")  # and none of 2.0's sub-packages
    newer = "nasbench_pytorch/training/"
    if _interpreter(path).exists():
        return str(_interpreter(path).absolute()), None
    if path.is_dir():
        found = all((path / mark).exists() for mark in marks) and not (path / newer).exists()
    elif zipfile.is_zipfile(path):
        names = zipfile.ZipFile(path).namelist()
        found = all(mark in names for mark in marks) and not any(name.startswith(newer) for name in names)
    else:
        found = False
    if not found:
        raise ValueError(
            f"{path} has no nasbench-pytorch 1.3.1; give its wheel (pip download --no-deps nasbench-pytorch==1.3.1), a "
            "folder that contains its package, or an environment"
        )
    return sys.executable, str(path.absolute())


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
