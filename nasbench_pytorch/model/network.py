"""A cell as a network: stem, stacks of modules, classifier."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from nasbench_pytorch.legacy.names import refuse_legacy_state_dict
from nasbench_pytorch.model.initialization import Initialization, initialize
from nasbench_pytorch.model.module import CellModule
from nasbench_pytorch.model.operations import BatchNormSettings, ConvBNReLU
from nasbench_pytorch.space.operations import OPERATION_COSTS
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec, check_ends, unknown_operation


class Network(nn.Module):
    """The network of a NAS-Bench-101 cell.

    A 3×3 stem; `num_stacks` stacks of `num_modules_per_stack` copies of the cell, the image halved by a 2×2 max pool
    and the channels doubled before every stack but the first; global mean; one dense layer. It has exactly the
    original's trainable parameters. A `state_dict` key says where a tensor belongs:
    `stack1.module0.vertex_3.projection.conv.weight`.

    Args:
        spec: the cell: a `ModelSpec`, ours or the original's, or a (matrix, ops) pair.
        num_labels: classes.
        in_channels: channels of the images.
        stem_out_channels: channels of the stem.
        num_stacks: stacks.
        num_modules_per_stack: modules in a stack.
        batch_norm_decay: what the running statistics keep of their old value each step (torch: momentum = 1 - decay).
        eps: epsilon of the batch norms.
        tf_like: 1.3.1's switch between two initialisations; ignored with a warning, see `initialization`.
        momentum: 1.3.1's name of `batch_norm_decay`, deprecated because torch means the opposite by it.
        initialization: the starting weights, drawn from torch's global generator; `reset_parameters` draws again.
        fuse_projections: run all projections of a module's input as one layer. It changes speed, not results nor
            parameters; `False` runs them one by one.
        channels_last: compute in the original's layout, NHWC, whatever the images come in. It changes results by
            rounding; `False` computes in torch's usual one, NCHW.

    Raises:
        InputError: the output is unreachable, an operation is unknown, or a module is too narrow for the cell.

    Source: section 2 of Ying et al. 2019 (arXiv 1902.09635).
    """

    def __init__(
        self,
        spec: ModelSpec | tuple[Any, Sequence[str]],
        num_labels: int = 10,
        in_channels: int = 3,
        stem_out_channels: int = 128,
        num_stacks: int = 3,
        num_modules_per_stack: int = 3,
        batch_norm_decay: float = 0.997,
        eps: float = 1e-5,
        tf_like: bool | None = None,
        *,
        momentum: float | None = None,
        initialization: Initialization = "tensorflow",
        fuse_projections: bool = True,
        channels_last: bool = True,
    ) -> None:
        super().__init__()
        if momentum is not None:
            warnings.warn(
                "momentum= is now batch_norm_decay= (what the running statistics keep, 0.997); "
                "torch's momentum means the opposite",
                DeprecationWarning,
                stacklevel=2,
            )
            batch_norm_decay = momentum
        if tf_like is not None:
            warnings.warn(
                "tf_like= is ignored: weights start as in the original; initialization='nasbench-pytorch-1.3' "
                "gives 1.3.1's",
                DeprecationWarning,
                stacklevel=2,
            )
        self.spec = _as_spec(spec)
        self.skeleton = Skeleton(num_labels, in_channels, stem_out_channels, num_stacks, num_modules_per_stack)
        self.initialization: Initialization = initialization
        self.channels_last = channels_last
        _check_operations(self.spec)

        batch_norm = BatchNormSettings(batch_norm_decay, eps)
        self.stem = ConvBNReLU(in_channels, stem_out_channels, 3, batch_norm)
        for stack, module, module_in_channels, module_out_channels in self.skeleton.modules():
            if module == 0:
                self.add_module(f"stack{stack}", nn.ModuleDict())
            layer = CellModule(self.spec, module_in_channels, module_out_channels, batch_norm, fuse_projections)
            self.stack(stack)[f"module{module}"] = layer
        self.classifier = nn.Linear(self.skeleton.out_channels, num_labels)
        self.reset_parameters()

    @classmethod
    def from_hash(cls, module_hash: str, **options: Any) -> Network:
        """The network of the NAS-Bench-101 cell with a hash, found by enumeration, without any table.

        Args:
            module_hash: 32 hex digits, or a prefix that no other of the 423,624 cells has.
            options: as for `Network`.

        Raises:
            InputError: no cell of the space has this hash.
        """
        from nasbench_pytorch.space.enumerate import cell_by_hash

        return cls(cell_by_hash(module_hash), **options)

    def stack(self, index: int) -> nn.ModuleDict:
        """The stack of that index: its modules by name, `module0` first."""
        stack = getattr(self, f"stack{index}")
        assert isinstance(stack, nn.ModuleDict)
        return stack

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new starting weights; `generator` is torch's global one if None."""
        initialize(self, self.initialization, generator)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """As torch's.

        Raises:
            InputError: the weights are of nasbench-pytorch 1.3.1; names the function that converts them.
        """
        refuse_legacy_state_dict(state_dict)
        return super().load_state_dict(state_dict, strict, assign)

    def forward(self, images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch labels"]:
        """Logits of normalised images."""
        return self.classify(self.features(images)[-1])

    def features(self, images: Float[Tensor, "batch channels height width"]) -> list[Tensor]:
        """Activations after the stem and after each stack, [batch, channels, height, width] each."""
        # The original's layout: sums run in its order, which brings float32 several times closer to its numbers than
        # NCHW is, and CPUs and tensor cores are faster on it.
        images = images.contiguous(memory_format=torch.channels_last if self.channels_last else torch.contiguous_format)
        result: list[Tensor] = [self.stem(images)]
        for index in range(self.skeleton.num_stacks):
            activation = result[-1]
            if index > 0:
                # TensorFlow's "same" pooling keeps the odd last row and column; torch's default drops them.
                activation = F.max_pool2d(activation, 2, stride=2, ceil_mode=True)
            for module in self.stack(index).values():
                activation = module(activation)
            result.append(activation)
        return result

    def classify(self, activation: Float[Tensor, "batch features h w"]) -> Float[Tensor, "batch labels"]:
        """Global mean and dense layer, in at least float32 whatever the activation's precision."""
        with _without_autocast(activation.device.type):
            wide = activation.to(torch.promote_types(activation.dtype, self.classifier.weight.dtype))
            logits: Tensor = self.classifier(wide.mean(dim=(2, 3)))
            return logits


def _without_autocast(device_type: str) -> contextlib.AbstractContextManager[Any]:
    # The meta device has no autocast, not even one to switch off; nor has torch.export of torch 2.4.
    if device_type == "meta" or not torch.is_autocast_enabled(device_type):
        return contextlib.nullcontext()
    return torch.autocast(device_type, enabled=False)


def _as_spec(spec: Any) -> ModelSpec:
    if isinstance(spec, ModelSpec):
        return spec
    if hasattr(spec, "original_matrix") and hasattr(spec, "original_ops"):
        # The original's ModelSpec, which 1.3.1 took as well, is another class with the same attributes.
        return ModelSpec(spec.original_matrix, spec.original_ops)
    return ModelSpec(*spec)


def _check_operations(spec: ModelSpec) -> None:
    # Costs and modules are registered together, so either registry tells what is known.
    ops = spec.pruned().ops
    check_ends(ops)
    for vertex in range(1, len(ops) - 1):
        if ops[vertex] not in OPERATION_COSTS:
            raise unknown_operation(ops[vertex], vertex, list(OPERATION_COSTS))
