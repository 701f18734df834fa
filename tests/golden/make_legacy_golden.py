"""Make `legacy.npz`: results of nasbench-pytorch 1.3.1, for the tests of compatibility.

Usage, in the folder `tests`, so that Python imports the installed version and not this repository's:
`pip install nasbench-pytorch==1.3.1`, then `python -m golden.make_legacy_golden [FOLDER]`.

Weights and images are formulas (`legacy_inputs.py`), so the file only has results: the names of the `state_dict`,
logits, metrics, and digests of the state after two epochs of 1.3.1's `train`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nasbench_pytorch.model import ModelSpec, Network
from nasbench_pytorch.trainer import test, train

from .legacy_inputs import CELLS, EPOCHS, SKELETON, batches, fill


def main(folder: Path) -> None:
    arrays: dict[str, Any] = {}
    torch.set_num_threads(1)
    for name, (matrix, ops) in CELLS.items():
        network = Network(ModelSpec(np.array(matrix), ops), **SKELETON).double()
        fill(network.state_dict())
        shapes = {key: list(tensor.shape) for key, tensor in network.state_dict().items()}
        logits = network.eval()(batches()[0][0]).detach().numpy()
        metrics: dict[str, Any] = train(network, batches(), num_epochs=EPOCHS, validation_loader=batches())
        metrics |= test(network, batches())
        after = {key: digest(tensor) for key, tensor in network.state_dict().items() if shapes[key]}
        arrays[name] = np.array(json.dumps({"shapes": shapes, "metrics": metrics, "after": list(after)}))
        arrays[f"{name}/logits"] = logits
        arrays[f"{name}/after"] = np.array(list(after.values()))
    np.savez_compressed(folder / "legacy.npz", **arrays)


def digest(tensor: torch.Tensor) -> np.ndarray:
    """Compute norm, sum and a weighted sum of a tensor's values."""
    flat = tensor.detach().flatten().numpy()
    return np.array([np.linalg.norm(flat), flat.sum(), flat @ np.cos(np.arange(1, flat.size + 1))])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
