"""A cell as a PyTorch network."""

from nasbench_pytorch.model.initialization import initialize
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.model.operations import OPERATIONS, BatchNormSettings, register_operation
from nasbench_pytorch.model.tf_variables import load_tf_variables, tf_variables
from nasbench_pytorch.space.spec import ModelSpec

__all__ = [
    "OPERATIONS",
    "BatchNormSettings",
    "ModelSpec",
    "Network",
    "initialize",
    "load_tf_variables",
    "register_operation",
    "tf_variables",
]
