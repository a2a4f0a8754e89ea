"""Every way to read a frozen backbone, from the strategy's written form to a model that is better than guessing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.engines import make_engine
from injerto.activations.store.store import ActivationStore
from injerto.core.errors import UsageError
from injerto.strategies.named.linear_probe import LinearProbe
from injerto.strategies.strategy import parse_strategy

SOLVERS = LinearProbe.model_fields["solver"].annotation.__args__  # type: ignore[union-attr]
STRATEGIES = [f"linear-probe:solver={solver}" for solver in SOLVERS]
STRATEGIES += [
    "linear-probe:pool=taps",
    "last-1:pool=taps",
    "multi-layer",
    "multi-layer:most=1",
    "ladder",
    "knn:pool=taps",
]


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    words = {"cat": "the cat sat on the mat", "dog": "a dog ran far away from home"}
    rows = [
        {"text": f"{text} {'home ' * (n % 4)}{n}", "label": label} for n in range(20) for label, text in words.items()
    ]
    (tmp_path / "animals.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path / "animals.jsonl"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_images(pictures: Path, network_folder: Path, tmp_path: Path, strategy: str) -> None:
    assert accuracy(pictures, network_folder, strategy, tmp_path) > 0.5


@pytest.mark.parametrize("strategy", ["mlp-head:views=2", "last-1:views=2", "linear-probe:pool=gem"])
def test_what_only_images_have(pictures: Path, network_folder: Path, tmp_path: Path, strategy: str) -> None:
    assert accuracy(pictures, network_folder, strategy, tmp_path) > 0.5


@pytest.mark.parametrize(
    ("strategy", "code"), [("mlp-head:views=2", "U517"), ("last-1:views=2", "U517"), ("linear-probe:pool=gem", "U305")]
)
def test_texts_are_refused_what_only_images_have(
    animals: Path, save_text_model: Callable[[str], Path], strategy: str, code: str
) -> None:
    with pytest.raises(UsageError, match=code):
        make_engine(animals, save_text_model("bert"), strategy, store=None).run()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_texts(animals: Path, save_text_model: Callable[[str], Path], tmp_path: Path, strategy: str) -> None:
    assert accuracy(animals, save_text_model("bert"), strategy, tmp_path) > 0.5


def accuracy(data: Path, folder: Path, strategy: str, store: Path) -> float:
    """On the training split: a network with random weights promises nothing beyond."""
    engine = make_engine(data, folder, strategy, store=ActivationStore(store), epochs=20)
    model = engine.run().model
    rows = engine.splits.train
    scores = model.scores([engine.data.examples[i].item for i in rows])
    assert torch.isfinite(scores).all()
    return float((scores.argmax(1).numpy() == engine.data.targets()[rows]).mean())


def test_even_priors_take_the_shares_of_train_out_of_the_scores(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    scores, shares = {}, None
    for prior in ("train", "even"):
        strategy = f"linear-probe:solver=ridge,prior={prior}"
        engine = make_engine(pictures, network_folder, strategy, store=ActivationStore(tmp_path))
        targets = engine.data.targets()[engine.splits.train]
        rare = np.flatnonzero(targets == 0)[:3]
        kept = np.concatenate([rare, np.flatnonzero(targets != 0)])
        engine.splits = replace(engine.splits, train=engine.splits.train[kept])
        model = engine.run().model
        items = [engine.data.examples[i].item for i in engine.splits.test]
        scores[prior] = model.scores(items)
        shares = torch.bincount(torch.from_numpy(engine.data.targets()[engine.splits.train])).double()
    assert shares is not None
    moved = scores["train"] - scores["even"]
    wanted = (shares / shares.sum()).log().float()
    torch.testing.assert_close(moved - moved.mean(1, keepdim=True), (wanted - wanted.mean()).expand_as(moved))


@pytest.mark.parametrize(
    "strategy",
    [
        "ladder:pool=pooled",
        "mlp-head:head=ladder",
        "multi-layer:pool=pooled",
        "linear-probe:head=mlp",
        "lora:head=ladder",
    ],
)
def test_heads_that_a_strategy_cannot_train_are_refused(strategy: str) -> None:
    with pytest.raises(UsageError, match="U502"):
        parse_strategy(strategy)
