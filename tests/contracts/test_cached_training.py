"""Training from the store is the same training: one loss curve with it and without, for every family of networks."""

from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from small_data import write_texts

from benchmarks.engines import change_last_phase, make_engine
from injerto.activations.cut import cut as cut_module
from injerto.activations.store.store import ActivationStore
from injerto.core.errors import UsageError
from injerto.core.seeds import seeded
from injerto.training.engine import Trained

IMAGE_FAMILIES = ["test_resnet", "test_vit", "test_convnext", "test_efficientnet", "test_nfnet"]
TEXT_FAMILIES = ["bert", "distilbert", "roberta", "gpt2"]


def image_folder(folder: Path, name: str) -> Path:
    with seeded(3):
        network = timm.create_model(name, num_classes=0)
    timm.models.save_for_hf(network, str(folder), safe_serialization=True)
    return folder


def train(data: Path, folder: Path, strategy: str, store: ActivationStore | None, **plan_changes: object) -> Trained:
    engine = make_engine(data, folder, strategy, store=store, epochs=6)
    # Plain gradient descent: Adam divides by gradients near zero and makes 1e-4 of the last digit of a folded norm.
    phases = tuple(phase.model_copy(update={"optimizer": "sgd", "learning_rate": 1e-2}) for phase in engine.plan.phases)
    # Ridge, or the start may be so good that no epoch gets better and the curve says little.
    fixed = {"head_options": {"solver": "ridge"}, "activation_precision": "fp32", "phases": phases}
    engine.plan = engine.plan.model_copy(update=fixed | plan_changes)
    return engine.run()


def curve(trained: Trained) -> list[tuple[float, float]]:
    return [(record.train_loss, record.tune_loss) for record in trained.history]


def assert_same_curve(data: Path, folder: Path, store: ActivationStore) -> None:
    cached, uncached = (train(data, folder, "last-1", kept) for kept in (store, None))
    assert any(plan.cut.startswith("  what comes before") for plan in cached.freeze_plans), "nothing was cut"
    assert len(cached.history) >= 3
    torch.testing.assert_close(curve(cached), curve(uncached), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", IMAGE_FAMILIES)
def test_images(pictures: Path, tmp_path: Path, name: str) -> None:
    assert_same_curve(pictures, image_folder(tmp_path / "network", name), ActivationStore(tmp_path))


@pytest.mark.parametrize("name", TEXT_FAMILIES)
def test_texts(save_text_model: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    assert_same_curve(write_texts(tmp_path / "data"), save_text_model(name), ActivationStore(tmp_path))


def test_stored_views_are_the_same_training_without_a_store(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    def with_views(store: ActivationStore | None) -> Trained:
        engine = make_engine(pictures, network_folder, "last-1", store=store, epochs=12)
        changes = {"optimizer": "sgd", "learning_rate": 1e-2, "augment": "crop", "views": 2}
        phases = tuple(phase.model_copy(update=changes) for phase in engine.plan.phases)
        fixed = {"head_options": {"solver": "ridge"}, "activation_precision": "fp32", "phases": phases}
        engine.plan = engine.plan.model_copy(update=fixed)
        return engine.run()

    cached, uncached = with_views(ActivationStore(tmp_path)), with_views(None)
    assert cached.freeze_plans[-1].cut.startswith("  what comes before")
    torch.testing.assert_close(curve(cached), curve(uncached), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("disturbance", ["noise", "mixup"])
def test_disturbed_values_need_a_store(disturbance: str, pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    plain = make_engine(pictures, network_folder, "last-1", store=ActivationStore(tmp_path)).run()
    engine = make_engine(pictures, network_folder, "last-1", store=ActivationStore(tmp_path))
    disturbed = change_last_phase(engine, **{disturbance: 0.5}).run()
    assert disturbed.history[0].train_loss != plain.history[0].train_loss
    engine = make_engine(pictures, network_folder, "last-1", store=None)
    with pytest.raises(UsageError, match="U518"):
        change_last_phase(engine, **{disturbance: 0.5}).run()


def test_tokens_of_texts_are_not_mixed(save_text_model: Callable[..., Path], tmp_path: Path) -> None:
    store = ActivationStore(tmp_path / "store")
    engine = make_engine(write_texts(tmp_path / "data"), save_text_model("bert"), "last-1", store=store)
    with pytest.raises(UsageError, match="U519"):
        change_last_phase(engine, mixup=0.5).run()
    engine = make_engine(write_texts(tmp_path / "data"), save_text_model("bert"), "mlp-head", store=store)
    assert change_last_phase(engine, mixup=0.5).run().history


def test_half_precision_moves_the_curve_by_its_rounding_and_no_more(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    full, half = (
        curve(train(pictures, network_folder, "last-1", ActivationStore(tmp_path), activation_precision=precision))
        for precision in ("fp32", "fp16")
    )
    assert full != half
    torch.testing.assert_close(half, full, rtol=5e-3, atol=5e-3)


def test_a_wrong_cut_is_found_and_not_trained_from(
    pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = cut_module.Cut.run_suffix

    def wrong(self: cut_module.Cut, crossing: torch.Tensor, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        return right(self, crossing * 1.01, inputs)

    uncached = train(pictures, network_folder, "last-1", None)
    monkeypatch.setattr(cut_module.Cut, "run_suffix", wrong)
    refused = train(pictures, network_folder, "last-1", ActivationStore(tmp_path))
    assert "every layer runs in every step" in refused.freeze_plans[-1].cut
    torch.testing.assert_close(curve(refused), curve(uncached), rtol=1e-5, atol=1e-5)
