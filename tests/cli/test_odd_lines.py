"""Odd command lines, over all commands: one short line on stderr, exit code 2, nothing raw, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasbench_pytorch.cli import main

LONG = "a" * 300
HUGE = str(2**70)
ESCAPE = "\x1b[2Jx"
LONE = "\ud800"  # half of a pair: no encoding has it
BEST = ["train", "best"]
DIGITS = ["train", "resnet20", "--dataset", "digits", "--out", "new", "--device", "cpu", "--progress", "none"]

LINES: list[list[str]] = [
    # Subcommands.
    ["trian"], [""], ["--"], ["-x"], [ESCAPE], [LONE], ["table", "qurey"], ["space", ESCAPE], ["campaign", ""],
    ["info", "x"], ["info", "--jso"], ["completion"], ["completion", "tcsh"], ["completion", ESCAPE],
    # Cells.
    ["cell"], ["cell", ""], ["cell", LONG], ["cell", f"{LONG}.json"], ["cell", "loop"], ["cell", "loop.json"],
    ["cell", "."], ["cell", "/dev/null"], ["cell", LONE], ["cell", ESCAPE], ["cell", "inception", "best"],
    ["cell", "empty"], ["cell", "deep.json"], ["cell", "deeper.json"], ["cell", "large.json"], ["cell", "nan.json"],
    ["cell", "texts.json"], ["cell", "numbers.json"], ["cell", "lone.json"], ["cell", "escape.json"],
    ["cell", "bytes.json"], ["cell", '{"matrix": 3, "ops": 4}'], ["cell", "{"],
    ["cell", "inception", "--cell", "best"], ["cell", "--cell", "best", "--hash", "abcd"],
    ["cell", "--hash", ""], ["cell", "--hash", "zz"], ["cell", "--hash", "f" * 33], ["cell", "--hash", "²²²²"],
    ["cell", "--hash", ESCAPE], ["cell", "--matrix", "01 00"], ["cell", "--ops", "conv3x3"],
    ["cell", "--matrix", "0²1 001 000", "--ops", "conv3x3"], ["cell", "--matrix", "٠١ ٠٠", "--ops", ""],
    ["cell", "--matrix", "", "--ops", ""], ["cell", "--matrix", "[]", "--ops", ""],
    ["cell", "--matrix", "[" * 100_000, "--ops", "x"], ["cell", "--matrix", "[[0,1],[0,0]]", "--ops", LONE],
    ["cell", "--matrix", "011 001 000", "--ops", ESCAPE], ["cell", "--matrix", "{}", "--ops", ""],
    ["cell", "best", "--out", f"{LONG}.svg"], ["cell", "best", "--out", "loop/x.svg"],
    ["cell", "best", "--out", "empty/x.svg"], ["cell", "best", "--out", f"{LONE}.svg"], ["cell", "best", "--out", ""],
    ["cell", "best", "--out=x.gif"], ["cell", "best", "--json", "."], ["cell", "best", "--json", "no/x.json"],
    ["cell", "best", "--json", f"{LONG}.json"], ["cell", "best", "--num-labels", str(2**63)],
    ["cell", "best", "--num-labels", "0"], ["cell", "best", "--stem-out-channels", "-1"], ["cell", "-h="],
    ["space", "sample", "--count", "1000000000", "--method", "random-matrix"],
    # The explorer: refused before it serves.
    ["explore", "nope"], ["explore", ""], ["explore", ESCAPE], ["explore", LONE], ["explore", "empty"],
    ["explore", "loop"], ["explore", LONG], ["explore", "mini", "x"], ["explore", "mini", "--port", "-1"],
    ["explore", "mini", "--port", "65536"], ["explore", "mini", "--port", HUGE], ["explore", "mini", "--port", "x"],
    ["explore", "mini", "--compare", ""], ["explore", "mini", "--compare", ESCAPE], ["explore", "mini", "--json"],
    ["explore", "mini", "--searches", "empty"], ["explore", "mini", "--searches", ESCAPE],
    ["explore", "mini", "--searches", LONG], ["explore", "mini", "--searches", LONE],
    # Training: refused before any data are loaded.
    ["train"],
    ["train", "--cel", "best"], ["train", "---"], ["train", "--=x"], ["train", "--", "x", "y"], ["train", "--cell"],
    [*BEST, "--threads", str(2**40)], [*BEST, "--threads", HUGE], [*BEST, "--threads", "-1"],
    [*BEST, "--threads", "1e9"], [*BEST, "--seed", HUGE], [*BEST, "--seed", ""], [*BEST, "--epochs", "0"],
    [*BEST, "--learning-rate", "nan"], [*BEST, "--learning-rate", "1e400"], [*BEST, "--momentum", "-inf"],
    [*BEST, "--train-seconds", "nan"], [*BEST, "--learning-rate", "x"], [*BEST, "--pixel-mean", "inf", "0", "0"],
    [*BEST, "--pixel-mean", "1", "2"], [*BEST, "--pixel-std", "0", "0", "0"], [*BEST, "--evaluation-points"],
    [*BEST, "--evaluation-points", "nan"], [*BEST, "--schedule", "cosine"], [*BEST, "--preset", ESCAPE],
    ["train", "--resume"], ["train", "--resume", "--out", "empty"], ["train", "--resume", "--out", "loop"],
    ["train", "--resume", "--out", LONG], ["train", "--resume", "True"], [*BEST, "--json", "no/x.json"],
    [*BEST, "--device", "tpu"], [*BEST, "--device", ""], [*BEST, "--device", LONE], [*BEST, "--device", "meta"],
    [*BEST, "--device", "cuda:99999999999999999999"], [*BEST, "--out", ""], [*BEST, "--out", LONG],
    [*BEST, "--out", "loop"], [*BEST, "--out", "empty"], [*BEST, "--out", "empty/x"], [*BEST, "--out", LONE],
    [*BEST, "--batch-size", str(2**62)], [*BEST, "--stem-out-channels", "1"], [*BEST, "--table", LONG],
    [*BEST, "--table", "loop"], [*BEST, "--table", "."], [*BEST, "--table", "/dev/null"],
    [*BEST, "--data-root", "loop/x"], [*BEST, "--data-root", "empty"], [*BEST, "--data-root", LONG],
    [*DIGITS, "--batch-size", str(2**62)], [*DIGITS, "--num-labels", str(10**12)],
    # Evaluation and benchmark.
    ["evaluate"], ["evaluate", "a", "b"], ["evaluate", ""], ["evaluate", "."], ["evaluate", LONG],
    ["evaluate", "loop"], ["evaluate", LONE], ["bench", "--repeats", "0"], ["bench", "--repeats", HUGE],
    ["bench", "--repeat-s", "nan"], ["bench", "--repeat-s", "-1"], ["bench", "--batch-size", str(2**62)],
    # Search space.
    ["space", "info", "--max-vertices", str(2**40)], ["space", "info", "--max-vertices", "-5"],
    ["space", "info", "--max-edges", HUGE], ["space", "info", "--where", "(" * 5000], ["space", "info", "--where", ""],
    ["space", "info", "--where", f"{ESCAPE}<1"], ["space", "info", "--where", f"{LONE}<1"],
    ["space", "info", "--where", "vertices<²"], ["space", "info", "--operations", ""],
    ["space", "info", "--operations", ESCAPE], ["space", "sample", "--count", str(2**62)],
    ["space", "sample", "--n", "0"], ["space", "sample", "--seed", HUGE], ["space", "sample", "--method", "unifrm"],
    ["space", "sample", "--count", "1", "--draw", f"{LONE}.png"], ["space", "enumerate"],
    ["space", "sample", "--count", "1", "--draw", f"{LONG}.png"], ["space", "enumerate", "--out", f"{LONG}.csv"],
    ["space", "enumerate", "--out", "loop/x.csv"], ["space", "enumerate", "--out", ".csv"],
    ["space", "neighbours"], ["space", "neighbours", "zz"], ["space", "neighbours", ""],
    ["space", "neighbours", "resnet50"], ["space", "neighbours", "inception", "--cell", "best"],
    # Tables.
    ["table", "info", LONG], ["table", "info", "loop"], ["table", "info", "."], ["table", "info", "/dev/null"],
    ["table", "info", LONE], ["table", "info", "empty"], ["table", "best", "mini", "--epochs", HUGE],
    ["table", "import", "empty", "--out", "x.arrow"], ["table", "import", LONG, "--out", "x.arrow"],
    ["table", "import", "loop", "--out", "x.arrow"], ["table", "import", "x"],
    ["table", "export", "mini", "--out", "loop/y"],
    ["table", "merge", "a", "b", "--out", "c.arrow"], ["table", "verify", "loop"], ["table", "compare", "a", "b"],
    ["table", "download", "full", "--folder", "empty"], ["table", "download", "ful"],
    # Lists without an item, and empty names in lists.
    ["explore", "mini", "--searches"], ["explore", "mini", "--searches", "--no-browser"],
    ["explore", "mini", "--searches", "empty", "", "--no-browser"], ["search", "report", "empty", ""],
    ["search", "run", "random_search", "--table", "mini", "--set", "--runs", "1"],
    ["table", "compare", "mini", "mini", "--metrics"], ["table", "compare", "mini", "mini", "--epochs", "--metrics"],
    ["table", "verify", "mini", "--evaluation_images"], ["space", "info", "--operations", "--max-edges=3"],
    ["proxy", "score", "--proxies", "zen", "--cells", "-n", "5", "--out", "x.arrow"],
    ["proxy", "evaluate", "empty", "--samples"], ["predict", "fit", "--proxies", "--out", "x.arrow"],
    ["campaign", "export", "empty", "--out", "x.arrow", "--epochs"],
    # Campaigns.
    ["campaign", "status", LONG], ["campaign", "status", "loop"], ["campaign", "status", "empty"],
    ["campaign", "run", "--out", "empty"], ["campaign", "run", "--out", "loop"], ["campaign", "run", "--out", LONG],
    ["campaign", "run", "--out", "new", "--threads", str(2**40)], ["campaign", "plan", "--workers", HUGE],
    ["campaign", "plan", "--space", LONE], ["campaign", "plan", "--hashes", LONG],
    ["campaign", "plan", "--hashes", "loop"], ["campaign", "plan", "--budgets", "0"], ["campaign", "retry", "."],
    ["campaign", "export", "loop", "--out", "x.arrow"],
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with odd files."""
    made = tmp_path_factory.mktemp("odd")
    (made / "loop").symlink_to("loop")
    two = '"ops": ["input", "output"]}'
    three = '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", '
    texts = {
        "empty": "",
        "deep.json": "[" * 100_000 + "]" * 100_000,
        "deeper.json": '{"matrix":' * 50_000,
        "large.json": f'{{"matrix": [[0, {10**400}], [0, 0]], {two}',
        "nan.json": f'{{"matrix": [[0, NaN], [0, 0]], {two}',
        "texts.json": f'{{"matrix": [[0, "1"], [0, 0]], {two}',
        "numbers.json": '{"matrix": [[0, 1], [0, 0]], "ops": [1, 2]}',
        "lone.json": three + r'"\ud800", "output"]}',
        "escape.json": three + r'"\u001b[2Jx", "output"]}',
    }
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
    (made / "bytes.json").write_bytes(b"\xff\xfe\x00")
    return made


def shown(line: list[str]) -> str:
    return ascii(" ".join(word[:24] for word in line))


@pytest.mark.parametrize("line", LINES, ids=shown)
def test_an_odd_command_line_is_refused_in_one_line(
    line: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # refused at once: no test reaches the network
    before = sorted(folder.iterdir())
    assert main(line) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert len(written.err.splitlines()) == 1, written.err
    assert written.err.startswith("nasbench")
    assert "Traceback" not in written.err
    assert written.err.rstrip("\n").isprintable()
    assert len(written.err) < 1000
    assert sorted(folder.iterdir()) == before
