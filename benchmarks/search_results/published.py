"""What others have published or measured, beside our results."""

from __future__ import annotations

PUBLISHED_CURVES: dict[str, tuple[str, dict[float, tuple[float, float]]]] = {
    "random search": (
        "rs-encoding-a",
        {1e4: (1.239, 1.277), 1e5: (0.901, 0.691), 5e5: (0.844, 0.434), 1e6: (0.859, 0.350)},
    ),
    "regularized evolution": (
        "re-nas-benchmarks",
        {1e4: (1.242, 1.285), 1e5: (0.914, 0.697), 5e5: (0.806, 0.385), 1e6: (0.752, 0.307)},
    ),
    "REINFORCE": (
        "reinforce-0.1",
        {1e4: (1.280, 1.336), 1e5: (0.889, 0.731), 5e5: (0.828, 0.442), 1e6: (0.836, 0.359)},
    ),
}
"""Name → our search, and mean test and validation regret in percent after so many seconds, on the published table.

Source: averaged curves of 500 runs by nas_benchmarks, as MSU-MLSys-Lab/arch2vec has them (`results/*.json`); the last
column is after 9.9·10⁵ s. The repository does not say REINFORCE's learning rate; .1 is the default of nas_benchmarks'
script, and the one whose curve is nearer.
"""

TRUE_TEST: dict[str, tuple[float, ...]] = {
    "local_search": (93.90, 94.06, 94.13, 94.18, 94.19, 94.21),
    "regularized_evolution, naszilla": (93.63, 93.79, 93.90, 93.95, 94.03, 94.09),
    "random_search, notebook, distinct": (93.58, 93.67, 93.73, 93.78, 93.87, 93.95),
}
"""Best mean test accuracy in percent after 50, 100, 150, 200, 300 and 500 queries: another program's 150 runs."""

UNIFORM_REGRET = (0.877, 0.743, 0.689, 0.643, 0.590, 0.537)
"""Regret in percent of uniform random search after as many queries, by the same program."""
