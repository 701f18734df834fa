from __future__ import annotations

from nasbench_pytorch.records import Evaluation, RunResult


def test_a_result_prints_its_main_facts_on_one_short_line() -> None:
    evaluation = Evaluation(4, 625, 51.26, 0.5, 0.4784, 0.4791, 1.0, 1.0, 1.0)
    result = RunResult(
        spec={"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]},
        hash="28cfc7874f6d200472e1a9dcd8650aa0",
        skeleton={"num_labels": 10},
        recipe={"epochs": 4},
        data={"name": "cifar10"},
        seed=0,
        status="complete",
        trainable_parameters=2_694_282,
        evaluations=[evaluation] * 40,
        attempts=1,
        training_time_s=51.26,
        total_time_s=60.0,
        environment={"platform": "x" * 2000},
    )
    text = repr(result)
    assert len(text) < 300
    assert text.isascii()
    assert "status='complete'" in text
    assert "test_accuracy=0.4791" in text
    assert repr(RunResult.from_dict(result.to_dict())) == text
