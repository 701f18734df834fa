from __future__ import annotations

import dataclasses
import json
import pickle
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec
from nasbench_pytorch.table import NASBench, TableFile, export_tfrecord, import_table, import_tfrecord
from nasbench_pytorch.table.layouts.detection import all_layouts
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, ROW_FIELDS, START
from nasbench_pytorch.table.tfrecord.frames import read_frames
from nasbench_pytorch.table.tfrecord.record import Record
from tests.helpers.layout_samples import EVERY_TRAINING, MEANS, mf_nas, nasbenchapi, naslib, neuralpredictor, npenas
from tests.helpers.table_odd_records import ODD_FORMS
from tests.helpers.table_samples import invented_records, record_of, table_of

BUDGETS = (4, 12, 36, 108)
START_AND_TOTAL = (*(START + name for name in EVALUATION_FIELDS), "total_time")
Make = Callable[[Path, Sequence[Record]], list[Path]]


def imported(folder: Path, files: Sequence[Path], name: str = "imported") -> TableFile:
    import_table(files, folder / f"{name}.arrow")
    return TableFile(folder / f"{name}.arrow")


def check_equal(table: TableFile, expected: TableFile, columns: Sequence[str] = ROW_FIELDS) -> None:
    """The tables have the same cells, in the same order, and the same rows."""
    assert np.array_equal(table.hashes, expected.hashes)
    assert np.array_equal(table.row_starts, expected.row_starts)
    assert np.array_equal(table.epochs, expected.epochs)
    assert np.array_equal(table.repeats, expected.repeats)
    assert np.array_equal(table.adjacency[0], expected.adjacency[0])
    for part, other in ((table, expected), (expected, table)):
        names = [part.operation_names[code] for code in part.operation_codes[0]]
        assert names == [other.operation_names[code] for code in other.operation_codes[0]]
    everything = slice(0, table.rows)
    for name in columns:
        if name not in table.metadata.absent_fields:
            assert np.array_equal(table.values(name, everything), expected.values(name, everything), equal_nan=True), (
                name
            )


@pytest.mark.parametrize("name", EVERY_TRAINING)
def test_every_training_comes_back_from_the_layout_and_from_the_original_format(name: str, tmp_path: Path) -> None:
    records, folder = invented_records(budgets=BUDGETS), tmp_path / "foreign"
    folder.mkdir()
    table = imported(tmp_path, EVERY_TRAINING[name](folder, records))
    expected = table_of(tmp_path, records, "expected")
    check_equal(table, expected)
    assert np.array_equal(table.parameters[0], expected.parameters[0])
    absent = {"nasbenchapi": (), "archai": ("total_time",)}.get(name, START_AND_TOTAL)
    assert table.metadata.absent_fields == absent
    export_tfrecord(table, tmp_path / "back.tfrecord")
    import_tfrecord(tmp_path / "back.tfrecord", tmp_path / "back.arrow")
    back = TableFile(tmp_path / "back.arrow")
    check_equal(back, table)
    assert back.metadata.absent_fields == absent
    assert back.records is None
    check_equal(imported(tmp_path, [folder], "by_folder"), table)


@pytest.mark.parametrize("name", MEANS)
def test_means_are_kept_as_they_are(name: str, tmp_path: Path) -> None:
    records = invented_records(budgets=BUDGETS)
    report = import_table(MEANS[name](tmp_path, records), tmp_path / "t.arrow")
    table, expected = TableFile(tmp_path / "t.arrow"), table_of(tmp_path, records, "expected")
    assert np.array_equal(table.hashes, expected.hashes)
    assert np.array_equal(table.adjacency[0], expected.adjacency[0])
    assert table.epochs.tolist() == [108] * table.cells
    metric = "validation_accuracy" if name == "GATES" else "test_accuracy"
    rows = np.flatnonzero(expected.epochs == 108)
    means = expected.values(metric, rows).reshape(-1, 3).mean(axis=1)
    assert np.allclose(table.values(metric, slice(0, table.rows)), means, rtol=0, atol=1e-15)
    assert report.findings.other_accuracies > 0
    known = table.parameters[1] is None
    assert known == (name == "NAR-Former")
    assert {"train_accuracy", *START_AND_TOTAL} <= set(table.metadata.absent_fields)


