from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from nasbench_pytorch.cli.shared.flags import parse_known


@dataclass(frozen=True)
class Known:
    preset: str | None = None
    dataset: str | None = None
    ray_address: str | None = None
    out: Path | None = None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", Known()),
        ("--preset a", Known(preset="a")),
        ("--preset=a", Known(preset="a")),
        ("--preset None", Known()),
        ("--preset a --dataset b --preset c", Known(preset="c", dataset="b")),
        ("--preset a --preset=b", Known(preset="b")),
        ("--ray-address head:6379", Known(ray_address="head:6379")),
        ("--ray_address=head:6379", Known(ray_address="head:6379")),
        ("--ray_address a --ray_address b", Known(ray_address="b")),
        ("--out runs/c --seed 3", Known(out=Path("runs/c"))),
    ],
)
def test_flags_are_read_as_tyro_reads_them(arguments: str, expected: Known) -> None:
    assert parse_known(Known, arguments.split()) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        "cell --unknown",
        "--threads -1",
        "--pixel-mean 1 2 3",
        "--pre a",
        "--presets a --preset-x b",
        "--unknown=--preset",
        "--help",
        "-h",
    ],
)
def test_unknown_arguments_are_ignored(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_known(Known, arguments.split()) == Known()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.parametrize("arguments", ["--threads -1", "--pixel-mean 1 2 3", "cell", "--no-augment", "--where a"])
def test_known_flags_are_found_behind_unknown_ones(arguments: str) -> None:
    assert parse_known(Known, [*arguments.split(), "--dataset", "digits"]) == Known(dataset="digits")
    assert parse_known(Known, ["--dataset", "digits", *arguments.split()]) == Known(dataset="digits")


@pytest.mark.parametrize("arguments", ["--preset", "--dataset digits --preset", "--preset --dataset digits"])
def test_a_flag_without_its_value_is_left_to_the_full_parse(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_known(Known, arguments.split()) == Known()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
