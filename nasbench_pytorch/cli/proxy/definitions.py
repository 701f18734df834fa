"""`nasbench proxy list`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.help_text import command_lines
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.printable import print_lines


@dataclass(frozen=True)
class _List:
    names: tyro.conf.Positional[tuple[str, ...]] = ()
    """Proxies whose definitions to show; without one, a line for each proxy."""
    json: Path | None = None
    """Print the definitions as JSON instead of text; with the name of a .json file, write them there."""


def list_proxies(arguments: list[str]) -> None:
    about = "List the proxies, or show the definition of some: formula, source, setting, traps."
    parsed = parse(_List, arguments, "nasbench proxy list", about)
    check_json_path(parsed.json)
    from nasbench_pytorch.proxies.registry import PROXIES, find_proxies

    proxies = find_proxies(parsed.names or PROXIES)
    definitions = {proxy.name: inspect.getdoc(proxy.definition) or "" for proxy in proxies}
    if write_result(parsed.json, definitions):
        return
    if parsed.names:
        print_lines(*("\n".join([name, text, ""]) for name, text in definitions.items()))
    else:
        print_lines(*command_lines({name: text.partition("\n")[0] for name, text in definitions.items()}))
