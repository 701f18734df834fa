from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import SearchSpace, select_where
from nasbench_pytorch.space.filtering.filter_language import parse_where

COLUMNS = {"vertices": np.arange(8), "edges": np.array([9, 1, 8, 2, 7, 3, 6, 4]), "conv3x3-bn-relu": np.arange(8) % 3}


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("vertices<=4", "v <= 4"),
        ("vertices<=4 and edges<=6", "v <= 4 and e <= 6"),
        ("vertices<2 or edges>6 and vertices>3", "v < 2 or (e > 6 and v > 3)"),
        ("(vertices<2 or edges>6) and vertices>3", "(v < 2 or e > 6) and v > 3"),
        ("not vertices<2 and edges>3", "(not v < 2) and e > 3"),
        ("not (vertices<2 and edges>3)", "not (v < 2 and e > 3)"),
        ("not not vertices = 3", "v == 3"),
        ("2 <= vertices < 5", "2 <= v < 5"),
        ("vertices != edges", "v != e"),
        ("conv3x3==1 AND Not edges >= 0.5e1", "c == 1 and not e >= 5"),
        ("conv3x3-bn-relu<1_0", "c < 10"),
        (" ( ( vertices<.5 ) ) ", "v < .5"),
    ],
)
def test_a_filter_equals_the_python_expression(text: str, python: str) -> None:
    mask = parse_where(text, list(COLUMNS)).mask(COLUMNS)
    rows = zip(*(COLUMNS[name].tolist() for name in COLUMNS), strict=True)
    assert mask.tolist() == [eval(python, {"v": v, "e": e, "c": c}) for v, e, c in rows]


def test_only_the_fields_that_are_named_are_read() -> None:
    assert parse_where("edges<3 or 2<edges and vertices>1", list(COLUMNS)).fields == ("edges", "vertices")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at character 1: expected a number or a field, found the end"),
        ("vertices", "at character 9: expected one of <= >= == != = < >, found the end"),
        ("vertices<", "at character 10: expected a number or a field"),
        ("vertices<3 edges<4", "at character 12: expected 'and', 'or' or the end, found 'edges'"),
        ("(vertices<3", r"at character 12: expected '\)', 'and' or 'or'"),
        ("vertices<3)", r"at character 11: expected 'and', 'or' or the end, found '\)'"),
        ("vertices<3 and", "at character 15: expected a number or a field"),
        ("depth<3", "at character 1: unknown field 'depth'; fields: vertices, edges, conv3x3-bn-relu"),
        ("vertices<3 ; edges", "at character 12: ';' is not part of a filter"),
        ("__import__('os')<3", "at character 1: unknown field '__import__'|is not part of a filter"),
        ("vertices<3x", "is not part of a filter"),
        ("1<2", "it names no field"),
        ("and<2", "at character 1: expected a number or a field, found 'and'"),
        ("(" * 10_000, "nested too deeply"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_where(text, list(COLUMNS))


def test_a_prefix_of_two_fields_is_refused() -> None:
    with pytest.raises(InputError, match="'conv' may be conv3x3 or conv1x1"):
        parse_where("conv<1", ["conv3x3", "conv1x1"])


@given(st.text(alphabet="vertices<>=()andornot 019.e-_", max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        mask = parse_where(text, list(COLUMNS)).mask(COLUMNS)
    except InputError:
        return
    assert mask.shape == (8,)


def test_cells_are_selected_by_all_their_fields(small_space: SearchSpace) -> None:
    chosen = select_where(small_space, "vertices=5 and conv1x1>=2 and parameters<2e6 and flops>3e8")
    assert 0 < len(chosen) < len(small_space)
    for row, spec in enumerate(small_space):
        assert spec.ops is not None
        parameters, flops = small_space.columns.trainable_parameters[row], small_space.columns.flops[row]
        several = spec.ops.count("conv1x1-bn-relu") >= 2
        assert (spec in chosen) == (len(spec.ops) == 5 and several and parameters < 2e6 and flops > 3e8)
