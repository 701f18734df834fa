"""What people paste: notations of cells, addresses of the explorer's page, and requests to its server."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

import nasbench_pytorch.explorer
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer import Searches, TableComparison, create_app
from nasbench_pytorch.space import named_cell
from nasbench_pytorch.space.notation.cell_text import cell_from_text
from tests.fuzz.mutations import change_values
from tests.fuzz.reader import FuzzedReader, WrongReadError
from tests.helpers.explorer_samples import ADDRESS, TestClient, mini_table, write_searches

_PAGE = Path(nasbench_pytorch.explorer.__file__).parent / "page"
_CELL = named_cell("inception").spec
_MATRIX, _OPS = _CELL.original_matrix.tolist(), list(_CELL.original_ops)
_ROWS = " ".join("".join(map(str, row)) for row in _MATRIX)
_NOTATIONS = (
    json.dumps({"matrix": _MATRIX, "ops": _OPS}),
    f"ModelSpec(matrix={_MATRIX}, ops=[INPUT, CONV1X1, CONV3X3, CONV3X3, CONV3X3, MAXPOOL3X3, OUTPUT])",
    f"nasbench train --matrix '{_ROWS}' --ops {','.join(_OPS)}",
    '{"op1": "conv3x3-bn-relu", "input1": [0], "input2": [0, 1]}',
    f"{np.array(_MATRIX)}\n{_OPS}",
    f"spec = ({_MATRIX}, {_OPS!r})",
)
_SIGNS = "01{}[]()\"'\\,:;=-_ \n\t\x00\u202e²٣𝟙eE.+#%&?/*~"


def _changed_text(text: str, generator: random.Random) -> str:
    """Return a text with some signs replaced, lost, repeated or added."""
    for _ in range(generator.choice((1, 1, 2, 5))):
        place, length = generator.randrange(len(text) + 1), generator.choice((0, 1, 1, 8, 60))
        sign = generator.choice(_SIGNS)
        added = generator.choice((sign, "", text[place : place + 20], sign * 50))
        text = text[:place] + added + text[place + length :]
    return text


def _of_list(data: bytes, generator: random.Random) -> str:
    chosen: str = generator.choice(json.loads(data))
    return chosen


def _changed_notation(data: bytes, generator: random.Random) -> bytes:
    return _changed_text(_of_list(data, generator), generator).encode("utf-8", "surrogatepass")


def _read_notation(path: Path) -> None:
    spec = cell_from_text(path.read_bytes().decode("utf-8"))
    if cell_from_text(json.dumps({"matrix": spec.original_matrix.tolist(), "ops": list(spec.original_ops)})) != spec:
        raise WrongReadError("a cell that was read is another one when it is written and read again")
    spec.hash_spec()


def _requests() -> list[dict[str, Any]]:
    name = next(iter(mini_table().columns))
    get = [
        ("/api/table", {}),
        (f"/api/columns/{name}", {}),
        ("/api/cells/3", {}),
        ("/api/find", {"text": "00"}),
        ("/api/find", {"text": _NOTATIONS[0]}),
        ("/api/filter", {"where": "parameters > 1000000 and vertices == 5"}),
        ("/api/samplers/uniform", {"count": "10", "seed": "1"}),
        ("/api/compare", {"metric": "test"}),
        ("/api/compare/108", {"metric": "test"}),
        ("/api/compare/108/first", {}),
        ("/api/searches/0", {"runs": "3"}),
        ("/page/map.js", {}),
    ]
    post = [
        ("/api/edit", {"matrix": _MATRIX, "ops": _OPS}),
        ("/api/edit", {"text": _NOTATIONS[2]}),
        *(
            ("/api/selection", {"rows": [0, 3, 7], "format": kind})
            for kind in ("list", "campaign", "csv", "json", "arrow")
        ),
    ]
    return [
        *({"method": "GET", "path": path, "query": query} for path, query in get),
        *({"method": "POST", "path": path, "body": body} for path, body in post),
    ]


def _changed_request(data: bytes, generator: random.Random) -> bytes:
    request = generator.choice(json.loads(data))
    values = request.get("query", request.get("body"))
    kind = generator.random()
    if kind < 0.2:
        request["path"] = "/" + quote(_changed_text(request["path"][1:], generator))
    elif kind < 0.6 and any(isinstance(value, str) for value in values.values()):
        key = generator.choice([name for name, value in values.items() if isinstance(value, str)])
        values[key] = _changed_text(values[key], generator)
    elif "body" in request and kind < 0.7:
        request["raw"] = _changed_text(json.dumps(values), generator)
    elif values:
        change_values(values, generator)
    return json.dumps(request).encode()


@cache
def _client() -> TestClient:
    with tempfile.TemporaryDirectory() as scratch:
        searches = Searches(mini_table(), [write_searches(Path(scratch), searches=1)])
    app = create_app(mini_table(), TableComparison(mini_table(), mini_table()), searches)
    return TestClient(app, base_url=ADDRESS, raise_server_exceptions=True)


def _send(path: Path) -> None:
    """Send the request; an exception in the server is a fault, and an answer must be JSON or a file."""
    request = json.loads(path.read_bytes())
    if request["method"] == "GET":
        query = {key: str(value).encode("utf-8", "replace").decode() for key, value in request["query"].items()}
        answer = _client().get(request["path"], params=query)
    else:
        body = request["raw"] if "raw" in request else json.dumps(request["body"])
        headers = {"Content-Type": "application/json", "Origin": ADDRESS}
        answer = _client().post(request["path"], content=body.encode("utf-8", "replace"), headers=headers)
    if answer.status_code >= 500:
        raise WrongReadError(f"the server failed: {answer.text[:200]}")
    if answer.status_code >= 400:
        raise InputError(answer.json()["error"])


_SCRIPT = """
import { createInterface } from "node:readline";
import { fromAddress, toAddress } from "./state.js";
for await (const line of createInterface({ input: process.stdin })) {
  const { address, facts } = JSON.parse(line);
  try {
    const { state, misfits } = fromAddress(address, facts);
    const again = fromAddress(toAddress(state, facts), facts);
    const same = JSON.stringify([again.state, again.misfits]) === JSON.stringify([state, []]);
    const rounded = state.view !== null;  // an address holds nine digits of a number
    console.log(JSON.stringify(!same && !rounded ? { wrong: again } : { misfits }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.stack) }));
  }
}
"""
_FACTS = {
    "default": {"x": "parameters", "y": "test_accuracy", "colour": "vertices"},
    "columns": [{"name": name} for name in ("parameters", "test_accuracy", "vertices")],
    "searches": [{"id": "0"}, {"id": "all"}],
    "compare": {"epochs": [4, 108]},
}
_ADDRESSES = (
    "x=vertices&y=parameters&colour=density&xscale=log&view=1,2,0.5,1&tab=compare&epochs=108&metric=train",
    "where=vertices+%3E+3&hidden=0,3&cell=28cfc7874f6d200472e1a9dcd8650aa0&tab=edit&sample=random&search=all",
)


@cache
def _node() -> subprocess.Popen[str]:
    folder = Path(tempfile.mkdtemp(prefix="nasbench-fuzz-"))
    shutil.copy(_PAGE / "state.js", folder)
    (folder / "package.json").write_text('{"type": "module"}\n')
    (folder / "fuzz.js").write_text(_SCRIPT)
    return subprocess.Popen(
        ["node", "fuzz.js"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def _read_address(path: Path) -> None:
    """Read an address as the page does. A page without node is tested by its reader in the browser alone."""
    if shutil.which("node") is None:
        raise InputError("there is no node to run the page's code with")
    process = _node()
    assert process.stdin is not None and process.stdout is not None
    address = path.read_bytes().decode("utf-8", "replace")
    process.stdin.write(json.dumps({"address": address, "facts": _FACTS}) + "\n")
    answer = json.loads(process.stdout.readline())
    if "misfits" not in answer:
        raise WrongReadError(f"{address!r}: {answer}")
    if answer["misfits"]:
        raise InputError(f"{len(answer['misfits'])} values do not fit")


EXPLORER_READERS: dict[str, FuzzedReader] = {
    "notation of a cell": FuzzedReader(
        ".txt", lambda _: json.dumps(_NOTATIONS).encode(), _changed_notation, _read_notation
    ),
    "address of the explorer": FuzzedReader(
        ".txt", lambda _: json.dumps(_ADDRESSES).encode(), _changed_notation, _read_address
    ),
    "request to the explorer": FuzzedReader(
        ".json", lambda _: json.dumps(_requests()).encode(), _changed_request, _send, 0.5
    ),
}
