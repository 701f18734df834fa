"""The settings in the original's `NASBench.config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.space import NASBENCH101_SKELETON

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.schema import Metadata


def build_config(metadata: Metadata) -> dict[str, Any]:
    """Return the original's settings; bounds, operations, repeats and skeleton are the table's.

    Source: `build_config` of the original, with the flags' values for the published table.
    """
    skeleton = metadata.skeleton or vars(NASBENCH101_SKELETON)
    return {
        "train_data_files": [],
        "valid_data_file": "",
        "test_data_file": "",
        "sample_data_file": "",
        "data_format": "channels_last",
        "num_labels": skeleton["num_labels"],
        "module_vertices": metadata.module_vertices,
        "max_edges": metadata.max_edges,
        "available_ops": list(metadata.available_ops),
        "stem_filter_size": skeleton["stem_out_channels"],
        "num_stacks": skeleton["num_stacks"],
        "num_modules_per_stack": skeleton["num_modules_per_stack"],
        "batch_size": 256,
        "train_epochs": 108,
        "train_seconds": 4.0 * 60 * 60,
        "learning_rate": 0.1,
        "lr_decay_method": "COSINE_BY_STEP",
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "max_attempts": 5,
        "intermediate_evaluations": ["0.5"],
        "num_repeats": max(3, metadata.repeats),
        "use_tpu": True,
        "tpu_iterations_per_loop": 100,
        "tpu_num_shards": 2,
    }
