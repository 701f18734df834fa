"""Several projections of one input, computed as a single convolution and batch norm.

Each edge from a module's input has a 1×1 conv → BN → ReLU. Batch norm works channel by channel, so all projections
together equal one wider conv → BN → ReLU that is split afterwards. The input is then read once instead of once per
edge, and its gradient is one product instead of a sum. Each vertex keeps its parameters and running statistics.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's convention

from nasbench_pytorch import foreach
from nasbench_pytorch.model.operations import ConvBnRelu


def can_run_together(projections: Sequence[ConvBnRelu]) -> bool:
    """Whether one fused layer gives the same results as the separate projections.

    It does not if a layer was replaced, wrapped or has other settings than its siblings, or if a layer has a hook,
    which a fused layer would not call. Hooks that torch calls for every module of every network are not called.
    """
    return len(projections) > 1 and all(
        _is_unmodified(projection) and _settings(projection.norm) == _settings(projections[0].norm)
        for projection in projections
    )


def run_together(
    projections: Sequence[ConvBnRelu], images: Float[Tensor, "batch in h w"]
) -> list[Float[Tensor, "batch _ h w"]]:
    """Run the projections as one layer and update their running statistics as separate runs would.

    Returns:
        The result of each projection, in order, as views of one tensor.
    """
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
        _store_statistics(norms, mean, variance)
    return list(torch.split(F.relu_(normalised), channels, dim=1))


@torch.no_grad()
def _store_statistics(norms: Sequence[nn.BatchNorm2d], mean: Tensor, variance: Tensor) -> None:
    channels = [norm.num_features for norm in norms]
    foreach.copy_(_buffers(norms, "running_mean"), list(torch.split(mean, channels)))
    foreach.copy_(_buffers(norms, "running_var"), list(torch.split(variance, channels)))
    foreach.add_(_buffers(norms, "num_batches_tracked"), 1)


def _buffers(norms: Sequence[nn.BatchNorm2d], name: str) -> list[Tensor]:
    # torch's compiler knows `get_buffer` since 2.5 only.
    return [getattr(norm, name) for norm in norms]


def _is_unmodified(projection: ConvBnRelu) -> bool:
    """Whether the projection has its original kinds of layers, without hooks or another `forward`."""
    layers = (projection, projection.conv, projection.norm, projection.activation)
    conv, norm = projection.conv, projection.norm
    return (
        [type(layer) for layer in layers] == [ConvBnRelu, nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
        and conv.bias is None
        and norm.affine
        and norm.momentum is not None
        and norm.running_mean is not None
        and norm.track_running_stats
        and not any(map(_is_hooked, layers))
    )


def _settings(norm: nn.BatchNorm2d) -> tuple[object, ...]:
    return norm.training, norm.momentum, norm.eps


def _is_hooked(module: nn.Module) -> bool:
    """Whether the module has a hook of any kind, or a `forward` that was put in the place of its class's."""
    attributes = vars(module)
    return "forward" in attributes or any(value for name, value in attributes.items() if name.endswith("_hooks"))
