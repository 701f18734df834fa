"""Every test with the mark `gpu`, in a pytest process."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings

ROOT = Path(__file__).parents[2]
NEEDED = ("pytest", "hypothesis", "sklearn")
OUTCOME = re.compile(r"^(tests/\S+::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b")
REASON = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?::.+?) - (.*)$")
SKIP = re.compile(r"^SKIPPED \[\d+\] (\S+): (.*)$")
TOTAL = re.compile(r"^=* ?(.*\b(?:passed|failed|skipped|deselected|errors?)\b.* in [\d.]+s.*?) ?=*$")


def run(findings: Findings) -> None:
    """Run the tests; count outcomes and name every failure."""
    missing = [package for package in NEEDED if importlib.util.find_spec(package) is None]
    if missing:
        findings.leave_out("the whole part", f"{', '.join(missing)} missing; install nasbench-pytorch[test]")
        return
    files = files_with_mark(ROOT / "tests")
    findings.add("files", files)
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-vv", "-rfEs", "-p", "no:cacheprovider", *files]
    skipped: dict[str, str] = {}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    outcomes: Counter[str] = Counter()
    for line in process.stdout:  # read while it runs, so that a killed part has what was finished
        print(line, end="", flush=True)
        if match := OUTCOME.match(line):
            outcomes[match[2].lower()] += 1
            findings.add("outcomes", dict(outcomes))
            if match[2] in ("FAILED", "ERROR"):
                findings.fail(match[1], "see the output")
        elif match := REASON.match(line):
            findings.fail(match[1], match[2][:400])
        elif match := SKIP.match(line):
            skipped[match[1]] = match[2]
        elif match := TOTAL.match(line):
            findings.add("pytest", match[1])
    code = process.wait()
    for place, reason in skipped.items():
        findings.leave_out(place, reason)
    if code != 0 and not outcomes["failed"] and not outcomes["error"]:
        findings.fail("pytest", f"ended with code {code}")


def files_with_mark(folder: Path) -> list[str]:
    """Return the test files that mention the mark, so that pytest need not import all others."""
    return sorted(
        str(path.relative_to(folder.parent))
        for path in folder.rglob("test_*.py")
        if "pytest.mark.gpu" in path.read_text(encoding="utf-8")
    )
