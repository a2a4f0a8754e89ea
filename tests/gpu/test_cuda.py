"""What only a GPU shows: the same values as on the CPU, the same training with a store, memory that is too small."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import timm
import torch
from small_data import write_texts

from benchmarks.engines import change_last_phase, make_engine
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.reading import compute_features
from injerto.activations.runtimes import choosing
from injerto.activations.runtimes.runtime import runtimes
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone, Inputs
from injerto.backbones.loading import load_backbone
from injerto.cli import main
from injerto.core.arithmetic import Arithmetic
from injerto.core.outcome import RuntimeChoice
from injerto.core.progress import Silent
from injerto.core.seeds import seeded
from injerto.data.items import ImageFile, Text
from injerto.strategies.freezing import resolve_freezing
from injerto.strategies.strategy import strategies
from injerto.training.engine import Trained

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
ON_GPU = [name for name in runtimes.names() if "cuda" in runtimes.get(name).devices]
FAMILIES = ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"]
TEXTS = ["bert", "distilbert", "roberta", "gpt2"]


@pytest.fixture(autouse=True)
def _all_memory() -> Iterator[None]:
    """A test that takes memory away gives it back."""
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


class Seen(Silent):
    """Keeps which runtime was taken."""

    def __init__(self) -> None:
        self.choices: list[RuntimeChoice] = []

    def show(self, record: object) -> None:
        if isinstance(record, RuntimeChoice):
            self.choices.append(record)


def save_images_of(folder: Path, name: str) -> Path:
    with seeded(3):
        network = timm.create_model(name, num_classes=0)
    timm.models.save_for_hf(network, str(folder), safe_serialization=True)
    return folder


def difference(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.cpu() - expected).abs().max() / expected.abs().max())


def check_runtime(name: str, backbone: AbstractBackbone, inputs: Inputs) -> None:
    with torch.no_grad():
        expected = backbone.cpu()(inputs)
        there = {key: value.cuda() for key, value in inputs.items()}
        with runtimes.get(name)().open(FrozenPart(backbone.cuda(), pool="pooled"), there, lanes=1) as run:
            found = run(there)
    assert difference(found, expected) <= runtimes.get(name).tolerance


@pytest.mark.parametrize("runtime", ON_GPU)
@pytest.mark.parametrize("name", FAMILIES)
def test_every_runtime_gives_the_values_of_the_processor(name: str, runtime: str, tmp_path: Path) -> None:
    backbone = load_backbone(str(save_images_of(tmp_path / "n", name))).eval()
    side = backbone.contract.height
    check_runtime(runtime, backbone, {"x": torch.randn(5, 3, side, side)})


@pytest.mark.parametrize("runtime", ON_GPU)
@pytest.mark.parametrize("name", TEXTS)
def test_every_runtime_gives_the_values_of_texts(
    name: str, runtime: str, save_text_model: Callable[[str], Path]
) -> None:
    backbone = load_backbone(str(save_text_model(name))).eval()
    check_runtime(runtime, backbone, backbone.prepare([Text("a cat"), Text("the dog ran far away from home")]))


def test_exact_features_are_those_of_the_processor(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    items = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))]
    backbone = load_backbone(str(network_folder))
    expected = compute_features(backbone, items, store=None)
    for store in (None, ActivationStore(tmp_path, arithmetic="exact")):
        found = compute_features(backbone.cuda(), items, store=store)
        assert difference(found, expected) < 1e-5


def test_a_long_job_runs_in_half_precision_unless_it_has_to_be_exact(
    pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_LEAST_SECONDS", {"cuda": 0.0})
    monkeypatch.setattr(choosing, "_WORTH_MEASURING", 10)
    monkeypatch.setattr(choosing, "_SHARE_FOR_TRYING", 1e9)
    monkeypatch.setattr(runtimes, "names", lambda: ("eager", "folded", "half"))
    items = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))]
    backbone = load_backbone(str(network_folder)).cuda()
    asked: tuple[Arithmetic, ...] = ("close", "exact")
    for arithmetic in asked:
        seen = Seen()
        store = ActivationStore(tmp_path / arithmetic, arithmetic=arithmetic)
        compute_features(backbone, items, store=store, reporter=seen)
        tried = {way.split()[0] for way in seen.choices[0].items_per_second} | set(seen.choices[0].failed)
        assert ("half" in tried) is (arithmetic == "close")


@pytest.mark.parametrize("name", FAMILIES)
def test_images_train_from_the_store_as_without_it(pictures: Path, tmp_path: Path, name: str) -> None:
    check_curves(pictures, save_images_of(tmp_path / "network", name), ActivationStore(tmp_path, arithmetic="exact"))


@pytest.mark.parametrize("name", TEXTS)
def test_texts_train_from_the_store_as_without_it(
    save_text_model: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    check_curves(write_texts(tmp_path / "data"), save_text_model(name), ActivationStore(tmp_path, arithmetic="exact"))


def check_curves(data: Path, folder: Path, store: ActivationStore) -> None:
    def train(kept: ActivationStore | None) -> Trained:
        engine = make_engine(data, folder, "last-1", store=kept, epochs=6, device="cuda")
        change_last_phase(engine, optimizer="sgd", learning_rate=1e-2)
        fixed = {"head_options": {"solver": "ridge"}, "activation_precision": "fp32", "arithmetic": "exact"}
        engine.plan = engine.plan.model_copy(update=fixed)
        return engine.run()

    cached, uncached = train(store), train(None)
    assert any(plan.cut.startswith("  what comes before") for plan in cached.freeze_plans), "nothing was cut"
    curves = [[(record.train_loss, record.tune_loss) for record in run.history] for run in (cached, uncached)]
    torch.testing.assert_close(*curves, rtol=1e-4, atol=1e-4)  # Sums on a GPU come in another order each time.


@pytest.mark.parametrize("name", strategies.names())
def test_every_strategy_trains_and_what_is_frozen_stays(
    pictures: Path, network_folder: Path, tmp_path: Path, name: str
) -> None:
    written = strategies.get(name).example().written()
    engine = make_engine(pictures, network_folder, written, store=ActivationStore(tmp_path), device="cuda")
    before = {key: value.cpu().clone() for key, value in engine.backbone.network.state_dict().items()}
    allowed: set[str] = set()
    for phase in engine.plan.phases:
        if phase.trains == "lora":
            allowed |= {key for key, value in before.items() if value.dim() > 1}
        elif phase.solver == "gradient":
            freezing = resolve_freezing(engine.backbone, phase)
            statistics = engine.backbone.network.named_buffers() if freezing.update_statistics else ()
            allowed |= freezing.trained | {key for key, _ in statistics}
    trained = engine.run()
    after = engine.backbone.network.state_dict()
    assert {key for key in before if not torch.equal(before[key], after[key].cpu())} <= allowed
    scores = trained.model.scores([engine.data.examples[i].item for i in engine.splits.test])
    assert torch.isfinite(scores).all()


def test_too_little_memory_runs_in_parts(tmp_path: Path, pictures: Path) -> None:
    backbone = load_backbone("timm:resnet18", pretrained=False, seed=0)
    items = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))]
    expected = compute_features(backbone, items, store=None)
    backbone.cuda()
    held = torch.cuda.memory_allocated() + 200 * 2**20
    torch.cuda.set_per_process_memory_fraction(held / torch.cuda.get_device_properties(0).total_memory)
    assert difference(compute_features(backbone, items, store=None), expected) < 1e-5


def test_a_model_fitted_on_a_gpu_predicts_on_the_processor(
    pictures: Path, network_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model"
    command = ["fit", str(pictures), "--backbone", str(network_folder), "--strategy", "lp-ft", "--epochs", "2"]
    run_command(*command, "--device", "cuda", "--out", str(out), "--json")
    capsys.readouterr()
    picture = str(next(pictures.rglob("*.png")))
    found = []
    for device in ("cpu", "cuda"):
        run_command("predict", str(out), picture, "--device", device, "--json")
        found.append(json.loads(capsys.readouterr().out)["predictions"][0]["probabilities"])
    assert found[0] == pytest.approx(found[1], abs=1e-3)


def run_command(*arguments: str) -> None:
    with pytest.raises(SystemExit) as done:
        main(list(arguments))
    assert done.value.code == 0
