"""Shapes in signatures are correct: jaxtyping checks them during a training step, in a separate process."""

from __future__ import annotations

import subprocess
import sys

PREAMBLE = """
from jaxtyping import install_import_hook
hook = install_import_hook(["nasbench_pytorch.model", "nasbench_pytorch.training.loop.step"], "beartype.beartype")
hook.__enter__()
import torch
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import named_cell
from nasbench_pytorch.training import Recipe, Trainer
from tests.helpers.deadlines import DEADLINE_S
torch.set_num_threads(1)
network = Network(named_cell("inception-resnet").spec, stem_out_channels=8, num_modules_per_stack=1)
trainer = Trainer(network, Recipe(batch_size=4), total_steps=3)
"""

CHECKS = """
network.eval()(torch.randn(2, 3, 32, 32))
print(trainer.step(torch.randn(4, 3, 32, 32), torch.tensor([1, 2, 3, 4])).loss.shape)
try:
    trainer.step(torch.randn(4, 3, 32, 32), torch.tensor([1, 2, 3]))
except Exception as error:
    print(type(error).__name__)
"""


def test_a_training_step_has_the_annotated_shapes_and_wrong_ones_are_caught() -> None:
    done = subprocess.run([sys.executable, "-c", PREAMBLE + CHECKS], capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["torch.Size([])", "TypeCheckError"]
