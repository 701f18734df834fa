"""Settings of one run of the checks."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

TINY_SKELETON = {"stem_out_channels": 8, "num_stacks": 1, "num_modules_per_stack": 1}
PRECISIONS = ("tf32", "bfloat16", "float32")


@dataclass(frozen=True)
class Settings:
    """What all parts have in common.

    Attributes:
        device: `cuda`, `cuda:1`, or `cpu`.
        tiny: small networks, few steps and few cells, to try the checks themselves.
        predecessor: nasbench-pytorch 1.3.1, prepared; None leaves the comparisons with it out.
    """

    device: str = "cuda"
    tiny: bool = False
    predecessor: str | None = None

    @property
    def on_card(self) -> bool:
        """Whether the device is a CUDA device."""
        return self.device.startswith("cuda")

    @property
    def batch_size(self) -> int:
        """Images a step in measurements of speed."""
        return 16 if self.tiny else 256

    @property
    def skeleton(self) -> dict[str, int]:
        """Fields of the skeleton that differ from NAS-Bench-101's, in measurements of speed."""
        return TINY_SKELETON if self.tiny else {}

    @property
    def precisions(self) -> tuple[str, ...]:
        """Precisions that the device has, the most important first."""
        return PRECISIONS if self.on_card else tuple(name for name in PRECISIONS if name != "tf32")

    def to_json(self) -> str:
        """Return the settings as text for a child's command line."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls(**fields)
