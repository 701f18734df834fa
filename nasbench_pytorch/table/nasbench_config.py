"""The settings in the original's `NASBench.config`, and the space that they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.space import CANONICAL_OPERATIONS, NASBENCH101_SKELETON
from nasbench_pytorch.table.errors import OutOfDomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nasbench_pytorch.space import ModelSpec
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


def check_spec(model_spec: ModelSpec, config: Mapping[str, Any]) -> None:
    """Refuse a spec outside of the space, by the original's checks in their order.

    Args:
        model_spec: the spec.
        config: bounds and operations of the space.

    Raises:
        OutOfDomainError: the spec is invalid or outside of the space.
    """
    if not model_spec.valid_spec or model_spec.ops is None:
        raise OutOfDomainError("invalid spec, provided graph is disconnected.")
    ops = model_spec.ops
    if len(ops) > config["module_vertices"]:
        raise OutOfDomainError(f"too many vertices, got {len(ops)} (max vertices = {config['module_vertices']})")
    edges = sum(map(int.bit_count, model_spec.adjacency_rows()))
    if edges > config["max_edges"]:
        raise OutOfDomainError(f"too many edges, got {edges} (max edges = {config['max_edges']})")
    if ops[0] != "input":
        raise OutOfDomainError("first operation should be 'input'")
    if ops[-1] != "output":
        raise OutOfDomainError("last operation should be 'output'")
    operation = next((name for name in ops[1:-1] if name not in config["available_ops"]), None)
    if operation is not None:
        raise OutOfDomainError(f"unsupported op {operation} (available ops = {config['available_ops']})")


def _skeleton_settings(skeleton: Mapping[str, int]) -> dict[str, int]:
    return {
        "num_labels": skeleton["num_labels"],
        "stem_filter_size": skeleton["stem_out_channels"],
        "num_stacks": skeleton["num_stacks"],
        "num_modules_per_stack": skeleton["num_modules_per_stack"],
    }
