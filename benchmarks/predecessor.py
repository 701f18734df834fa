"""nasbench-pytorch 1.3.1 from PyPI, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import torch
from platformdirs import user_cache_path

DEFAULT_FOLDER = user_cache_path("nasbench-pytorch") / "predecessor-1.3.1"


def predecessor_python(folder: Path = DEFAULT_FOLDER) -> str:
    """The interpreter of that environment, made in `folder` where it is not there yet.

    It gets the torch that runs here and the torchvision of the same release, since 1.3.1 names no versions. pip takes
    them from wherever its settings say; on plain Linux without settings these are CUDA builds of gigabytes.
    """
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    finished = folder / "finished"
    if not finished.exists():
        print(f"installing nasbench-pytorch 1.3.1 into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        release = torch.__version__.partition("+")[0]
        major, minor, patch = release.split(".")
        assert major == "2"
        subprocess.run([*pip, f"torch=={release}", f"torchvision==0.{int(minor) + 15}.{patch}", "numpy"], check=True)
        # Without what it asks for beside these, which its model and trainer do not import.
        subprocess.run([*pip, "--no-deps", "nasbench-pytorch==1.3.1"], check=True)
        finished.touch()
    return str(python)
