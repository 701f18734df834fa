"""Values from files: damage and other types are named by field, and never reach the code behind."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from nasbench_pytorch.campaign import CampaignOptions, Selection, Settings
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model.weights import load_weights, save_weights
from nasbench_pytorch.records import Evaluation, RunResult
from nasbench_pytorch.shapes import checked, parse_json
from nasbench_pytorch.space import Skeleton, named_cell
from nasbench_pytorch.training import Recipe
from tests.helpers.model_networks import build

ODD_VALUES: list[Any] = [None, True, -1, 10**30, 1.5, float("nan"), "", "x", [], [[]], {}, {"a": 1}, [None] * 3]


def odd_copies(value: Any, count: int) -> list[Any]:
    """Return copies of a JSON value with an odd value, or nothing, somewhere inside."""
    generator = random.Random(0)
    copies = []
    for _ in range(count):
        copy = json.loads(json.dumps(value))
        inner = copy
        while isinstance(inner, dict | list) and inner:
            key = generator.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
            if not isinstance(inner[key], dict | list) or generator.random() < 0.3:
                if generator.random() < 0.1:
                    del inner[key]
                else:
                    inner[key] = generator.choice(ODD_VALUES)
                break
            inner = inner[key]
        copies.append(copy)
    return [*copies, *ODD_VALUES]


RESULT = RunResult(
    named_cell("inception").spec.to_dict(),
    "0" * 32,
    dict(vars(Skeleton())),
    Recipe().to_dict(),
    {"name": "digits"},
    0,
    "complete",
    1,
    [Evaluation(1.0, 1, 1.0, 0.5, None, 0.5, 1.0, None, 1.0)],
    1,
    1.0,
    1.0,
)


def message_of(kind: Any, value: Any) -> str:
    """Return why a value is refused; empty if it is read."""
    try:
        kind.from_dict(value)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (RunResult, RESULT.to_dict()),
        (Recipe, Recipe().to_dict()),
        (Skeleton, dict(vars(Skeleton()))),
        (Settings, Settings().to_dict()),
        (Selection, Selection().to_dict()),
        (CampaignOptions, CampaignOptions().to_dict()),
    ],
)
def test_odd_json_is_read_or_refused_in_one_line(kind: Any, value: dict[str, Any]) -> None:
    assert kind.from_dict(json.loads(json.dumps(value))) == kind.from_dict(value)
    messages = [message_of(kind, odd) for odd in odd_copies(value, 400)]
    assert len([message for message in messages if message]) > 100
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (int, True, "x must be a whole number, got True"),
        (float, "1", "x must be a number, got '1'"),
        (str | None, 3, "x must be a text, got 3"),
        (tuple[float, float], [1.0], "x must be a list of 2 values, got 1"),
        (list[list[int]], [[1], ["a"]], "x[1][0] must be a whole number, got 'a'"),
        (dict[str, int], {"a": 1.5}, "x.a must be a whole number, got 1.5"),
        (list[str], [10**5000], "x[0] must be a text, got a value of type int"),
        (int, "y" * 500, f"x must be a whole number, got '{'y' * 39}…"),
    ],
)
def test_a_value_of_another_type_is_named(kind: Any, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        checked(kind, value, "x")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff\xfe\x00", "1" * 5000, "nul"])
def test_a_text_that_is_not_json_is_one_line(text: str | bytes) -> None:
    with pytest.raises(InputError, match="file is damaged: not JSON"):
        parse_json(text, "file")


def test_flipped_bits_of_saved_weights_are_refused_or_change_nothing(tmp_path: Path) -> None:
    file, network = tmp_path / "weights.pt", build()
    save_weights(network, file)
    content = file.read_bytes()
    refused = 0
    for position in random.Random(0).sample(range(8 * len(content)), 60):
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << position % 8
        file.write_bytes(damaged)
        other = build()
        try:
            load_weights(other, file)
        except InputError:
            refused += 1
            continue
        for name, tensor in other.state_dict().items():
            assert torch.equal(tensor, network.state_dict()[name]), name
    assert refused > 30
