"""A cell as a PyTorch network."""

from nasbench_pytorch.legacy.checkpoints import convert_legacy_state_dict
from nasbench_pytorch.model.initialization import initialize
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.model.operations import OPERATIONS, BatchNormSettings, register_operation
from nasbench_pytorch.model.tf_variables import load_tf_variables, tf_variables
from nasbench_pytorch.model.weights import load_weights, save_weights
from nasbench_pytorch.space.spec import ModelSpec

__all__ = [
    "OPERATIONS",
    "BatchNormSettings",
    "ModelSpec",
    "Network",
    "convert_legacy_state_dict",
    "initialize",
    "load_tf_variables",
    "load_weights",
    "register_operation",
    "save_weights",
    "tf_variables",
]
