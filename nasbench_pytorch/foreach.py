"""Operations on lists of tensors: a few kernels for all of them where torch can do that, else one tensor at a time.

torch's own optimisers use these functions, but torch gives them no public name. This is the only module that asks for
them; where a release of torch lacks one, the same is done tensor by tensor, with the same bits.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def _operation(name: str) -> Callable[..., Any]:
    together: Callable[..., Any] | None = getattr(torch, f"_foreach_{name}", None)
    return together or functools.partial(one_by_one, getattr(Tensor, name))


def one_by_one(
    operation: Callable[..., Tensor], tensors: Sequence[Tensor], *others: Any, **numbers: float
) -> list[Tensor]:
    """Apply a method of tensors to each in turn.

    Args:
        operation: the method.
        tensors: what it is called on.
        others: its arguments; a sequence holds one for each tensor, a number is the same for all.
        numbers: further arguments, the same for all.
    """
    columns = (other if isinstance(other, Sequence) else itertools.repeat(other) for other in others)
    return [operation(*row, **numbers) for row in zip(tensors, *columns, strict=False)]


add = _operation("add")
add_ = _operation("add_")
addcdiv_ = _operation("addcdiv_")
addcmul_ = _operation("addcmul_")
copy_ = _operation("copy_")
mul_ = _operation("mul_")
norm = _operation("norm")
sqrt_ = _operation("sqrt_")
sub_ = _operation("sub_")
