"""Choose the draws of the semi-real table, and show how much they decide.

In encoding A a single cell is 4 % of all draws and eight others 3 % together, so the late incumbents of random search
hang on the repeats of a few cells. The noise model says how they scatter, not what they are. Of many streams of random
numbers, this script takes the one whose random search is nearest to the published averaged curves, and writes the
spread of all streams, which is what the noise model alone predicts.

python -m benchmarks.predicted.choose_stream DATA_FOLDER --streams 40
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.predicted.random_search import CLOCK_S, PUBLISHED, Trainings, draws_by_sampler, mean_regrets
from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import enumerate_cells
from nasbench_pytorch.table.modelled.at_full_budget import full_budget
from nasbench_pytorch.table.modelled.cell_means import CellMeans
from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws

COMPARED_S = (2e4, 1e5, 1e6)


def distance(regrets: dict[str, list[float]]) -> float:
    """Return the root mean square distance from the published regrets, in percent, at the compared times."""
    places = [(CLOCK_S.index(clock), PUBLISHED[clock]) for clock in COMPARED_S]
    return float(np.sqrt(np.mean([(regrets[kind][at] - known[kind]) ** 2 for at, known in places for kind in known])))


def main() -> None:
    parser = argparse.ArgumentParser(description="choose the draws of the semi-real table")
    parser.add_argument("data", type=Path, help="folder with test_mean_108_all_cells.npz")
    parser.add_argument("--streams", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path("docs/results/semireal_streams.json"))
    options = parser.parse_args()
    space, means = enumerate_cells(), CellMeans.load()
    known = np.load(options.data / "test_mean_108_all_cells.npz")["correct_of_29952"].astype(np.int64)
    time_s = np.repeat(means.time_s[:, None], 3, axis=1)
    cells = draws_by_sampler(space, np.random.default_rng(0))["encoding A"]
    draws = HashedDraws(space.hash_halves[1])
    streams = []
    for number in range(options.streams):
        modelled = full_budget(means, draws.of_stream(number), known)
        trainings = Trainings(modelled.validation, modelled.test, time_s)
        regrets = mean_regrets(trainings, cells, np.random.default_rng(1))
        streams.append({"stream": number, "distance": distance(regrets), **regrets})
        print(number, round(distance(regrets), 3), *np.round(regrets["validation"], 2), *np.round(regrets["test"], 2))
    spread = {
        kind: {
            "mean": np.mean([one[kind] for one in streams], axis=0).tolist(),
            "sd": np.std([one[kind] for one in streams], axis=0, ddof=1).tolist(),
        }
        for kind in ("validation", "test")
    }
    best = min(streams, key=lambda one: one["distance"])
    write_json(options.out, {"clock_s": list(CLOCK_S), "chosen": best, "spread": spread, "streams": streams})
    print(f"nearest: stream {best['stream']}")


if __name__ == "__main__":
    main()
