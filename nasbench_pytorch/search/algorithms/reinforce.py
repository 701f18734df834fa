"""REINFORCE: learns an independent distribution of each parameter of encoding A from rewards."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.compiled import reinforce
from nasbench_pytorch.search.proposals import FULL_EPOCHS, Proposal

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates

_FASTEST = 1000
"""Largest learning rate; with less than that, one step decides every edge."""


class Reinforce(CompiledAlgorithm):
    """REINFORCE without a controller network: 21 binary and 5 ternary distributions, all uniform at first.

    Each step draws a cell; invalid draws (more than 9 edges before pruning, or not a cell) are repeated for free, and
    counted as invalid proposals. Then the logits move along the gradient of the cell's log-probability, times the
    cell's advantage over a moving average of the rewards. A reward, the observed accuracy, of up to .001 changes
    nothing. The steps grow with the rewards, so it needs accuracies from 0 to 1, not scores of any size.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        learning_rate: factor of the gradient steps: .1 in nas_benchmarks' script, .5 in the paper.
        momentum: momentum of the moving average, at least 0 and below 1; .9 in the script.
        epochs: budget of every proposal.

    Raises:
        InputError: the learning rate or the momentum is out of range.

    Source: Williams 1992; Ying et al. 2019 (arXiv 1902.09635), supplement; automl/nas_benchmarks, `run_rl.py`.
    """

    name: ClassVar[str] = "reinforce"
    kernels: ClassVar[Kernels] = reinforce
    needs_accuracies: ClassVar[bool] = True

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        learning_rate: float = 0.1,
        momentum: float = 0.9,
        epochs: int = FULL_EPOCHS,
    ) -> None:
        if not 0 < learning_rate <= _FASTEST:
            raise InputError(f"learning_rate must be above 0 and at most {_FASTEST}, got {learning_rate}")
        if not 0 <= momentum < 1:
            raise InputError(f"momentum must be at least 0 and below 1, got {momentum}")
        rules = reinforce.Rules(float(learning_rate), float(momentum))
        super().__init__(candidates, seed=seed, rules=rules, epochs=(epochs,))
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.epochs = epochs

    @override
    def ask(self) -> Proposal:
        return super().ask()._replace(invalid_draws=int(self._state.invalid_draws[0]))

    @property
    @override
    def sampler_name(self) -> str:
        return "its own distribution over encoding A, uniform at first"
