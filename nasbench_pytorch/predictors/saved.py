"""Predictors in files: what they learnt from and their settings, never code."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.checksum import json_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells, encode_cells
from nasbench_pytorch.predictors.protocol import CellsToPredict, Floats, Predictor, check_targets
from nasbench_pytorch.predictors.saving.saved_cells import cells_of_tensors, tensors_of_cells
from nasbench_pytorch.predictors.saving.saved_settings import predictor_of_settings, settings_of_predictor
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.tensor_bytes import with_sorted_metadata

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.saving.saved_cells import Tensors

_FORMAT = "nasbench-predictor 1"
_LARGEST_BYTES = 1 << 30


@dataclass(frozen=True)
class SavedPredictor:
    """What a file of `save_predictor` holds.

    Attributes:
        predictor: fitted.
        cells: the cells that it learnt from, with their bounds and added columns.
        accuracies: of these cells, shape (N,) or (N, T).
        about: what the writer noted, such as the table and the seed.
    """

    predictor: Predictor
    cells: EncodedCells
    accuracies: Floats
    about: Mapping[str, Any]


def save_predictor(
    path: str | os.PathLike[str],
    predictor: Predictor,
    cells: CellsToPredict,
    accuracies: npt.ArrayLike,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write a predictor's settings and the cells that it learns from as a safetensors file, atomically.

    `load_predictor` fits the same predictor again, which gives the same predictions on the same machine with the same
    packages. A file of 4,236 cells takes 450 kB.

    Args:
        path: the file.
        predictor: one of this package's; whether it has been fitted does not matter.
        cells: what it was fitted to.
        accuracies: what it was fitted to.
        about: notes, of what JSON can hold.

    Raises:
        InputError: the predictor is not one of this package's, or it cannot learn from these cells.
        OSError: the file cannot be written.
    """
    from safetensors.numpy import save

    encoded = encode_cells(cells)
    targets = check_targets(encoded, accuracies)
    tensors = tensors_of_cells(encoded)
    tensors["accuracies"] = np.ascontiguousarray(targets[:, 0] if np.ndim(accuracies) == 1 else targets)
    header = {
        "format": _FORMAT,
        "predictor": settings_of_predictor(predictor),
        "max_vertices": encoded.bounds.max_vertices,
        "max_edges": encoded.bounds.max_edges,
        "operations": list(encoded.bounds.operations),
        "extra": list(encoded.extra),
        "about": dict(about or {}),
    }
    try:
        text = json.dumps(header, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"about must hold what JSON can hold: {error}") from None
    metadata = {"nasbench": text, "sha256": _digest(tensors, json.loads(text))}
    with atomic_write(path) as stream:
        stream.write(with_sorted_metadata(save(tensors, metadata)))


def load_predictor(path: str | os.PathLike[str]) -> SavedPredictor:
    """Read a file of `save_predictor`, and fit its predictor. The file holds no code.

    Raises:
        InputError: the file is not one of `save_predictor`, or is damaged.
        OSError: the file cannot be read.
    """
    tensors, header = _read(Path(path))
    try:
        predictor = predictor_of_settings(header.get("predictor"))
        cells = cells_of_tensors(tensors, header)
        accuracies = tensors.get("accuracies")
        if accuracies is None or accuracies.dtype != np.float64:
            raise InputError("there are no accuracies of 64 bits")
        about = header.get("about")
        _fit(predictor, cells, accuracies)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return SavedPredictor(predictor, cells, accuracies, about if isinstance(about, dict) else {})


def _fit(predictor: Predictor, cells: EncodedCells, accuracies: Floats) -> None:
    """Fit a predictor with the settings of a file.

    Raises:
        InputError: it cannot learn with them.
    """
    try:
        predictor.fit(cells, accuracies)
    except InputError:
        raise
    except (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        reason = escape_controls(" ".join(str(error).split()))
        raise InputError(f"the predictor cannot learn with its settings ({type(error).__name__}: {reason})") from error


def _read(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """The tensors and the header of a file whose digest is right."""
    from safetensors import SafetensorError, safe_open

    with path.open("rb"):  # a missing file or a folder is an OSError that names it
        size = path.stat().st_size
    if size > _LARGEST_BYTES:
        raise InputError(f"{path}: {size:,} bytes; a saved predictor has at most {_LARGEST_BYTES:,}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    except (SafetensorError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not a saved predictor, or cut off: {error}") from None
    try:
        header = json.loads(metadata.get("nasbench", ""))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise InputError(f"{path}: not a saved predictor; nasbench predict fit --out writes one")
    if metadata.get("sha256") != _digest(tensors, header):
        raise InputError(f"{path}: damaged (its SHA-256 is not the one that it states); write it again")
    return tensors, header


def _digest(tensors: Tensors, header: dict[str, Any]) -> str:
    digest = hashlib.sha256(json_sha256(header).encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}\n".encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()
