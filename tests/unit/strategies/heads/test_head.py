"""Every head: the same numbers after storing and loading, and no stored head is believed unchecked."""

import json
import subprocess
import sys

import pytest
import torch
from head_cases import blobs, filled_heads, stored_and_loaded

from injerto.core.errors import ModelError
from injerto.strategies.heads.ctc import CtcHead, CtcSettings
from injerto.strategies.heads.head import heads, load_head

BOX_HEADS = ("feature-pyramid", "queries")
"""Their scores are boxes: `test_box_heads.py`."""
NAMES = ("forest", "ladder", "linear", "mlp", "nearest-neighbours", "projected")


def test_every_registered_head_is_tested_here() -> None:
    assert tuple(sorted(filled_heads())) == NAMES
    assert heads.names() == tuple(sorted((*NAMES, *BOX_HEADS, "ctc")))


def test_a_head_of_frames_gives_the_same_bits_after_safetensors() -> None:
    head = CtcHead(CtcSettings(num_features=5, num_classes=4)).eval()
    frames = torch.cat([torch.randn(2, 7, 4), torch.ones(2, 7, 1)], dim=2)
    loaded = stored_and_loaded(head)
    assert loaded.settings() == head.settings() == json.loads(json.dumps(head.settings()))
    assert torch.equal(head(frames), loaded(frames))
    assert loaded(frames).shape == (2, 7, 4)


def test_listing_heads_does_not_import_scikit_learn() -> None:
    code = "import sys; from injerto.strategies.heads import heads; heads.names(); assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_head_gives_the_same_bits_after_safetensors(name: str) -> None:
    head = filled_heads()[name].eval()
    features, _ = blobs(seed=1)
    loaded = stored_and_loaded(head)
    assert loaded.name == name
    assert loaded.settings() == head.settings() == json.loads(json.dumps(head.settings()))
    assert torch.equal(head(features), loaded(features))
    assert loaded(features).shape == (60, 3)
    assert loaded(features).dtype == torch.float32


@pytest.mark.parametrize("name", NAMES)
def test_a_head_takes_a_batch_of_none(name: str) -> None:
    assert filled_heads()[name].eval()(torch.zeros(0, 5)).shape == (0, 3)


@pytest.mark.parametrize("name", NAMES)
def test_loading_copies_so_that_the_given_tensors_can_change(name: str) -> None:
    head = filled_heads()[name].eval()
    state = {key: tensor.clone() for key, tensor in head.state_dict().items()}
    loaded = load_head(name, head.settings(), state)
    features, _ = blobs(seed=1)
    before = loaded(features)
    for tensor in state.values():
        tensor.zero_()
    assert torch.equal(loaded(features), before)


def test_a_loaded_gradient_head_can_go_on_learning() -> None:
    loaded = stored_and_loaded(filled_heads()["mlp"])
    assert all(parameter.requires_grad for parameter in loaded.parameters())


def test_loading_leaves_the_global_random_state_alone() -> None:
    head = filled_heads()["mlp"]
    before = torch.random.get_rng_state()
    stored_and_loaded(head)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_unknown_head_is_refused() -> None:
    with pytest.raises(ModelError, match=r"M401.*forest, ladder, linear"):
        load_head("closed-form", {}, {})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change",
    [{"num_classes": 0}, {"num_features": -1}, {"num_classes": "3"}, {"surprise": 1}, {"num_features": 1 << 60}],
)
def test_settings_out_of_range_are_refused(name: str, change: dict[str, object]) -> None:
    head = filled_heads()[name]
    with pytest.raises(ModelError, match=f"M402.*{next(iter(change))}"):
        load_head(name, head.settings() | change, head.state_dict())


@pytest.mark.parametrize("name", NAMES)
def test_huge_sizes_are_refused_without_being_allocated(name: str) -> None:
    head = filled_heads()[name]
    with pytest.raises(
        ModelError, match=r"M40[23]"
    ):  # A ladder says which parts its features have, so they contradict.
        load_head(name, head.settings() | {"num_features": 1 << 24, "num_classes": 1 << 20}, head.state_dict())


@pytest.mark.parametrize("name", NAMES)
def test_missing_extra_misshapen_and_mistyped_tensors_are_refused(name: str) -> None:
    head = filled_heads()[name]
    state = head.state_dict()
    key = next(iter(state))
    for faulty in (
        {k: t for k, t in state.items() if k != key},
        state | {"extra": torch.zeros(1)},
        state | {key: state[key][:-1]},
        state | {key: state[key].to(torch.int32)},
    ):
        with pytest.raises(ModelError, match="M403"):
            load_head(name, head.settings(), faulty)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_that_are_not_finite_are_refused(name: str) -> None:
    head = filled_heads()[name]
    for key, tensor in head.state_dict().items():
        if tensor.is_floating_point():
            poisoned = tensor.clone()
            poisoned.view(-1)[0] = torch.nan
            with pytest.raises(ModelError, match=f"M404.*{key}"):
                load_head(name, head.settings(), head.state_dict() | {key: poisoned})
