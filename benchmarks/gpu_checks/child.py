"""Process of one part: `python -m benchmarks.gpu_checks.child PART --settings JSON --limit-s S --result FILE`."""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from pathlib import Path

from benchmarks.gpu_checks.findings import Findings, first_line
from benchmarks.gpu_checks.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", help="a module of this folder that has a function `run`")
    parser.add_argument("--settings", type=Settings.from_json, required=True)
    parser.add_argument("--limit-s", type=float, required=True)
    parser.add_argument("--result", type=Path, required=True)
    arguments = parser.parse_args()
    findings = Findings(arguments.result, arguments.settings, arguments.limit_s)
    try:
        importlib.import_module(arguments.part).run(findings)
    except Exception as error:  # whatever it is, the other parts run
        traceback.print_exc()
        findings.fail("the part itself", first_line(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
