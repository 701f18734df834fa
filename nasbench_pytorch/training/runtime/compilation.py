"""torch.compile for a training: whether this machine can, and a network's forward pass."""

from __future__ import annotations

import time
import types
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError

_CURES = {
    "InvalidCxxCompiler": "there is no C++ compiler (g++, or what CXX names); install one, such as apt-get install g++",
    "TritonMissing": "the package triton is missing; install it with: pip install triton",
}


def check_compilation(device: torch.device) -> None:
    """Compile a few operations, which takes seconds, rather than find out in the middle of a training.

    Raises:
        InputError: it does not work; says what is missing.
    """
    # A constant that no earlier trial had, since a result from torch's cache would prove nothing.
    number = time.time_ns()
    try:
        result = torch.compile(
            _with_own_code(lambda values: (values * number).sum() if torch.compiler.is_compiling() else None)
        )(torch.ones(8, device=device))
    except Exception as error:  # whatever a compiler may raise
        raise InputError(f"--compile is not possible here: {_reason(error)}; or leave out --compile") from None
    if result is None:
        raise InputError(
            "--compile is not possible here: torch compiles nothing, as after TORCH_COMPILE_DISABLE=1 or "
            "TORCHDYNAMO_DISABLE=1; unset that, or leave out --compile"
        )


def _reason(error: BaseException) -> str:
    """What is missing where that is known, else the error's own first line."""
    link: BaseException | None = error
    while link is not None:
        if type(link).__name__ in _CURES:
            return _CURES[type(link).__name__]
        link = link.__cause__ or link.__context__
    lines = str(error).splitlines() or [""]
    telling = [line.strip() for line in lines if "error:" in line]
    return f"{type(error).__name__}: {(telling or lines)[0]}"


def compiled_forward(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """`network`'s forward pass, compiled at the first call for that call's shape; the network itself is untouched.

    A smaller last batch is compiled for itself.
    """

    def forward(images: Tensor) -> Any:
        return network(images)

    # Every network of a long-lived process is compiled, and forgotten together with its graphs.
    compiled: Callable[[Tensor], Tensor] = torch.compile(_with_own_code(forward), dynamic=False)
    return compiled


def _with_own_code(function: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    """The same function with a code object of its own.

    torch keeps what it compiled by code object, eight graphs for each, and then goes on uncompiled.
    """
    assert isinstance(function, types.FunctionType)
    return types.FunctionType(function.__code__.replace(), function.__globals__, closure=function.__closure__)
