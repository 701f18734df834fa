"""The network of a cell: stem, stacks of modules, classifier."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
import torch.fx
from jaxtyping import Float
from torch import Tensor, nn

from nasbench_pytorch.legacy.checkpoints import convert_legacy_state_dict
from nasbench_pytorch.legacy.names import is_legacy_state_dict
from nasbench_pytorch.model.initialization import Initialization, initialize
from nasbench_pytorch.model.layers_view import LayersView
from nasbench_pytorch.model.module import Cell
from nasbench_pytorch.model.operations import BatchNormSettings, ConvBnRelu
from nasbench_pytorch.space.any_spec import AnySpec, as_spec
from nasbench_pytorch.space.operation_checks import check_ends, unknown_operation
from nasbench_pytorch.space.operations import OPERATION_COSTS
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec


class Network(nn.Module):
    """The network of a NAS-Bench-101 cell.

    A 3×3 stem; `num_stacks` stacks of `num_modules_per_stack` copies of the cell; global mean; one dense layer. Every
    stack but the first begins with a 2×2 max pool that halves the image, and has twice the channels. The network has
    exactly the original's trainable parameters. A `state_dict` key names the position of its tensor, such as
    `stack1.module0.vertex_3.projection.conv.weight`.

    A network is a plain torch module: every layer is called, no layer overwrites its input, and tensors keep torch's
    default layout. Layers may be hooked, replaced, wrapped, pruned or parametrised. `fast_` switches on the faster
    modes that `run_training` uses, which differ by rounding; `plain_` switches them off.

    Args:
        spec: the cell: this package's or the original's `ModelSpec`, or a (matrix, ops) pair.
        num_labels: number of classes.
        in_channels: channels of the images.
        stem_out_channels: channels of the stem.
        num_stacks: number of stacks.
        num_modules_per_stack: modules in each stack.
        batch_norm_decay: fraction of their old value that running statistics keep at each step (torch's momentum is
            1 - decay).
        eps: epsilon of the batch norms.
        tf_like: 1.3.1's switch between two initialisations; ignored with a warning, see `initialization`.
        momentum: 1.3.1's name of `batch_norm_decay`; deprecated because torch's momentum means the opposite.
        initialization: how initial weights are drawn from torch's global generator; `reset_parameters` draws again.
        fuse_projections: run all projections of a module's input as one layer. It changes the speed, not the results
            or parameters. Hooks that torch calls for every module are not called for these layers.
        channels_last: compute in the original's layout, NHWC, whatever the layout of the images. It changes results
            only by rounding.

    Raises:
        InputError: the output is unreachable, an operation is unknown, or a module is too narrow for the cell.

    Source: section 2 of Ying et al. 2019 (arXiv 1902.09635).
    """

    def __init__(  # noqa: PLR0913 - signature of 1.3.1
        self,
        spec: AnySpec,
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
        fuse_projections: bool = False,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        if momentum is not None:
            warnings.warn(
                "momentum= is now batch_norm_decay= (the fraction that running statistics keep at each step, 0.997); "
                "torch's momentum means the opposite",
                DeprecationWarning,
                stacklevel=2,
            )
            batch_norm_decay = momentum
        if tf_like is not None:
            warnings.warn(
                "tf_like= is ignored: initial weights are the original's; use initialization='nasbench-pytorch-1.3' "
                "for those of 1.3.1",
                DeprecationWarning,
                stacklevel=2,
            )
        self.spec = as_spec(spec)
        self.skeleton = Skeleton(num_labels, in_channels, stem_out_channels, num_stacks, num_modules_per_stack)
        self.initialization: Initialization = initialization
        self.channels_last = channels_last
        _check_operations(self.spec)

        batch_norm = BatchNormSettings(batch_norm_decay, eps)
        self.stem = batch_norm.conv(in_channels, stem_out_channels, 3)
        for stack, module, module_in_channels, module_out_channels in self.skeleton.modules():
            if module == 0 and stack > 0:
                # TensorFlow's "same" pooling keeps an odd last row and column; torch's default drops them.
                self.add_module(f"pool{stack}", nn.MaxPool2d(2, stride=2, ceil_mode=True))
            if module == 0:
                self.add_module(f"stack{stack}", nn.ModuleDict())
            cell = Cell(self.spec, module_in_channels, module_out_channels, batch_norm)
            cell.fuse_projections = fuse_projections
            self.stack(stack)[f"module{module}"] = cell
        self.classifier = nn.Linear(self.skeleton.out_channels, num_labels)
        self.reset_parameters()

    @classmethod
    def from_hash(cls, module_hash: str, **options: Any) -> Network:
        """Build the network of the NAS-Bench-101 cell that has a hash; enumeration finds the cell, without a table.

        Args:
            module_hash: 32 hex digits, or a prefix that only one of the 423,624 cells has.
            options: keyword arguments of `Network`.

        Raises:
            InputError: no cell of the space has this hash.
        """
        from nasbench_pytorch.space.enumerate import cell_by_hash

        return cls(cell_by_hash(module_hash), **options)

    def stack(self, index: int) -> nn.ModuleDict:
        """Return the stack at `index`: its modules by name, `module0` first."""
        stack = getattr(self, f"stack{index}")
        assert isinstance(stack, nn.ModuleDict)
        return stack

    @property
    def layers(self) -> LayersView:
        """Stem, modules and pools in the order in which they run, as in 1.3.1; assigning replaces a layer."""
        return LayersView(self)

    @property
    def cell_indices(self) -> set[int]:
        """Positions of the modules in `layers`, as in 1.3.1."""
        return self.layers.cell_indices

    def fast_(self, fast: bool = True) -> Network:
        """Switch on the modes that train fastest, in place: NHWC layout, fused projections, sums and ReLUs in place.

        They change results only by rounding. Code that hooks or replaces layers should run on a plain network.

        Args:
            fast: False switches the modes off, see `plain_`.

        Returns:
            The network.
        """
        self.channels_last = fast
        for module in self.modules():
            if isinstance(module, Cell):
                module.fuse_projections = module.in_place = fast
            elif isinstance(module, ConvBnRelu) and type(module.activation) is nn.ReLU:
                module.activation.inplace = fast
        # mypy does not know this overload of torch's.
        self.to(memory_format=torch.channels_last if fast else torch.contiguous_format)  # type: ignore[call-overload]
        return self

    def plain_(self) -> Network:
        """Switch the modes of `fast_` off, in place, and return the network; new networks are plain."""
        return self.fast_(False)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw new initial weights; `generator` is torch's global one if None."""
        initialize(self, self.initialization, generator)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Load weights as `torch.nn.Module.load_state_dict` does; those of nasbench-pytorch 1.3.1 with a warning.

        Raises:
            InputError: the weights are from 1.3.1, but of another cell or skeleton.
        """
        if is_legacy_state_dict(state_dict):
            warnings.warn(
                "these weights are from nasbench-pytorch 1.3.1 and were converted to this version's names; "
                "save network.state_dict() again to keep them",
                UserWarning,
                stacklevel=2,
            )
            state_dict = convert_legacy_state_dict(state_dict, self)
        return super().load_state_dict(state_dict, strict, assign)

    def __prepare_scriptable__(self) -> torch.fx.GraphModule:
        """Return what `torch.jit.script` compiles: the network traced by torch.fx, since its structure is fixed."""
        traced = torch.fx.symbolic_trace(self)
        for node in traced.graph.nodes:
            node.type = None  # jaxtyping's annotations mean nothing to TorchScript
        traced.recompile()
        return traced

    def forward(self, images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch labels"]:
        """Return the logits of normalised images."""
        return self.classify(self.features(images)[-1])

    def features(self, images: Float[Tensor, "batch channels height width"]) -> list[Tensor]:
        """Return the activations after the stem and after each stack, [batch, channels, height, width] each."""
        if self.channels_last:
            # NHWC is the original's layout. Sums in its order bring float32 results several times closer to the
            # original's than NCHW does, and CPUs and tensor cores are faster in NHWC.
            images = images.contiguous(memory_format=torch.channels_last)
        result: list[Tensor] = [self.stem(images)]
        for index in range(self.skeleton.num_stacks):
            activation = result[-1]
            if index > 0:
                activation = getattr(self, f"pool{index}")(activation)
            for module in self.stack(index).values():
                activation = module(activation)
            result.append(activation)
        return result

    def classify(self, activation: Float[Tensor, "batch features h w"]) -> Float[Tensor, "batch labels"]:
        """Apply the global mean and the dense layer, under autocast in float32."""
        if not _autocast_is_on():
            return self._head(activation)
        with torch.autocast(activation.device.type, enabled=False):
            return self._head(activation.to(torch.promote_types(activation.dtype, self.classifier.weight.dtype)))

    def _head(self, activation: Tensor) -> Tensor:
        logits: Tensor = self.classifier(activation.mean(dim=(2, 3)))
        return logits


def _autocast_is_on() -> bool:
    return torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")


def _check_operations(spec: ModelSpec) -> None:
    # Costs and modules are registered together, so both registries have the same operations.
    ops = spec.pruned().ops
    check_ends(ops)
    for vertex in range(1, len(ops) - 1):
        if ops[vertex] not in OPERATION_COSTS:
            raise unknown_operation(ops[vertex], vertex, list(OPERATION_COSTS))
