"""Make the golden files of this folder from the full set of numbers that the original TensorFlow code computed.

Usage: python tests/golden/make_golden_subset.py FOLDER_OF_THE_FULL_SET

Arrays are copied byte for byte. Arrays that no test reads are left out: float32 states after the second step (chaotic,
see README.md), activations, the second shard's running statistics, and whole vectors of all but two cells (the others
keep their digests).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
COPIED = (
    *("bn.npz", "rmsprop_toy.npz", "preprocess.npz"),
    *("lr_schedule.json", "full_size_counts.json", "full_size_shapes.json.gz"),
)
CELL_FIELDS = (
    *("matrix", "ops", "pruned_matrix", "pruned_ops", "google_hash", "trainable_params", "vertex_channels"),
    *("stem_filter_size", "num_stacks", "num_modules_per_stack"),
)
WANTED = re.compile(
    r"vec_(init|pert)"
    r"|f64_(init|pert)_(train|eval)_(logits|ce|loss)"
    r"|f64_(init|pert)_grad_digest"
    r"|f64_run[AB]_(lr|ce|loss|eval_logits_step\d\d|digest_step\d\d|rms_digest_step10|mom_digest_step10)"
    r"|f64_shard2_(ce|lr|grad_digest_step00|(trainable|moving0)_digest_step\d\d|(rms|mom)_digest_step10)"
    r"|f32_(init|pert)_(train|eval)_(logits|loss)"
    r"|f32_(init|pert)_grad_digest"
    r"|f32_run[AB]_digest_step01"
    r"|f32_predict_pert_\w+"
)
VECTORS = ("f32_init_grad_vec", "f32_pert_grad_vec", "f64_runA_vec_step10")
CELLS_WITH_VECTORS = ("inception_readme", "uneven_trunc")


def _write_cells(source: Path, cells: dict[str, Any]) -> None:
    for name, cell in cells.items():
        vectors = VECTORS if name in CELLS_WITH_VECTORS else ()
        with np.load(source / cell["file"]) as arrays:
            kept = {key: arrays[key] for key in arrays.files if WANTED.fullmatch(key) or key in vectors}
        np.savez_compressed(HERE / cell["file"], **kept)


def _write_manifest(manifest: dict[str, Any]) -> None:
    cells = {}
    for name, cell in manifest["cells"].items():
        cells[name] = {field: cell[field] for field in CELL_FIELDS}
        # The variables are in creation order; their offsets follow from the shapes.
        cells[name]["variables"] = [[variable["name"], variable["shape"]] for variable in cell["variables"]]
    kept = {key: manifest[key] for key in ("tf_version", "nasbench_commit", "digest_columns", "tolerances", "runs")}
    (HERE / "manifest.json").write_text(json.dumps({**kept, "cells": cells}, separators=(",", ":")) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    source = parser.parse_args().source
    manifest = json.loads((source / "manifest.json").read_text())
    _write_cells(source, manifest["cells"])
    _write_manifest(manifest)
    with np.load(source / "batches.npz") as batches:
        np.savez_compressed(HERE / "batches.npz", **{key: batches[key] for key in ("x0", "y0", "train_x", "train_y")})
    facts = json.loads((source / "facts.json").read_text())
    subset = {key: facts[key] for key in ("tf_version", "initialisers", "batch_norm", "rmsprop")}
    (HERE / "facts.json").write_text(json.dumps(subset, indent=1) + "\n")
    for name in COPIED:
        shutil.copyfile(source / name, HERE / name)
    size_bytes = sum(path.stat().st_size for path in HERE.iterdir() if path.is_file())
    print(f"{HERE}: {size_bytes / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