def test_arrays_of_single_precision_come_back(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    records = invented_records(budgets=BUDGETS)
    table = imported(tmp_path, neuralpredictor(tmp_path, records))
    expected = table_of(tmp_path, records, "expected")
    check_equal(table, expected, [name for name in ROW_FIELDS if "time" not in name])
    times = expected.values("training_time", slice(0, expected.rows)).astype(np.float32)
    assert np.array_equal(table.values("training_time", slice(0, table.rows)), times)
    assert table.metadata.absent_fields == START_AND_TOTAL


def test_without_h5py_the_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    path = tmp_path / "nasbench.hdf5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(InputError, match=r"nasbench\.hdf5 is an HDF5 file, but h5py is not installed.*\[hdf5\]"):
        import_table(path, tmp_path / "t.arrow")


_VALUES = st.one_of(
    st.integers(0, 9984).map(lambda count: float(np.float32(count / 9984))),
    st.floats(0, 1),
    st.floats(allow_nan=False, allow_infinity=False),
)


@st.composite
def records_of_cells(draw: st.DrawFn) -> list[Record]:
    """Records of one to four random cells, numbered as they come, at two budgets."""
    generator = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    specs: dict[str, ModelSpec] = {}
    count = draw(st.integers(1, 4))
    while len(specs) < count:
        size = int(generator.integers(2, 8))
        matrix = np.triu(generator.integers(0, 2, (size, size)), 1)
        spec = ModelSpec(matrix, ["input", *generator.choice(CANONICAL_OPERATIONS, size - 2).tolist(), "output"])
        if spec.valid_spec:
            specs[spec.hash_spec()] = spec
    values = st.tuples(*[_VALUES] * len(ROW_FIELDS))
    return [
        record_of(specs[key], epochs, _with_epochs(draw(values), epochs))
        for key in sorted(specs)
        for epochs in (4, 108)
        for _ in range(draw(st.integers(1, 3)))
    ]


def _with_epochs(values: tuple[float, ...], epochs: int) -> tuple[float, ...]:
    numbers = list(values)
    numbers[0], numbers[5], numbers[10] = 0.0, epochs / 2, float(epochs)
    return tuple(numbers)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(records=records_of_cells(), name=st.sampled_from(sorted(set(EVERY_TRAINING) - {"NNI"})))
def test_any_cells_and_numbers_come_back(
    records: list[Record], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    files = EVERY_TRAINING[name](folder, records)
    table, expected = imported(folder, files), table_of(folder, records, "expected")
    check_equal(table, expected)


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [True, False])
def test_results_without_graphs_are_put_under_the_cells_of_their_hashes(as_json: bool, tmp_path: Path) -> None:
    records = invented_records(budgets=BUDGETS)
    table = imported(tmp_path, mf_nas(tmp_path, records, as_json))
    expected = table_of(tmp_path, records[::3], "expected")
    assert [spec.hash_spec() for spec in map(NASBench(table.path).spec, NASBench(expected.path))] == list(
        NASBench(table.path)
    )
    for field in ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy"):
        assert np.array_equal(table.values(field, slice(0, table.rows)), expected.values(field, slice(0, table.rows)))
    assert np.array_equal(table.parameters[0], expected.parameters[0])
    with pytest.raises(InputError, match=f"hash {'0' * 32} is no cell of NAS-Bench-101"):
        unknown = mf_nas(tmp_path, [dataclasses.replace(records[0], hash="0" * 32)], as_json)
        imported(tmp_path, unknown, "unknown")


def test_nasbenchapi_keeps_every_record_as_it_was(tmp_path: Path) -> None:
    records = invented_records(budgets=BUDGETS)
    odd = {number: form(records[number]) for number, form in enumerate(ODD_FORMS.values())}
    path = nasbenchapi(tmp_path, records)[0]
    content = pickle.loads(path.read_bytes())
    entries = [entry for cell in content["entries_by_arch"].values() for entry in cell]
    for number, text in odd.items():
        entries[number]["metrics_b64"] = json.loads(text)[4]
    path.write_bytes(pickle.dumps(content))
    table = imported(tmp_path, [path])
    export_tfrecord(table, tmp_path / "back.tfrecord")
    found = [json.loads(frame.data) for frame in read_frames(tmp_path / "back.tfrecord")]
    assert [record[4] for record in found] == [entry["metrics_b64"] for entry in entries]
    assert [record[1] for record in found] == [entry["epoch"] for entry in entries]


def test_percents_come_back_as_the_fractions_they_were(tmp_path: Path) -> None:
    from nasbench_pytorch.table.layouts.reading.scaled_numbers import fractions_of_percents, unscaled

    for exact in (np.arange(9985) / 9984, (np.arange(9985) / 9984).astype(np.float32).astype(np.float64)):
        assert np.array_equal(fractions_of_percents(exact * 100, 9984), exact)
    times = np.random.default_rng(0).random(10_000) * 6000
    assert np.array_equal(unscaled(times * 60, 60.0) * 60, times * 60)


def test_a_training_without_its_final_evaluation_has_the_time_of_the_training(tmp_path: Path) -> None:
    from tests.helpers.layout_samples import nni

    records = invented_records(budgets=(108,))
    path = nni(tmp_path, records)[0]
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM nb101intermediatestats WHERE current_epoch = 108")
    database.close()
    table = imported(tmp_path, [path])
    found = table.values("training_time", slice(0, table.rows))
    assert np.allclose(found, [float(record.values[11] or 0) for record in records], rtol=1e-15)


def _change(path: Path, change: Callable[[Any], object]) -> None:
    content = pickle.loads(path.read_bytes())
    change(content)
    path.write_bytes(pickle.dumps(content))


def test_isomorphic_cells_are_put_under_one_hash(tmp_path: Path) -> None:
    """Two numberings of one cell in a file without hashes: the trainings of the second are further repeats."""
    graph = {"test_accuracy": 0.5, "validation_accuracy": 0.5, "training_time": 1.0}
    first = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    entries = {
        "0": {**graph, "module_adjacency": first, "module_operations": [0, 1, 3, 4]},
        "1": {**graph, "module_adjacency": first, "module_operations": [0, 3, 1, 4], "test_accuracy": 0.25},
    }
    path = tmp_path / "data.json"
    path.write_text(json.dumps(entries))
    report = import_table(path, tmp_path / "t.arrow")
    table = TableFile(tmp_path / "t.arrow")
    assert (report.findings.cells, report.findings.rows, report.findings.merged_cells) == (1, 2, 1)
    assert table.values("test_accuracy", slice(0, 2)).tolist() == [0.5, 0.25]
    assert table.repeats.tolist() == [0, 1]


@pytest.mark.parametrize("as_tuple", [True, False])
def test_both_dictionaries_may_stand_in_one_pickle(as_tuple: bool, tmp_path: Path) -> None:
    fixed, computed = (pickle.loads(path.read_bytes()) for path in npenas(tmp_path, invented_records()))
    content = (fixed, computed) if as_tuple else {"fixed_statistics": fixed, "computed_statistics": computed}
    path = tmp_path / "both.pkl"
    with path.open("wb") as stream:
        _SmallBatches(stream, 4).dump(content)
    check_equal(imported(tmp_path, [path]), table_of(tmp_path, invented_records(), "expected"))


@pytest.mark.parametrize("make", [naslib, npenas])
def test_a_hash_that_is_not_its_graphs_is_an_error(make: Make, tmp_path: Path) -> None:
    files = make(tmp_path, invented_records())

    def swap(content: dict[str, Any]) -> None:
        first, second, *_ = content
        content[first], content[second] = content[second], content[first]

    _change(files[0], swap)
    with pytest.raises(InputError, match=r"2 of 6 cells have another hash than their graph, the first one"):
        import_table(files, tmp_path / "t.arrow")
    assert not (tmp_path / "t.arrow").exists()


def test_files_of_different_tables_are_not_joined(tmp_path: Path) -> None:
    fixed, computed = npenas(tmp_path, invented_records())
    _change(computed, lambda content: content.pop(next(iter(content))))
    with pytest.raises(InputError, match=r"cell [0-9a-f]{32} has fixed but no computed statistics"):
        import_table([fixed, computed], tmp_path / "t.arrow")
    _change(fixed, lambda content: [content.pop(key) for key in list(content)[:2]])
    with pytest.raises(InputError, match=r"cell [0-9a-f]{32} has computed but no fixed statistics"):
        import_table(tmp_path, tmp_path / "t.arrow")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda cell: cell[0].update(module_adjacency=np.eye(7, dtype=np.int8)), "not upper triangular"),
        (lambda cell: cell[0].update(module_adjacency=np.full((7, 7), 2)), "other numbers than 0 and 1"),
        (lambda cell: cell[0].update(module_adjacency=[[0, 1], [0, 0]]), "2 vertices and"),
        (lambda cell: cell[0]["module_operations"].__setitem__(1, "conv9x9"), "unknown operation 'conv9x9'"),
        (lambda cell: cell[0]["module_operations"].__setitem__(0, "maxpool3x3"), "not with input and output"),
        (lambda cell: cell[0].pop("module_operations"), "no known layout|lacks module_operations"),
        (lambda cell: cell[0].update(trainable_parameters=1.5), "not a whole number"),
        (lambda cell: cell[1][4][0].update(final_test_accuracy="high"), "final_test_accuracy is 'high', not a number"),
        (lambda cell: cell[1].update({0: cell[1].pop(4)}), "a training of 0 epochs"),
    ],
)
def test_a_wrong_value_is_named(change: Callable[[Any], None], message: str, tmp_path: Path) -> None:
    path = naslib(tmp_path, invented_records())[0]
    _change(path, lambda content: change(list(content.values())[2]))
    with pytest.raises(InputError, match=message) as error:
        import_table(path, tmp_path / "t.arrow")
    assert str(path) in str(error.value)
    assert not (tmp_path / "t.arrow").exists()


