"""nasbench-pytorch 1.3.1 from PyPI, in a separate environment."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import torch
from platformdirs import user_cache_path

DEFAULT_FOLDER = user_cache_path("nasbench-pytorch") / "predecessor-1.3.1"


def predecessor_python(folder: Path = DEFAULT_FOLDER) -> str:
    """Return the interpreter of the environment, which is created in `folder` if it is missing.

    1.3.1 names no versions, so the environment gets this interpreter's release of torch and the matching torchvision.
    pip uses its own settings as the source; on Linux without settings these are CUDA builds of gigabytes.
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
        # Its model and trainer do not import its other dependencies.
        subprocess.run([*pip, "--no-deps", "nasbench-pytorch==1.3.1"], check=True)
        finished.touch()
    return str(python)
