"""The card, the versions, and the speed of matrix products."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import statistics
import subprocess
from typing import TYPE_CHECKING, Any

import torch

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.training.runtime import device as runtime
from nasbench_pytorch.training.throughput.matmul_limit import MatmulLimit

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings

PACKAGES = ("triton", "numpy", "pytest", "scikit-learn", "hypothesis")
TESTED_RELEASES = ("2.11", "2.12", "2.13")
DRIVER_FIELDS = "driver_version,clocks.max.sm,power.limit,compute_mode"


def run(findings: Findings) -> None:
    """Describe the machine and measure its limits."""
    device = resolve_device(findings.settings.device)
    precisions: Any = findings.settings.precisions
    environment = runtime.describe_environment(device, runtime.resolve_precision("auto", device))
    findings.add("environment", environment)
    findings.add("packages", {name: _version(name) for name in PACKAGES})
    if not torch.__version__.startswith(TESTED_RELEASES):
        findings.add(
            "torch", f"{torch.__version__} is not one of the releases that these checks name: {TESTED_RELEASES}"
        )
    if findings.settings.on_card:
        findings.add("card", _card(device))
        if (driver := _driver(device)) is None:
            findings.leave_out("driver", "nvidia-smi is missing or does not answer")
        else:
            findings.add("driver", driver)
    else:
        findings.leave_out("card", "the device is a CPU")
        findings.leave_out("tf32", "a CPU has no tf32")
    size = 256 if findings.settings.tiny else None
    for precision in precisions:
        runtime.apply_precision(precision, device)
        limit = MatmulLimit(precision, device, size)
        flops_per_s = statistics.median(limit.measure() for _ in range(7))
        findings.add(f"matrix products in {precision}", {"TFLOP/s": round(flops_per_s / 1e12, 3)})


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _card(device: torch.device) -> dict[str, Any]:
    properties = torch.cuda.get_device_properties(device)
    free_bytes, total_bytes = torch.cuda.mem_get_info(device)
    return {
        "name": properties.name,
        "compute capability": f"{properties.major}.{properties.minor}",
        "multiprocessors": properties.multi_processor_count,
        "memory_bytes": total_bytes,
        "free_memory_bytes": free_bytes,
        "cards": torch.cuda.device_count(),
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "bfloat16": torch.cuda.is_bf16_supported(),
        "multi_process_service": "CUDA_MPS_PIPE_DIRECTORY" in os.environ,
    }


def _driver(device: torch.device) -> dict[str, str] | None:
    """Return what nvidia-smi says of the card; None where it is missing or fails."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    # Its own numbers differ from CUDA's where CUDA_VISIBLE_DEVICES is set.
    command = [
        tool,
        f"--id=GPU-{torch.cuda.get_device_properties(device).uuid}",
        f"--query-gpu={DRIVER_FIELDS}",
        "--format=csv,noheader",
    ]
    try:
        line = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    except (subprocess.SubprocessError, OSError):
        return None
    return dict(zip(DRIVER_FIELDS.split(","), [field.strip() for field in line.split(",")], strict=False))