def test_an_accuracy_that_is_no_whole_number_of_images_is_kept_and_counted(tmp_path: Path) -> None:
    path = naslib(tmp_path, invented_records())[0]
    odd = 0.123456789

    def change(content: dict[str, Any]) -> None:
        next(iter(content.values()))[1][4][1]["final_test_accuracy"] = odd

    _change(path, change)
    report = import_table(path, tmp_path / "t.arrow")
    table = TableFile(tmp_path / "t.arrow")
    assert report.findings.other_accuracies == 1
    assert odd in table.values("test_accuracy", slice(0, table.rows)).tolist()


class _SmallBatches(pickle._Pickler):
    _BATCHSIZE = 2


def test_objects_that_cells_share_are_found_again(tmp_path: Path) -> None:
    """A pickle that refers back to what an earlier part made is read once more, with everything in memory."""
    path = naslib(tmp_path, invented_records())[0]
    content = pickle.loads(path.read_bytes())
    first, *_, last = content
    content[last] = (content[last][0], content[first][1])
    with path.open("wb") as stream:
        _SmallBatches(stream, 4).dump(content)
    table = imported(tmp_path, [path])
    values = table.values("test_accuracy", slice(0, table.rows))
    assert values[:6].tolist() == values[-6:].tolist()
    assert table.rows == 36


