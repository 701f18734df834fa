"""Read the numbers that the original TensorFlow code computed; README.md describes the arrays."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasbench_pytorch.model import ModelSpec, Network, load_tf_variables

Array = npt.NDArray[Any]

HERE = Path(__file__).parent
WEIGHT_DECAY = 1e-4


def golden_arrays(name: str) -> dict[str, Array]:
    """Read all arrays of `NAME.npz`."""
    with np.load(HERE / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


@functools.cache
def manifest() -> dict[str, Any]:
    """Read the cells and the tolerances measured for them."""
    result: dict[str, Any] = json.loads((HERE / "manifest.json").read_text())
    return result


CELL_NAMES: list[str] = list(manifest()["cells"])


@dataclass(frozen=True)
class GoldenCell:
    """A cell, its small network (32×32×3 images, batches of 8), and the original's numbers for it.

    Attributes:
        name: name of the cell.
        about: entry of the manifest.
        shapes: shape of each variable, in creation order.
        arrays: golden arrays.
    """

    name: str
    about: dict[str, Any]
    shapes: dict[str, tuple[int, ...]]
    arrays: dict[str, Array] = field(repr=False)

    @property
    def spec(self) -> ModelSpec:
        return ModelSpec(self.about["matrix"], self.about["ops"])

    @property
    def trainable(self) -> list[str]:
        return [name for name in self.shapes if not is_statistic(name)]

    @property
    def statistics(self) -> list[str]:
        return [name for name in self.shapes if is_statistic(name)]

    def variables(self, state: str) -> dict[str, Array]:
        """Return float32 initial values: `init` as drawn by the original, `pert` with non-trivial batch norms."""
        result = self.split(self.arrays["vec_init"], list(self.shapes))
        if state == "pert":
            changed = [name for name in self.shapes if not name.endswith("kernel")]
            result |= self.split(self.arrays["vec_pert"], changed)
        return result

    def split(self, vector: Array, names: list[str]) -> dict[str, Array]:
        """Split a vector of the variables `names` into arrays."""
        sizes = [int(np.prod(self.shapes[name])) for name in names]
        assert sum(sizes) == vector.size
        parts = np.split(vector, np.cumsum(sizes)[:-1])
        return {name: part.reshape(self.shapes[name]) for name, part in zip(names, parts, strict=True)}

    def build(
        self, state: str = "init", dtype: torch.dtype = torch.float64, *, fast: bool = True, **settings: Any
    ) -> Network:
        """Build the network with the initial values of `state`, in the fast modes that trainings use."""
        network = Network(
            self.spec,
            stem_out_channels=self.about["stem_filter_size"],
            num_stacks=self.about["num_stacks"],
            num_modules_per_stack=self.about["num_modules_per_stack"],
            **settings,
        ).to(dtype)
        load_tf_variables(network, self.variables(state))
        return network.fast_(fast)


def is_statistic(name: str) -> bool:
    """Whether a variable is a running statistic, which has no gradient."""
    return name.rpartition("/")[2] in ("moving_mean", "moving_variance")


@functools.cache
def golden_cell(name: str) -> GoldenCell:
    """Read a cell, with its whole vectors if the full set of numbers is available."""
    about = manifest()["cells"][name]
    arrays = dict(_full_set(name))
    arrays |= golden_arrays(f"cell_{name}")
    return GoldenCell(name, about, {key: tuple(shape) for key, shape in about["variables"]}, arrays)


def _full_set(name: str) -> Iterator[tuple[str, Array]]:
    folder = os.environ.get("NASBENCH_DEV_DATA")
    path = Path(folder or "", "golden", "golden_public", f"cell_{name}.npz")
    if folder and path.exists():
        with np.load(path) as file:
            yield from ((key, file[key]) for key in file.files)


@functools.cache
def _batches() -> dict[str, Array]:
    return golden_arrays("batches")


def batch(
    step: int | None, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu"
) -> tuple[Tensor, Tensor]:
    """Return normalised images [8, 3, 32, 32] and labels of a training step, or of the extra batch (None)."""
    arrays = _batches()
    images, labels = (
        (arrays["x0"], arrays["y0"]) if step is None else (arrays["train_x"][step], arrays["train_y"][step])
    )
    return (
        torch.from_numpy(images).to(device, dtype).permute(0, 3, 1, 2).contiguous(),
        torch.from_numpy(labels).to(device).long(),
    )


def l2_term(network: torch.nn.Module) -> Tensor:
    """Compute 1e-4 × ½‖v‖² over all trainable variables; differentiable."""
    return 0.5 * WEIGHT_DECAY * torch.stack([p.square().sum() for p in network.parameters()]).sum()
