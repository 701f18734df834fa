"""The server's answers: what the page relies on, and one sentence for everything else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.explorer import Searches, TableComparison
from nasbench_pytorch.explorer.bundle import PAGE
from nasbench_pytorch.explorer.server import app as app_module
from tests.helpers.explorer_samples import client_of, irregular_table, mini_table, write_searches

CLIENT = client_of()
JSON = {"content-type": "application/json"}


def error_of(response: Any, status: int) -> str:
    """Return the sentence of an error, checked for its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    (key, text), *_ = response.json().items()
    assert key == "error" and text and "\n" not in text and "Traceback" not in text
    return str(text)


def test_the_page_and_all_that_it_names_are_there() -> None:
    page = CLIENT.get("/")
    assert page.headers["content-type"].startswith("text/html")
    names = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    kinds = {name.rpartition(".")[2]: CLIENT.get(name).headers["content-type"].partition(";")[0] for name in names}
    assert kinds["css"] == "text/css" and kinds["js"] == "text/javascript"
    assert {CLIENT.get(name).status_code for name in names} == {200}


def test_all_modules_come_as_one() -> None:
    script = CLIENT.get("/page/main.js").text
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    for module in PAGE.glob("*.js"):
        last = module.read_text(encoding="utf-8").rstrip().splitlines()[-1]
        assert last in script
        assert module.name == "main.js" or CLIENT.get(f"/page/{module.name}").status_code == 404


@pytest.mark.parametrize(
    ("accepted", "is_compressed"), [("gzip, br", True), ("identity", False), ("gzip;q=0, br", False)]
)
def test_files_of_the_page_are_compressed_for_those_who_take_it(accepted: str, is_compressed: bool) -> None:
    response = CLIENT.get("/page/main.js", headers={"accept-encoding": accepted})
    assert (response.headers.get("content-encoding") == "gzip") == is_compressed
    assert response.text.rstrip().endswith((PAGE / "main.js").read_text(encoding="utf-8").rstrip().splitlines()[-1])


@pytest.mark.parametrize(
    "path",
    ["/page/", "/page/..%2fserver%2fapp.py", "/page/%2e%2e/server/app.py", "/page/.git", "/etc/passwd", "/page/a%00.js",
     "/page/main.js/", "/page", "/api", "/api/tables"],
)  # fmt: skip
def test_nothing_else_is_served(path: str) -> None:
    error_of(CLIENT.get(path), 404)


def test_every_column_comes_as_little_endian_bytes() -> None:
    for column in CLIENT.get("/api/table").json()["columns"]:
        response = CLIENT.get(f"/api/columns/{column['name']}")
        assert response.headers["content-type"] == "application/octet-stream"
        values = np.frombuffer(response.content, np.dtype(column["dtype"]).newbyteorder("<"))
        np.testing.assert_array_equal(values, mini_table().values(column["name"]))


def test_all_answers_in_json_are_strict_ascii_json() -> None:
    for path in ("/api/table", "/api/cells/0", "/api/find?text=smallest"):
        content = CLIENT.get(path).content
        assert json.loads(content.decode("ascii"), parse_constant=pytest.fail)


def test_a_filter_is_a_mask_and_a_sampler_gives_rows() -> None:
    mask = np.frombuffer(CLIENT.get("/api/filter", params={"where": "vertices<=3"}).content, np.uint8)
    assert mask.tolist() == (mini_table().values("vertices") <= 3).astype(int).tolist()
    rows = np.frombuffer(CLIENT.get("/api/samplers/uniform?count=7&seed=1").content, "<u4")
    assert len(rows) == 7 and rows.max() < 91


def test_hashes_give_rows_and_name_what_the_table_lacks() -> None:
    hashes = [mini_table().file.hash_of(row) for row in (7, 3)]
    answer = CLIENT.get(f"/api/rows?hashes={hashes[0]}.{'f' * 32}.{hashes[1][:12]}").json()
    assert answer == {"rows": [7, 3], "missing": ["f" * 32]}


