"""The Ray cluster that trials run on: begun on this machine, or found at an address; and what room it has."""

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

from nasbench_pytorch.errors import InputError, MissingExtraError

_CONNECT_TIMEOUT_S = 10.0
_HEALTH_TIMEOUT_S = 30.0
_SMALLEST_SHARE = 1e-4
"""Ray counts in ten-thousandths."""

_OBJECT_STORE_BYTES = 100 * 2**20


@dataclass(frozen=True)
class Share:
    """What Ray sets aside for one trial at a time.

    Attributes:
        cpus: cores, may be a fraction.
        gpus: may be a fraction below 1: several trials share a GPU; from 1 on whole ones.

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
        """How many trials a node with these resources runs at once."""
        rooms = [int(resources.get("CPU", 0.0) / self.cpus + 1e-9)] if self.cpus else []
        if 0 < self.gpus < 1:
            rooms.append(int(resources.get("GPU", 0.0)) * int(1 / self.gpus + 1e-9))  # no trial spans two GPUs
        elif self.gpus:
            rooms.append(int(resources.get("GPU", 0.0) / self.gpus))
        return min(rooms)

    def room(self, nodes: Iterable[Mapping[str, float]]) -> int:
        """How many trials run at once on these nodes.

        Raises:
            InputError: not even one, on any node.
        """
        nodes = list(nodes)
        room = sum(self.fits(node) for node in nodes)
        if not room:
            most = {kind: max((node.get(kind, 0.0) for node in nodes), default=0.0) for kind in ("CPU", "GPU")}
            raise InputError(
                f"a trial asks for {self.cpus:g} CPUs and {self.gpus:g} GPUs, and no node of the Ray cluster has that "
                f"(the most that one has: {most['CPU']:g} CPUs, {most['GPU']:g} GPUs); "
                f"lower --cpus-per-trial or --gpus-per-trial"
            )
        return room


def import_ray() -> Any:
    """Ray, silent about us.

    Raises:
        MissingExtraError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or it warns of a change to come
    try:
        import ray
    except ImportError:
        raise MissingExtraError("Ray", "campaign") from None
    return ray


def connect(address: str | None, local_cpus: int | None = None) -> bool:
    """Be a driver of the cluster at `address`; None begins one on this machine, and joins nothing.

    Args:
        address: `host:port` of a cluster's head, to which this machine belongs, or `auto` for the one it belongs to.
        local_cpus: what one that is begun here counts as this machine's cores; None for what it has.

    Returns:
        Whether it is ours to disconnect: a process that was connected already stays so.

    Raises:
        InputError: nobody answers at the address.
        MissingExtraError: Ray is not installed.
    """
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
    """Resources of each living node."""
    ray = import_ray()
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _check_answers(address: str) -> None:
    """Ray itself tries for minutes, and then ends the process."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise InputError(
            f"--ray-address '{address}' must be host:port of the cluster's head, or auto (begin the driver on one "
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
        raise _unreachable(address, "what answers there is no healthy head of a Ray cluster") from None


def _unreachable(address: str, why: str) -> InputError:
    return InputError(
        f"--ray-address {address}: cannot reach a Ray cluster ({why}); begin one there with: ray start --head, or "
        "leave --ray-address out to run on this machine"
    )
