"""Errors of a device: out of memory, and those after which no process can use the device as before."""

from __future__ import annotations

from collections.abc import Iterator

_OUT_OF_MEMORY = (
    "outofmemory",
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
)

_OF_DEVICE = (
    "acceleratorerror",
    "cuda error:",
    "cuda driver error",
    "hip error:",
    "cudnn_status_internal_error",
    "cudnn_status_execution_failed",
    "cudnn_status_mapping_error",
    "cudnn_status_not_initialized",
    "cublas_status_internal_error",
    "cublas_status_execution_failed",
    "cublas_status_mapping_error",
    "cublas_status_not_initialized",
    "cusolver_status_internal_error",
    "cusolver_status_execution_failed",
    "illegal memory access",
    "illegal instruction was encountered",
    "misaligned address",
    "device-side assert",
    "unspecified launch failure",
    "launch timed out and was terminated",
    "uncorrectable ecc error",
    "hardware stack error",
    "device kernel image is invalid",
)
"""Parts of messages, in lower case. Since torch 2.8, `torch.AcceleratorError` stands for any error of CUDA."""

_OF_ONE_CALL = (
    "invalid argument",
    "invalid configuration argument",
    "invalid device ordinal",
    "invalid device function",
    "no kernel image is available",
    "operation not supported",
    "not permitted when stream is capturing",
    "peer access",
)
"""Parts of messages of calls that CUDA refused; the device works on."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether memory ran out. CUDA has an exception class for it; torch on the CPU raises a RuntimeError."""
    text = _text(error)
    return isinstance(error, MemoryError) or any(part in text for part in _OUT_OF_MEMORY)


def loses_device(error: BaseException) -> bool:
    """Return whether the process that met an error can no longer use its device.

    After an illegal memory access, a failed assertion in a kernel and the like, CUDA answers every call of the process
    with the same error; only a new process can use the device. Running out of memory is none of these. The errors
    that led to this one count too, since a training may wrap them.

    Source: the CUDA Runtime API on `cudaError_t`: errors that leave the process in an inconsistent state.
    """
    return any(
        isinstance(one, Exception)
        and not is_out_of_memory(one)
        and any(part in _text(one) for part in _OF_DEVICE)
        and not any(part in _text(one) for part in _OF_ONE_CALL)
        for one in _chain(error)
    )


def _text(error: BaseException) -> str:
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    return f"{names} {error}".lower()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
