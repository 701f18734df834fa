"""The settings in the original's `NASBench.config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.space import CANONICAL_OPERATIONS, NASBENCH101_SKELETON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nasbench_pytorch.table.storage.schema import Metadata


def published_config() -> dict[str, Any]:
    """Return the original's settings for the published table, in a new dict.

    Source: `build_config` of the original, with the flags' values for the published table.
    """
    return {
        "train_data_files": [],
        "valid_data_file": "",
        "test_data_file": "",
        "sample_data_file": "",
        "data_format": "channels_last",
        **_skeleton_settings(vars(NASBENCH101_SKELETON)),
        "module_vertices": 7,
        "max_edges": 9,
        "available_ops": list(CANONICAL_OPERATIONS),
        "batch_size": 256,
        "train_epochs": 108,
        "train_seconds": 4.0 * 60 * 60,
        "learning_rate": 0.1,
        "lr_decay_method": "COSINE_BY_STEP",
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "max_attempts": 5,
        "intermediate_evaluations": ["0.5"],
        "num_repeats": 3,
        "use_tpu": True,
        "tpu_iterations_per_loop": 100,
        "tpu_num_shards": 2,
    }


def build_config(metadata: Metadata) -> dict[str, Any]:
    """Return the original's settings; bounds, operations, repeats and skeleton are the table's."""
    return published_config() | {
        **_skeleton_settings(metadata.skeleton or vars(NASBENCH101_SKELETON)),
        "module_vertices": metadata.module_vertices,
        "max_edges": metadata.max_edges,
        "available_ops": list(metadata.available_ops),
        "num_repeats": max(3, metadata.repeats),
    }


def _skeleton_settings(skeleton: Mapping[str, int]) -> dict[str, int]:
    return {
        "num_labels": skeleton["num_labels"],
        "stem_filter_size": skeleton["stem_out_channels"],
        "num_stacks": skeleton["num_stacks"],
        "num_modules_per_stack": skeleton["num_modules_per_stack"],
    }
