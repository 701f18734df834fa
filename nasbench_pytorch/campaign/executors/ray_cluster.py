"""The Ray cluster that trials run on: started on this machine or joined at an address, and its capacity."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_pytorch.campaign.executors.ray_sockets import temporary_folder
from nasbench_pytorch.errors import InputError, MissingExtraError

_CONNECT_TIMEOUT_S = 10.0
_HEALTH_TIMEOUT_S = 30.0
_SMALLEST_SHARE = 1e-4
"""Ray's smallest unit of a resource."""

_OBJECT_STORE_BYTES = 100 * 2**20


@dataclass(frozen=True)
class Share:
    """Resources that Ray reserves for each running trial.

    Attributes:
        cpus: cores; may be a fraction.
        gpus: GPUs. A fraction below 1 lets several trials share a GPU; above 1 the number must be whole.

    Raises:
        InputError: a number is out of range.
    """

    cpus: float = 1.0
    gpus: float = 0.0

    def __post_init__(self) -> None:
        for share in (self.cpus, self.gpus):
            if not (share == 0 or _SMALLEST_SHARE <= share < math.inf) or self.cpus == self.gpus == 0:
                raise InputError(
                    f"a trial needs a share of a machine, {_SMALLEST_SHARE} or more, of CPUs or GPUs; got "
                    f"{self.cpus:g} CPUs (--cpus-per-trial) and {self.gpus:g} GPUs (--gpus-per-trial)"
                )
        if self.gpus > 1 and self.gpus % 1:
            raise InputError(f"--gpus-per-trial must be at most 1 or a whole number, got {self.gpus:g}")

    def fits(self, resources: Mapping[str, float]) -> int:
        """Return how many trials a node with these resources runs at once."""
        limits = [int(resources.get("CPU", 0.0) / self.cpus + 1e-9)] if self.cpus else []
        if 0 < self.gpus < 1:
            limits.append(int(resources.get("GPU", 0.0)) * int(1 / self.gpus + 1e-9))  # no trial spans two GPUs
        elif self.gpus:
            limits.append(int(resources.get("GPU", 0.0) / self.gpus))
        return min(limits)

    def capacity(self, nodes: Iterable[Mapping[str, float]]) -> int:
        """Return how many trials run at once on these nodes.

        Raises:
            InputError: no node can run a trial.
        """
        nodes = list(nodes)
        capacity = sum(self.fits(node) for node in nodes)
        if not capacity:
            most = {kind: max((node.get(kind, 0.0) for node in nodes), default=0.0) for kind in ("CPU", "GPU")}
            raise InputError(
                f"a trial asks for {self.cpus:g} CPUs and {self.gpus:g} GPUs, and no node of the Ray cluster has that "
                f"(the most a node has: {most['CPU']:g} CPUs, {most['GPU']:g} GPUs); "
                f"lower --cpus-per-trial or --gpus-per-trial"
            )
        return capacity


def import_ray() -> Any:
    """Import Ray, with its usage reports off.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # silences a warning of a coming change
    try:
        import ray
    except ImportError:
        raise MissingExtraError("Ray", "campaign") from None
    return ray


def connect(address: str | None, local_cpus: int | None = None) -> bool:
    """Join the cluster at `address` as a driver, or start a local cluster.

    Args:
        address: `host:port` of the head of the cluster that this machine belongs to, or `auto` to find that cluster;
            None starts a local cluster and joins no other. Machines cannot reach that cluster from outside, unless
            Ray was imported before this call.
        local_cpus: number of cores that a local cluster offers; None for all of the machine's.

    Returns:
        Whether this call has connected, so that the caller has to disconnect; False if Ray was connected before.

    Raises:
        InputError: no cluster answers at the address, or the folder for temporary files has too long a name.
        MissingExtraError: Ray is not installed.
    """
    if address is None:
        # Ray reads this when it is imported, and its servers then use the loopback address alone, as they do by default
        # on macOS: whoever reaches them can run code.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    ray = import_ray()
    if ray.is_initialized():
        return False
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init(
            "local",
            num_cpus=local_cpus,
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
            _temp_dir=temporary_folder(),
            **quiet,
        )
        return True
    if address != "auto":
        _check_answers(address)
    try:
        ray.init(address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _unreachable(address, str(error).splitlines()[0]) from None
    return True


def nodes() -> list[dict[str, float]]:
    """Return the resources of each living node."""
    ray = import_ray()
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _check_answers(address: str) -> None:
    """Check the address first: Ray would try for minutes, and then end the process."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise InputError(
            f"--ray-address '{address}' must be host:port of the cluster's head, or auto (start the driver on one "
            "of its machines; Ray's client, ray://, is not supported)"
        )
    try:
        with contextlib.closing(socket.create_connection((host.strip("[]"), int(port)), _CONNECT_TIMEOUT_S)):
            pass
    except (OSError, OverflowError) as error:
        raise _unreachable(address, str(error)) from None
    try:
        subprocess.run(
            [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_HEALTH_TIMEOUT_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise _unreachable(address, f"no answer within {_HEALTH_TIMEOUT_S:.0f} s") from None
    except subprocess.CalledProcessError:
        raise _unreachable(address, "the address is not a healthy head of a Ray cluster") from None


def _unreachable(address: str, reason: str) -> InputError:
    return InputError(
        f"--ray-address {address}: cannot reach a Ray cluster ({reason}); start one there with: ray start --head, or "
        "leave --ray-address out to run on this machine"
    )
