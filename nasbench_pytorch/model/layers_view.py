"""A network's layers as the flat list that nasbench-pytorch 1.3.1 had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from torch import nn

    from nasbench_pytorch.model.network import Network


class LayersView(Sequence["nn.Module"]):
    """Stem, modules and down-sampling pools in the order in which they run; assigning to an item replaces the layer.

    Args:
        network: the network; the view follows its changes.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        skeleton = network.skeleton
        self._names = ["stem"]
        for stack in range(skeleton.num_stacks):
            self._names += [f"pool{stack}"] if stack else []
            self._names += [f"stack{stack}.module{module}" for module in range(skeleton.num_modules_per_stack)]

    @property
    def cell_indices(self) -> set[int]:
        """Positions of the modules, that is of the copies of the cell."""
        return {position for position, name in enumerate(self._names) if name.startswith("stack")}

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> nn.Module: ...

    @overload
    def __getitem__(self, index: slice) -> list[nn.Module]: ...

    def __getitem__(self, index: int | slice) -> nn.Module | list[nn.Module]:
        if isinstance(index, slice):
            return [self._network.get_submodule(name) for name in self._names[index]]
        return self._network.get_submodule(self._names[index])

    def __setitem__(self, index: int, layer: nn.Module) -> None:
        parent, _, name = self._names[index].rpartition(".")
        setattr(self._network.get_submodule(parent), name, layer)

    def __iter__(self) -> Iterator[nn.Module]:
        return map(self._network.get_submodule, self._names)

    def __repr__(self) -> str:
        return f"LayersView({', '.join(self._names)})"
