from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from nasbench_pytorch.cli import SUBCOMMANDS, campaign, main, plot, predict, search, space, table
from tests.helpers.deadlines import DEADLINE_S

GROUPS = {
    "table": table.COMMANDS,
    "predict": predict.COMMANDS,
    "campaign": campaign.COMMANDS,
    "space": space.COMMANDS,
    "search": search.COMMANDS,
    "plot": plot.COMMANDS,
}
COMMANDS = [(group, command) for group, commands in GROUPS.items() for command in commands]


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_is_a_module_with_a_main_function(name: str) -> None:
    assert callable(importlib.import_module(f"nasbench_pytorch.cli.{name}").main)


@pytest.mark.parametrize(("group", "command"), COMMANDS)
def test_every_command_of_a_group_has_its_function(group: str, command: str) -> None:
    module, function = GROUPS[group][command][0].split(":")
    assert module.startswith(f"{group}.")
    assert callable(getattr(importlib.import_module(f"nasbench_pytorch.cli.{module}"), function))


@pytest.mark.parametrize(("group", "command"), COMMANDS)
def test_every_command_of_a_group_prints_its_help(group: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([group, command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: nasbench {group} {command} [-h]")


@pytest.mark.parametrize("group", GROUPS)
def test_the_help_of_a_group_lists_its_commands(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([group]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(GROUPS[group])
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("group", GROUPS)
def test_an_unknown_command_of_a_group_is_named(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([group, "unheard-of"]) == 2
    expected = f"nasbench {group}: unknown command 'unheard-of'; there are: {', '.join(GROUPS[group])}\n"
    assert capsys.readouterr().err == expected


def test_help_loads_no_torch_and_answers_for_each_subcommand() -> None:
    code = (
        "import sys\n"
        "from nasbench_pytorch.cli import main\n"
        "for arguments in (['--help'], ['train', '--help'], ['cell', '--help'], ['cell', 'inception']):\n"
        "    try:\n"
        "        main(arguments)\n"
        "    except SystemExit as end:\n"
        "        assert end.code == 0\n"
        "heavy = {'torch', 'numba', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=DEADLINE_S)


def test_an_unknown_subcommand_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert "unknown subcommand 'trian'; there are: train" in capsys.readouterr().err