@pytest.mark.parametrize("protocol", [2, 5])
def test_numpys_scalars_and_other_arrays_are_numbers_too(protocol: int, tmp_path: Path) -> None:
    path = naslib(tmp_path, invented_records())[0]
    content = pickle.loads(path.read_bytes())
    for number, (fixed, computed) in enumerate(content.values()):
        fixed["trainable_parameters"] = np.int64(fixed["trainable_parameters"])
        matrix = fixed["module_adjacency"]
        forms = (
            matrix.tolist(),
            matrix.astype(bool),
            np.asfortranarray(matrix),
            matrix.astype(float),
            matrix.astype(">i8"),
        )
        fixed["module_adjacency"] = forms[number % len(forms)]
        for rows in computed.values():
            for row in rows:
                row.update({name: np.float64(value) for name, value in row.items() if "final" in name})
                row["halfway_test_accuracy"] = np.float32(row["halfway_test_accuracy"])
    path.write_bytes(pickle.dumps(content, protocol))
    check_equal(imported(tmp_path, [path]), table_of(tmp_path, invented_records(), "expected"))


def test_a_table_cut_short_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for name, make in {**EVERY_TRAINING, **MEANS}.items():
        folder = tmp_path / name
        folder.mkdir()
        files = make(folder, invented_records()[:12])
        data = files[0].read_bytes()
        for share in (0.2, 0.5, 0.9, 0.999):
            files[0].write_bytes(data[: int(len(data) * share)])
            with pytest.raises(InputError) as error:
                import_table(files, tmp_path / "t.arrow")
                pytest.fail(f"{share} of {name} was read")
            assert "\n" not in str(error.value), name
            assert not (tmp_path / "t.arrow").exists()


def test_every_layout_describes_itself() -> None:
    for layout in all_layouts():
        assert layout.name
        assert layout.content
