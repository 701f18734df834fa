"""Golden comparisons detect mistakes: each test makes one on purpose, and a comparison must fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.training import Recipe, Trainer
from tests.golden.errors import assert_within
from tests.golden.forward import forward_errors
from tests.golden.goldens import WEIGHT_DECAY, golden_cell
from tests.golden.runs import RUNS, record_run, run_errors

if TYPE_CHECKING:
    from nasbench_pytorch.model import Network

CELL = golden_cell("extraneous")
RUN_A = RUNS["runA"]


def compare_run(**mistake: Any) -> None:
    assert_within(run_errors(CELL, RUN_A, record_run(CELL, RUN_A, **mistake)))


class WrittenOutRMSProp(torch.optim.Optimizer):
    """RMSProp in plain tensor code, correct or with one mistake."""

    def __init__(self, parameters: Any, *, rate_in_buffer: bool = True, epsilon_in_root: bool = True) -> None:
        super().__init__(parameters, {"lr": 0.0})
        self.rate_in_buffer = rate_in_buffer
        self.epsilon_in_root = epsilon_in_root
        for parameter in self.param_groups[0]["params"]:
            self.state[parameter]["square_avg"] = torch.ones_like(parameter)
            self.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        rate = self.param_groups[0]["lr"]
        for parameter in self.param_groups[0]["params"]:
            square, momentum = self.state[parameter]["square_avg"], self.state[parameter]["momentum_buffer"]
            square.copy_(0.9 * square + 0.1 * parameter.grad**2)
            root = (square + 1.0).sqrt() if self.epsilon_in_root else square.sqrt() + 1.0
            inside, outside = (rate, 1.0) if self.rate_in_buffer else (1.0, rate)
            momentum.copy_(0.9 * momentum + inside * parameter.grad / root)
            parameter.sub_(outside * momentum)


def use_optimizer(**settings: bool) -> Callable[[Trainer], None]:
    def change(trainer: Trainer) -> None:
        trainer.optimizer = WrittenOutRMSProp(list(trainer.network.parameters()), **settings)

    return change


def test_the_written_out_optimizer_passes_without_a_mistake() -> None:
    compare_run(change=use_optimizer())


def test_mean_square_from_zero_is_detected() -> None:
    def change(trainer: Trainer) -> None:
        for parameter in trainer.network.parameters():
            slots = {"square_avg": torch.zeros_like(parameter), "momentum_buffer": torch.zeros_like(parameter)}
            trainer.optimizer.state[parameter].update(slots)

    with pytest.raises(AssertionError, match="comparisons fail"):
        compare_run(change=change)


def test_rate_outside_the_momentum_buffer_is_detected() -> None:
    with pytest.raises(AssertionError, match="comparisons fail"):
        compare_run(change=use_optimizer(rate_in_buffer=False))


def test_epsilon_outside_the_root_is_detected() -> None:
    with pytest.raises(AssertionError, match="comparisons fail"):
        compare_run(change=use_optimizer(epsilon_in_root=False))


def test_a_first_step_at_full_rate_is_detected() -> None:
    recipe = Recipe(learning_rate=0.1, batch_norm_shards=1, batch_size=8, zero_rate_first_step=False)
    with pytest.raises(AssertionError, match="comparisons fail"):
        compare_run(recipe=recipe)


def test_doubled_l2_is_detected() -> None:
    recipe = Recipe(learning_rate=0.1, batch_norm_shards=1, batch_size=8, weight_decay=2 * WEIGHT_DECAY)
    with pytest.raises(AssertionError, match="comparisons fail"):
        compare_run(recipe=recipe)


def without_l2_on_batch_norm(network: Network) -> Network:
    """Subtract the L2 term's gradient from the gradients of the batch norms' parameters."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for parameter in module.parameters():
                parameter.register_hook(lambda gradient, p=parameter: gradient - WEIGHT_DECAY * p.detach())
    return network


def test_batch_norm_without_l2_is_detected_in_the_training() -> None:
    with pytest.raises(AssertionError, match="comparisons fail"):
        compare_run(change=lambda trainer: without_l2_on_batch_norm(trainer.network))


class LastChannelsStay(TorchFunctionMode):
    """A mode that turns every `tensor[:, :channels]` into `tensor[:, -channels:]`."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is Tensor.__getitem__ and isinstance(args[1], tuple) and len(args[1]) == 2:
            tensor, (rows, columns) = args
            if isinstance(columns, slice) and columns.start is None and columns.stop is not None:
                args = tensor, (rows, slice(-columns.stop, None))
        return function(*args, **(kwargs or {}))


def test_truncating_the_first_instead_of_the_last_channel_is_detected() -> None:
    cell = golden_cell("uneven5_stem24")
    assert_within(forward_errors(cell, "pert"))
    with LastChannelsStay():
        errors = forward_errors(cell, "pert")
    assert next(e.value for e in errors if e.name == "eval logits") > 1e-2
    with pytest.raises(AssertionError, match="comparisons fail"):
        assert_within(errors)


def test_the_remainder_given_to_the_last_vertices_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    correct = compute_vertex_channels

    def wrong(in_channels: int, out_channels: int, matrix: Any) -> list[int]:
        channels = correct(in_channels, out_channels, matrix)
        feeding = [v for v in range(1, len(channels) - 1) if matrix[v][-1]]
        shares = [channels[v] for v in feeding][::-1]
        for vertex, share in zip(feeding, shares, strict=True):
            channels[vertex] = share
        return channels

    monkeypatch.setattr("nasbench_pytorch.model.module.compute_vertex_channels", wrong)
    with pytest.raises(InputError, match="has shape"):
        golden_cell("uneven5_stem24").build()


def test_batch_norm_epsilon_of_a_thousandth_is_detected() -> None:
    with pytest.raises(AssertionError, match="comparisons fail"):
        assert_within(forward_errors(CELL, "pert", CELL.build("pert", eps=1e-3)))


def with_biased_moving_variance(network: Network) -> Network:
    """Undo Bessel's correction of N/(N-1) in each batch's contribution to the running variance."""
    before: dict[nn.Module, Tensor] = {}

    def remember(module: nn.BatchNorm2d, inputs: Any) -> None:
        assert module.running_var is not None
        before[module] = module.running_var.clone()

    def correct(module: nn.BatchNorm2d, inputs: Any, output: Any) -> None:
        if module.training:
            assert module.running_var is not None
            assert module.momentum is not None
            count = inputs[0].numel() / inputs[0].shape[1]
            added = module.running_var - (1 - module.momentum) * before[module]
            module.running_var.data.sub_(added / count)  # data: autograd saved the buffer's version

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(remember)
            module.register_forward_hook(correct)
    return network


def test_a_biased_moving_variance_is_detected() -> None:
    record = record_run(CELL, RUN_A, network=with_biased_moving_variance(CELL.build("init")))
    errors = run_errors(CELL, RUN_A, record)
    after_ten = [e for e in errors if "after 10 steps" in e.name and e.name.endswith("moving_variance")]
    assert 1e-6 < max(e.value for e in after_ten) < 1e-2
    with pytest.raises(AssertionError, match="comparisons fail"):
        assert_within(errors)
