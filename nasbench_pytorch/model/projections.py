"""Several projections of one input as a single convolution and batch norm.

Every edge from a module's input has a 1×1 conv → BN → ReLU of its own. Since batch norm works channel by channel, all
of them together are one wider conv → BN → ReLU, cut up afterwards: the input is read once instead of once an edge, and
its gradient is one product instead of a sum of several. Parameters and running statistics stay the vertices' own.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from nasbench_pytorch import foreach
from nasbench_pytorch.model.operations import ConvBNReLU


def can_run_together(projections: Sequence[ConvBNReLU]) -> bool:
    """Whether running them as one gives what running them one by one gives.

    Not so where a layer has been replaced or treated differently from the others, and not where somebody listens to
    one of them with a hook, which a fused layer would not call.
    """
    if len(projections) < 2 or _has_any_global_hook():
        return False
    return all(
        _is_usual(projection) and _settings(projection.norm) == _settings(projections[0].norm)
        for projection in projections
    )


def run_together(
    projections: Sequence[ConvBNReLU], images: Float[Tensor, "batch in h w"]
) -> list[Float[Tensor, "batch _ h w"]]:
    """The projections' results, in order, as views of one tensor; their running statistics move as if run alone."""
    norms = [projection.norm for projection in projections]
    channels = [norm.num_features for norm in norms]
    together = F.conv2d(images, torch.cat([projection.conv.weight for projection in projections]))
    training, first = norms[0].training, norms[0]
    assert first.momentum is not None
    mean = torch.cat(_buffers(norms, "running_mean"))
    variance = torch.cat(_buffers(norms, "running_var"))
    normalised = F.batch_norm(
        together,
        mean,
        variance,
        torch.cat([norm.weight for norm in norms]),
        torch.cat([norm.bias for norm in norms]),
        training,
        first.momentum,
        first.eps,
    )
    if training:
        _give_back(norms, mean, variance)
    return list(torch.split(F.relu_(normalised), channels, dim=1))


@torch.no_grad()
def _give_back(norms: Sequence[nn.BatchNorm2d], mean: Tensor, variance: Tensor) -> None:
    channels = [norm.num_features for norm in norms]
    foreach.copy_(_buffers(norms, "running_mean"), list(torch.split(mean, channels)))
    foreach.copy_(_buffers(norms, "running_var"), list(torch.split(variance, channels)))
    foreach.add_(_buffers(norms, "num_batches_tracked"), 1)


def _buffers(norms: Sequence[nn.BatchNorm2d], name: str) -> list[Tensor]:
    # torch's compiler knows `get_buffer` since 2.5 only.
    return [getattr(norm, name) for norm in norms]


def _is_usual(projection: ConvBNReLU) -> bool:
    """Whether its layers are those that it was made with, and nobody listens to them."""
    layers = (projection, projection.conv, projection.norm, projection.activation)
    conv, norm = projection.conv, projection.norm
    return (
        [type(layer) for layer in layers] == [ConvBNReLU, nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
        and conv.bias is None
        and norm.affine
        and norm.momentum is not None
        and norm.running_mean is not None
        and not any(map(_has_hooks, layers))
    )


def _settings(norm: nn.BatchNorm2d) -> tuple[object, ...]:
    return norm.training, norm.momentum, norm.eps


def _has_any_global_hook() -> bool:
    # torch has a function of this name since 2.8 only.
    module = nn.modules.module
    return bool(
        module._global_forward_hooks
        or module._global_forward_pre_hooks
        or module._global_backward_hooks
        or module._global_backward_pre_hooks
    )


def _has_hooks(module: nn.Module) -> bool:
    return bool(
        module._forward_hooks or module._forward_pre_hooks or module._backward_hooks or module._backward_pre_hooks
    )
