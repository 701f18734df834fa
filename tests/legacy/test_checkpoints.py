"""Weights saved by nasbench-pytorch 1.3.1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import Network, convert_legacy_state_dict, load_weights, save_weights
from nasbench_pytorch.training.output.checkpoints import load_checkpoint
from tests.golden.legacy_inputs import SKELETON, SkeletonArguments, batches
from tests.helpers.legacy_golden import NAMES, legacy, spec


def network(name: str = "residual", skeleton: SkeletonArguments = SKELETON) -> Network:
    return Network(spec(name), **skeleton).double().eval()


@pytest.mark.parametrize("name", NAMES)
def test_a_converted_network_has_the_old_logits(name: str) -> None:
    golden, converted = legacy(name), network(name)
    converted.load_state_dict(convert_legacy_state_dict(golden.state, converted))
    logits = converted(batches()[0][0]).detach().numpy()
    np.testing.assert_allclose(logits, golden.logits, rtol=0, atol=1e-13)


def test_only_unused_parameters_are_dropped() -> None:
    golden, ours = legacy("residual"), network()
    converted = convert_legacy_state_dict(golden.state, ours)
    kept = {id(tensor) for tensor in converted.values()}
    dropped = {key for key, tensor in golden.state.items() if id(tensor) not in kept}
    twice = {key for key in dropped if ".last_inop." in key}  # the projection of the output, under a second name
    assert all(key.rpartition(".")[2] in ("dev_param", "a") for key in dropped - twice)
    assert all(golden.state[key].numel() <= 1 for key in dropped - twice)
    assert len(converted) == len(ours.state_dict())


def test_weights_from_inside_data_parallel_are_converted_too() -> None:
    golden, ours = legacy("residual"), network()
    prefixed = {f"module.{key}": tensor for key, tensor in golden.state.items()}
    assert convert_legacy_state_dict(prefixed, ours).keys() == ours.state_dict().keys()


def test_every_missing_surplus_and_misshapen_tensor_is_named() -> None:
    golden, ours = legacy("residual"), network()
    state = dict(golden.state)
    del state["classifier.bias"]
    state["layers.9.extra"] = torch.zeros(2)
    state["layers.0.conv_bn_relu.0.weight"] = torch.zeros(1, 3, 3, 3)
    with pytest.raises(InputError) as caught:
        convert_legacy_state_dict(state, ours)
    message = str(caught.value)
    assert "missing classifier.bias" in message
    assert "surplus layers.9.extra" in message
    assert "layers.0.conv_bn_relu.0.weight has shape [1, 3, 3, 3], expected [8, 3, 3, 3]" in message


def test_new_weights_need_no_conversion() -> None:
    with pytest.raises(InputError, match=r"not a state_dict of a nasbench-pytorch 1\.3\.1 network"):
        convert_legacy_state_dict(network().state_dict(), network())


def test_an_operation_that_1_3_1_did_not_have_cannot_be_converted() -> None:
    bottleneck = Network(([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "bottleneck3x3", "output"]), **SKELETON)
    with pytest.raises(InputError, match="no operation 'bottleneck3x3'"):
        convert_legacy_state_dict(legacy("residual").state, bottleneck)


def test_loading_converts_with_a_warning() -> None:
    one, other = network(), network()
    with pytest.warns(UserWarning, match="were converted"):
        one.load_state_dict(legacy("residual").state)
    other.load_state_dict(convert_legacy_state_dict(legacy("residual").state, other))
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_resuming_from_old_weights_names_the_converter(tmp_path: Path) -> None:
    torch.save(legacy("residual").state, tmp_path / "checkpoint.pt")
    with pytest.raises(InputError, match="convert_legacy_state_dict"):
        load_checkpoint(tmp_path / "checkpoint.pt")


def test_old_and_new_files_load_alike(tmp_path: Path) -> None:
    old, new, images = network(), network(), batches()[0][0]
    torch.save(legacy("residual").state, tmp_path / "old.pt")
    load_weights(old, tmp_path / "old.pt")
    save_weights(old, tmp_path / "new.pt")
    load_weights(new, tmp_path / "new.pt")
    torch.testing.assert_close(new(images), old(images), rtol=0, atol=0)


def test_files_without_weights_are_refused_and_change_nothing(tmp_path: Path) -> None:
    ours, path = network(), tmp_path / "weights.pt"
    before = {key: tensor.clone() for key, tensor in ours.state_dict().items()}
    path.write_bytes(b"not a file of torch")
    with pytest.raises(InputError, match=r"weights\.pt"):
        load_weights(ours, path)
    torch.save({"model_state_dict": ours.state_dict(), "epoch": 3}, path)
    with pytest.raises(InputError, match="no state_dict"):
        load_weights(ours, path)
    save_weights(network(skeleton={**SKELETON, "stem_out_channels": 16}), path)
    with pytest.raises(InputError, match="another cell or skeleton"):
        load_weights(ours, path)
    save_weights(ours, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="damaged"):
        load_weights(ours, path)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(InputError, match="damaged"):
        load_weights(ours, path)
    for key, tensor in ours.state_dict().items():
        assert torch.equal(tensor, before[key])