def test_a_selection_is_a_file_to_be_saved() -> None:
    response = CLIENT.post("/api/selection", json={"rows": [1, 2], "format": "csv"})
    assert response.headers["content-disposition"] == 'attachment; filename="cells.csv"'
    assert response.headers["content-type"].startswith("text/csv")
    assert CLIENT.post("/api/selection", json={"rows": [1], "format": "campaign"}).json()["cells"] == 1
    assert CLIENT.post("/api/selection", json={"rows": [1], "format": "list"}).json()["count"] == 1


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/api/columns/nope", 404, "no column 'nope'"),
        ("/api/columns/%3Cscript%3E", 404, "no column '<script>'"),
        ("/api/cells/91", 404, "no row 91 in mini; rows are 0 to 90"),
        (f"/api/cells/{10**40}", 404, "no row 1000"),
        ("/api/cells/-1", 404, "nothing at"),
        ("/api/cells/x", 404, "nothing at"),
        ("/api/find", 400, "describes no cell"),
        ("/api/find?text=ffff", 404, "begins with ffff"),
        ("/api/rows", 400, "'' is no beginning of a hash"),
        ("/api/rows?hashes=0a.%3Cb%3E", 400, "'<b>' is no beginning of a hash"),
        (f"/api/rows?hashes={'.'.join(['0a'] * 201)}", 400, "201 hashes are too many"),
        ("/api/filter?where=foo%3E1", 400, "unknown field 'foo'"),
        ("/api/filter?where=%00", 400, "not part of a filter"),
        ("/api/samplers/nope", 404, "no sampler 'nope'"),
        ("/api/samplers/uniform?count=x", 400, "count must be a whole number, got 'x'"),
        ("/api/samplers/uniform?count=%F0%9F%98%80", 400, "count must be a whole number"),
        ("/api/samplers/uniform?seed=99999999999999999999", 400, "seed must be a whole number"),
        ("/api/compare", 404, "--compare"),
        ("/api/compare/4", 404, "--compare"),
        ("/api/searches/0", 404, "--searches"),
        ("/api/edit", 405, "GET is not answered here"),
    ],
)
def test_what_is_not_there_or_cannot_be_read_is_one_sentence(path: str, status: int, text: str) -> None:
    assert text in error_of(CLIENT.get(path), status)


@pytest.mark.parametrize(
    ("body", "headers", "status", "text"),
    [
        (b"{", JSON, 400, "the body is not JSON"),
        (b"", JSON, 400, "the body is not JSON"),
        (b"\xff\xfe", JSON, 400, "the body is not JSON"),
        (b"[" * 100_000, JSON, 400, "the body is not JSON"),
        (b'{"matrix": NaN, "ops": []}', JSON, 400, "NaN is no number"),
        (b"[1]", JSON, 400, "must be a JSON object, got list"),
        (b"{}", JSON, 400, "'matrix' and 'ops'"),
        (b"{}", {}, 400, "application/json"),
        (b"{}", {"content-type": "text/plain"}, 400, "application/json"),
        (b" " * (1 << 18), JSON, 413, "larger than 131,072 bytes"),
        (b'{"text": "\\ud800"}', JSON, 400, "describes no cell"),
    ],
)
def test_a_body_that_is_no_cell_is_refused(body: bytes, headers: dict[str, str], status: int, text: str) -> None:
    assert text in error_of(CLIENT.post("/api/edit", content=body, headers=headers), status)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "'rows'"),
        ({"rows": "x"}, "'rows'"),
        ({"rows": [1]}, "no format 'None'"),
        ({"rows": [1], "format": {}}, "no format"),
    ],
)
def test_a_body_that_is_no_selection_is_refused(body: Any, text: str) -> None:
    assert text in error_of(CLIENT.post("/api/selection", json=body), 400)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["matrix", "ops", "0"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.sampled_from([("edit", "matrix", "ops"), ("edit", "text"), ("selection", "rows", "format")]), st.data())
@settings(max_examples=60)
def test_whatever_is_in_a_body_is_answered_or_refused(names: tuple[str, ...], data: st.DataObject) -> None:
    body = {name: data.draw(JSON_VALUES) for name in names[1:]}
    response = CLIENT.post(f"/api/{names[0]}", content=json.dumps(body), headers=JSON)
    if response.status_code != 200:
        assert error_of(response, response.status_code) and response.status_code in (400, 404)


def test_an_unexpected_error_is_one_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "describe_cell", lambda table, row: 1 / 0)
    assert "its terminal says why" in error_of(client_of().get("/api/cells/0"), 500)


def test_texts_of_a_table_are_data(tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>\u2028\ud800"
    table = irregular_table(tmp_path, [(1, 1)])
    table.name = hostile
    response = client_of(table).get("/api/table")
    assert response.json()["name"] == hostile
    assert response.headers["content-type"] == "application/json"


def test_a_comparison_and_searches_are_served(tmp_path: Path) -> None:
    same, searches = (
        TableComparison(mini_table(), mini_table()),
        Searches(mini_table(), [write_searches(tmp_path, 1, 1)]),
    )
    client = client_of(comparison=same, searches=searches)
    facts = client.get("/api/table").json()
    assert (facts["compare"]["name"], facts["searches"][0]["id"]) == ("mini", "0")
    assert client.get("/api/compare/12").json()["correlation"]["pearson"] == pytest.approx(1)
    assert [budget["epochs"] for budget in client.get("/api/compare").json()["budgets"]] == [4, 12]
    assert client.get("/api/compare/4/x").content == client.get("/api/compare/4/y").content
    assert len(client.get("/api/compare/4/rows?metric=training_time").content) == 4 * 91
    assert "in both tables" in error_of(client.get("/api/compare/5"), 404)
    assert "in both tables" in error_of(client.get("/api/compare/4?metric=x"), 404)
    assert "rows, x, y" in error_of(client.get("/api/compare/4/z"), 404)
    assert client.get("/api/searches/0").json()["runs"][0]["rows"]
    assert "runs must be 1 to 1,000" in error_of(client.get("/api/searches/0?runs=0"), 400)
    assert "no search '9'" in error_of(client.get("/api/searches/9"), 404)
