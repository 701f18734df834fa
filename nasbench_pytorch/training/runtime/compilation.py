"""torch.compile for a training: a check of this machine, and a network's compiled forward pass."""

from __future__ import annotations

import time
import types
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError

_REMEDIES = {
    "InvalidCxxCompiler": "there is no C++ compiler (g++, or what CXX names); install one, such as apt-get install g++",
    "TritonMissing": "the package triton is missing; install it with: pip install triton",
}


def check_compilation(device: torch.device) -> None:
    """Compile a few operations, which takes seconds, so that a training does not fail later.

    Raises:
        InputError: compilation fails; the message says what is missing.
    """
    # A new constant every time: a result from torch's cache would prove nothing.
    number = time.time_ns()
    try:
        result = torch.compile(
            _with_new_code(lambda values: (values * number).sum() if torch.compiler.is_compiling() else None)
        )(torch.ones(8, device=device))
    except Exception as error:  # a compiler may raise anything
        raise InputError(f"--compile is not possible here: {_reason(error)}; or leave out --compile") from None
    if result is None:
        raise InputError(
            "--compile is not possible here: torch compiles nothing, as after TORCH_COMPILE_DISABLE=1 or "
            "TORCHDYNAMO_DISABLE=1; unset that, or leave out --compile"
        )


def _reason(error: BaseException) -> str:
    """Return the missing component if it is known, else the first line of the error."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in _REMEDIES:
            return _REMEDIES[type(cause).__name__]
        cause = cause.__cause__ or cause.__context__
    lines = str(error).splitlines() or [""]
    error_lines = [line.strip() for line in lines if "error:" in line]
    return f"{type(error).__name__}: {(error_lines or lines)[0]}"


def compiled_forward(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return `network`'s forward pass, compiled at the first call of each shape; the network does not change."""

    def forward(images: Tensor) -> Any:
        return network(images)

    # A new code object lets a long-lived process compile every network, and forget it together with its graphs.
    compiled: Callable[[Tensor], Tensor] = torch.compile(_with_new_code(forward), dynamic=False)
    return compiled


def _with_new_code(function: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    """Return the same function with a new code object.

    torch keeps at most eight compiled graphs for a code object, and runs the function uncompiled after that.
    """
    assert isinstance(function, types.FunctionType)
    return types.FunctionType(function.__code__.replace(), function.__globals__, closure=function.__closure__)
