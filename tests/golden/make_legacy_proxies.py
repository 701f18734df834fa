"""Make `legacy_proxies.json`: ten proxies of networks of nasbench-pytorch 1.3.1.

Usage, in the folder `tests`, so that Python imports the installed version and not this repository's:
`pip install nasbench-pytorch==1.3.1`, then `python -m golden.make_legacy_proxies [FOLDER]`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from nasbench_pytorch.model import ModelSpec, Network

from .legacy_inputs import CELLS, SKELETON, fill
from .published_proxies import inputs, measure


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    values = {}
    for name, (matrix, ops) in CELLS.items():
        network = Network(ModelSpec(np.array(matrix), ops), **SKELETON).double()
        fill(network.state_dict())
        values[name] = measure(network, *inputs())
    (folder / "legacy_proxies.json").write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
