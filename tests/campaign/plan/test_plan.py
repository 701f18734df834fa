from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.plan.cost_estimate import estimate, image_counts
from nasbench_pytorch.campaign.plan.plan import Plan, open_campaign
from nasbench_pytorch.campaign.plan.selection import Selection, select_trials
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import trial_number, trial_numbers
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import Skeleton, count_flops, count_parameters
from nasbench_pytorch.table import TableBuilder
from nasbench_pytorch.training import PRESETS
from tests.helpers.campaign_fakes import SETTINGS, TINY, all_trials


def test_trials_are_every_cell_at_every_budget_and_repeat() -> None:
    trials = select_trials(Selection(space="vertices<=3", budgets=(4, 12), repeats=3))
    found = set(zip(trials.cell.tolist(), trials.epochs.tolist(), trials.repeat.tolist(), strict=True))
    assert found == {(cell, epochs, repeat) for cell in range(7) for epochs in (4, 12) for repeat in range(3)}
    assert len(trials) == len(found)


def test_numbers_of_many_trials_are_the_numbers_of_each() -> None:
    parts = np.array([[0, 5, 423_623], [1, 108, 4], [0, 2, 4095]])
    assert trial_numbers(*parts).tolist() == [trial_number(*part) for part in parts.T.tolist()]


def test_cells_can_be_named_by_hash_or_drawn(tmp_path: Path) -> None:
    everything = Selection(space="vertices<=4").cells().hashes()
    names = tmp_path / "hashes.txt"
    names.write_text(f"# two\n{everything[5]}  # the sixth\n\n{everything[1].upper()}\n")
    assert Selection(hashes=str(names)).cells().hashes() == sorted([everything[1], everything[5]])
    drawn = Selection(space="vertices<=4", sample=10).cells().hashes()
    assert len(set(drawn)) == 10
    assert set(drawn) < set(everything)
    assert drawn == Selection(space="vertices<=4", sample=10).cells().hashes()
    assert drawn != Selection(space="vertices<=4", sample=10, sample_seed=1).cells().hashes()


def test_only_trials_that_a_table_lacks_are_selected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Selection(space="vertices<=3", budgets=(1, 2), repeats=2)
    cells = whole.cells()
    builder = TableBuilder()
    builder.add(cells[3], 1, 0, [])
    builder.add(cells[4], 2, 1, [])
    builder.add(cells[4], 7, 0, [])
    builder.write(tmp_path / "t.arrow")
    trials = select_trials(replace(whole, missing_from=str(tmp_path / "t.arrow")))
    missing = set(zip(trials.cell.tolist(), trials.epochs.tolist(), trials.repeat.tolist(), strict=True))
    assert len(missing) == 26
    assert missing.isdisjoint({(3, 1, 0), (4, 2, 1)})
    one = replace(whole, missing_from=str(tmp_path / "t.arrow"), budgets=(7,), repeats=1)
    assert len(select_trials(one)) == 6
    monkeypatch.setenv("NASBENCH_TABLE_DIR", str(tmp_path))
    assert len(select_trials(replace(one, missing_from="t"))) == 6


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({}, "the plan is empty: say which cells"),
        ({"space": "vertices<=1"}, "the plan is empty: no cell meets"),
        ({"space": "vertices<=3", "budgets": ()}, "the plan is empty: 0 budgets"),
        ({"space": "vertices<=3", "repeats": 0}, "the plan is empty: 1 budgets, 0 repeats"),
        ({"space": "vertices<=3", "budgets": (4, 4)}, "budget 4 is given twice"),
        ({"space": "vertices<=3", "budgets": (0,)}, "epochs must be 1 to"),
        ({"space": "vertices<=3", "repeats": 5000}, "repeats at most"),
        ({"space": "vertices<=3", "sample": 8}, "only 7 cells to draw from"),
        ({"space": "vertices<=3", "sample": 0}, "--sample must be at least 1"),
        ({"space": "vertices<=3", "sample_seed": -1}, "--sample-seed must be at least 0"),
        ({"space": "colour<=3"}, "colour"),
        ({"space": "all", "repeats": 4096}, "the plan has 1,735,163,904 trials, 100,000,000 at most"),
    ],
)
def test_invalid_selections_are_refused(selection: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        select_trials(Selection(**{"budgets": (1,), **selection}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "holds no hash"), ("28cf\n", "line 1: '28cf' is no hash"), ("0" * 32, "0{32}")],
)
def test_files_of_hashes_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "hashes.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        Selection(hashes=str(path)).cells()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file"):
        Selection(hashes=str(path)).cells()


