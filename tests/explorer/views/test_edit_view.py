"""A cell that is being edited: facts of the cell, validity, and texts that lead back to it."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from nasbench_pytorch.cli.train.arguments import parse_arguments
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.edit_view import describe_edit, read_cell
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, count_flops, count_parameters
from tests.helpers.explorer_samples import mini_table

BRANCH = {
    "matrix": [[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
    "ops": ["input", "conv3x3", "maxpool3x3", "output"],
}

CHAIN = [[int(w == v + 1) for w in range(5)] for v in range(5)]


def edited(body: Any) -> dict[str, Any]:
    facts = describe_edit(mini_table(), read_cell(mini_table(), body))
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    return facts


def test_vertices_on_no_path_are_pruned_and_the_row_follows() -> None:
    facts = edited(BRANCH)
    spec = ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
    assert facts["valid"] and facts["error"] is None and facts["note"] is None
    assert (facts["matrix"], facts["ops"][1]) == (BRANCH["matrix"], "conv3x3-bn-relu")
    assert facts["pruned"]["matrix"] == spec.original_matrix.tolist()
    assert facts["hash"] == spec.hash_spec() == mini_table().file.hash_of(facts["row"])
    assert facts["parameters"] == count_parameters(spec, mini_table().skeleton)
    assert facts["flops"] == count_flops(spec, mini_table().skeleton)
    assert facts["cell"]["row"] == facts["row"]


def test_a_cell_without_a_path_is_invalid_and_says_why() -> None:
    facts = edited({"matrix": [[0, 0], [0, 0]], "ops": ["input", "output"]})
    assert not facts["valid"]
    assert "cannot be reached" in facts["error"]
    assert facts["hash"] is facts["row"] is facts["pruned"] is None


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("inception", "7 vertices after pruning; the cells of mini have at most 5"),
        (
            {
                "matrix": [[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0] * 5],
                "ops": ["conv1x1"] * 3,
            },
            "mini does not have this cell",
        ),
        ("resnet50", "mini has no cell with bottleneck3x3"),
        (
            {"matrix": [[int(w == v + 1) for w in range(9)] for v in range(9)], "ops": ["conv1x1"] * 7},
            "9 vertices after",
        ),
    ],
)
def test_a_valid_cell_that_the_table_lacks_says_why(cell: Any, why: str) -> None:
    facts = edited({"text": cell} if isinstance(cell, str) else cell)
    assert facts["valid"] and facts["row"] is None
    assert facts["note"].startswith(why)


def test_the_copied_texts_lead_back_to_the_cell() -> None:
    facts = edited(BRANCH)
    for text in (facts["python"], facts["train_command"], json.dumps(facts["pruned"])):
        assert edited({"text": text})["hash"] == facts["hash"]
    names: dict[str, Any] = {}
    exec(facts["python"], names)
    assert names["spec"].hash_spec() == facts["hash"]


def test_the_train_command_is_one_that_the_command_line_takes() -> None:
    words = shlex.split(edited(BRANCH)["train_command"])
    assert words[:2] == ["nasbench", "train"]
    parsed, _ = parse_arguments(words[2:])
    assert parsed.skeleton_flags.stem_out_channels == mini_table().skeleton.stem_out_channels
    assert parsed.cell_flags.resolve().spec.hash_spec() == edited(BRANCH)["hash"]


def test_a_hash_or_its_beginning_names_a_cell_of_the_table() -> None:
    name = mini_table().file.hash_of(7)
    assert edited({"text": name})["row"] == edited({"text": f" {name[:12].upper()}\n"})["row"] == 7
    assert edited({"text": "smallest"})["hash"] == NAMED_CELLS["smallest"].spec.hash_spec()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "an object with 'matrix' and 'ops'"),
        ([1], "an object with 'matrix' and 'ops'"),
        ({"matrix": [[0, 1], [0, 0]]}, "an object with 'matrix' and 'ops'"),
        ({"text": 3}, "'text' must be a text, got int"),
        ({"text": "x" * 70_000}, "70,000 characters"),
        ({"matrix": [[0] * 17] * 17, "ops": ["maxpool3x3"] * 15}, "17 vertices; at most 16"),
        ({"matrix": [[0, 2], [0, 0]], "ops": []}, "0 and 1"),
        ({"matrix": [[0, 0], [1, 0]], "ops": []}, "upper triangular"),
        ({"matrix": {"a": 1}, "ops": 3}, "rows of 0 and 1"),
        ({"matrix": [[0, 1], [0, 0]], "ops": {"a": 1}}, "list of names"),
        ({"matrix": [[0, 1], [0, 0]], "ops": ["maxpool3x3", "maxpool3x3"]}, "begin with 'input'"),
    ],
)
def test_what_is_no_cell_is_refused_in_one_sentence(body: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        edited(body)
    assert "\n" not in str(caught.value)