def test_a_table_that_misses_nothing_leaves_an_empty_plan(tmp_path: Path) -> None:
    selection = Selection(space="vertices<=2", budgets=(1,), repeats=1, missing_from=str(tmp_path / "t.arrow"))
    builder = TableBuilder()
    builder.add(selection.cells()[0], 1, 0, [])
    builder.write(tmp_path / "t.arrow")
    with pytest.raises(InputError, match=r"the plan is empty: .* has all of the 1 trials already"):
        select_trials(selection)


def test_cells_come_with_their_costs() -> None:
    selected = TINY.trials()
    skeleton = SETTINGS.skeleton
    for row, spec in zip(TINY.cell_rows(selected), selected.cells, strict=True):
        assert row[3:] == (count_parameters(spec, skeleton), count_flops(spec, skeleton))
    wide = Plan(Selection(space="vertices<=4"), replace(SETTINGS, skeleton=Skeleton(stem_out_channels=1)))
    with pytest.raises(InputError, match="1 channels but 2 vertices feed it"):
        wide.cell_rows(wide.trials())


def test_a_plan_that_differs_is_named_and_extended_when_asked(tmp_path: Path) -> None:
    open_campaign(tmp_path, TINY).close()
    open_campaign(tmp_path, TINY).close()
    more = replace(TINY, selection=replace(TINY.selection, space="vertices<=4", repeats=1))
    with pytest.raises(InputError, match=r"lacks 168 of the 182 trials of this plan .*; --extend adds them"):
        open_campaign(tmp_path, more)
    fewer = replace(TINY, selection=replace(TINY.selection, repeats=1))
    with pytest.raises(InputError, match=r"has 28 trials, this plan .* only 14 of them"):
        open_campaign(tmp_path, fewer)
    other = replace(TINY, settings=replace(SETTINGS, seed=4, skeleton=Skeleton(stem_out_channels=8)))
    with pytest.raises(InputError, match=r"seed 3 there, 4 here; skeleton.num_modules_per_stack 1 there, 3 here"):
        open_campaign(tmp_path, other)
    ledger = open_campaign(tmp_path, more, extend=True)
    trials = all_trials(ledger)
    assert len(trials) == len({trial.number for trial in trials}) == 28 + 168
    ledger.close()
    status = read_status(tmp_path)
    assert {budget.epochs: budget.trials for budget in status.budgets} == {1: {"pending": 98}, 2: {"pending": 98}}
    assert len(status.selections) == 2
    open_campaign(tmp_path, more).close()
    open_campaign(tmp_path, TINY).close()


def test_a_longer_file_of_hashes_is_a_plan_that_differs(tmp_path: Path) -> None:
    everything = Selection(space="vertices<=3").cells().hashes()
    names = tmp_path / "hashes.txt"
    plan = Plan(Selection(hashes=str(names), budgets=(1,), repeats=1), SETTINGS)
    names.write_text("\n".join(everything[:2]))
    open_campaign(tmp_path / "c", plan).close()
    names.write_text("\n".join(everything[:5]))
    with pytest.raises(InputError, match="lacks 3 of the 5 trials"):
        open_campaign(tmp_path / "c", plan)
    open_campaign(tmp_path / "c", plan, extend=True).close()
    names.write_text(everything[0])
    ledger = open_campaign(tmp_path / "c", plan)
    assert len(all_trials(ledger)) == 5
    ledger.close()


def test_layers_put_one_repeat_of_everything_first(tmp_path: Path) -> None:
    ledger = open_campaign(tmp_path, TINY, layered=True)
    trials = all_trials(ledger)
    ledger.close()
    assert [trial.repeat for trial in trials] == [0] * 14 + [1] * 14


def test_an_estimate_adds_up() -> None:
    selection = Selection(space="vertices<=2", budgets=(2, 4), repeats=3)
    plan = Plan(selection, Settings(PRESETS["nasbench101"], train_images=1000, evaluation_images=100))
    selected = plan.trials()
    rows = plan.cell_rows(selected)
    costs = estimate(selected, rows, plan.settings)
    flops, steps = rows[0].flops, 3 * (1000 * 2 // 256 + 1000 * 4 // 256)
    assert (costs.cells, costs.trials, costs.images) == (1, 6, steps * 256)
    assert costs.gflop == pytest.approx(flops * (3 * steps * 256 + 6 * 3 * 300) / 1e9)
    assert costs.hours(2.0) == pytest.approx(costs.gflop / 7200)


def test_estimates_count_the_images_that_are_there() -> None:
    assert image_counts(Settings()) == (40_000, 30_000)
    assert image_counts(Settings(PRESETS["digits"], dataset="digits")) == (1204, 300 + 297 + 296)
    assert image_counts(SETTINGS) == (64, 64 + 297 + 296)
    with pytest.raises(InputError, match="has 40,000 training images"):
        image_counts(Settings(train_images=50_000))
