"""Every installed runtime gives PyTorch's values; what is wrong, missing or slow is not taken, and the choice stays."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes import calibration as calibration_module
from injerto.activations.runtimes import choosing
from injerto.activations.runtimes.calibration import Calibration, Speed, calibration_file, write_calibration
from injerto.activations.runtimes.choosing import open_runtime
from injerto.activations.runtimes.lanes import run_in_lanes
from injerto.activations.runtimes.named.openvino import OpenVino
from injerto.activations.runtimes.runtime import Run, runtimes
from injerto.backbones.backbone import AbstractBackbone, Inputs
from injerto.backbones.loading import load_backbone
from injerto.core.arithmetic import Arithmetic
from injerto.data.items import Text

ROUNDING = ("bfloat16", "openvino-bfloat16")
QUICK = [name for name in runtimes.names() if name != "compiled"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INJERTO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def backbone(network_folder: Path) -> AbstractBackbone:
    return load_backbone(str(network_folder)).eval()


def images(number: int) -> Inputs:
    return {"x": torch.randn(number, 3, 32, 32, generator=torch.Generator().manual_seed(0))}


def long_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job counts as long enough to try everything quick."""
    monkeypatch.setattr(choosing, "_LEAST_SECONDS", {"cpu": 0.0, "cuda": 0.0})
    monkeypatch.setattr(choosing, "_SHARE_FOR_TRYING", 1e9)
    monkeypatch.setattr(calibration_module, "_SECONDS", 0.0)
    kept = tuple(QUICK)
    monkeypatch.setattr(runtimes, "names", lambda: kept)


@contextmanager
def opened_alone(name: str, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
    """A runtime by its name, where the processor has the units that it needs."""
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        try:
            run = stack.enter_context(runtimes.get(name)().open(part, sample, lanes=lanes))
        except NotImplementedError as error:
            pytest.skip(str(error))
        yield run


def trusted(name: str, expected: torch.Tensor) -> float:
    """How far a runtime may be from PyTorch."""
    return runtimes.get(name).tolerance * float(expected.abs().max())


def candidates(device: str, arithmetic: Arithmetic = "close") -> list[choosing._Way]:
    return list(choosing._candidates(choosing._Way("eager"), 1e6, device, arithmetic=arithmetic))


def test_float16_is_for_gpus_and_bfloat16_for_processors() -> None:
    on_cpu = {way.runtime for way in candidates("cpu")}
    assert "bfloat16" in on_cpu
    assert "half" not in on_cpu
    on_gpu = candidates("cuda")
    assert {way.runtime for way in on_gpu} == {"half", "eager"}
    assert {way.lanes for way in on_gpu} == {1}


def test_int8_is_tried_by_those_who_ask_for_it_alone() -> None:
    assert {way.runtime for way in candidates("cpu", "int8")} - {way.runtime for way in candidates("cpu")} == {
        "onnxruntime-int8"
    }


def test_int8_runs_with_its_error_measured_and_is_refused_where_that_is_large(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_job(monkeypatch)
    monkeypatch.setattr(runtimes, "names", lambda: ("eager", "onnxruntime-int8", "folded"))
    kind = runtimes.get("onnxruntime-int8")
    part = FrozenPart(backbone, pool="pooled")
    with torch.no_grad(), part.ready():
        expected = part(images(8))
    known = calibration_file(part, images(8), arithmetic="int8")
    with open_runtime(part, images, num_items=100_000, arithmetic="int8") as opened:
        assert "onnxruntime-int8" in {way.split()[0] for way in opened.choice.items_per_second}
    # Which is quicker on a tiny network is chance: here int8 is.
    lanes = torch.get_num_threads()
    speeds = tuple(
        Speed(runtime=name, lanes=number, setup_seconds=0.0, items_per_second=speed)
        for name, number, speed in (("onnxruntime-int8", lanes, 1e4), ("folded", 1, 1.0))
    )
    write_calibration(known, Calibration(speeds=speeds, tried_for=10**9))
    with open_runtime(part, images, num_items=100_000, arithmetic="int8") as opened:
        assert opened.choice.runtime == "onnxruntime-int8"
        assert 1e-5 < opened.choice.difference < kind.tolerance
        assert torch.allclose(opened.run(images(8)), expected, atol=trusted("onnxruntime-int8", expected))
    known.unlink()
    monkeypatch.setattr(kind, "tolerance", 1e-6)
    with open_runtime(part, images, num_items=100_000, arithmetic="int8") as opened:
        assert opened.choice.runtime == "folded"
        assert "onnxruntime-int8" in opened.choice.failed


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_an_exact_job_tries_nothing_but_float32(device: str) -> None:
    tried = {way.runtime for way in candidates(device, "exact")}
    assert tried == {way.runtime for way in candidates(device)} - {"half", *ROUNDING}


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("cut", [False, True])
def test_images_through_every_runtime(backbone: AbstractBackbone, name: str, cut: bool) -> None:
    part = FrozenPart(backbone, pool="pooled", at=backbone.layer_groups[2].modules[0] if cut else None)
    batch = images(7)
    with torch.no_grad(), part.ready():
        expected = part(batch)
    with opened_alone(name, part, images(runtimes.get(name).num_examples), lanes=2) as run:
        assert torch.allclose(run(batch), expected, atol=trusted(name, expected))
        beside = [found for _, found in run_in_lanes(run, [images(n) for n in (1, 2, 3, 4, 5, 6)], lanes=2)]
    assert [len(found) for found in beside] == [1, 2, 3, 4, 5, 6]
    assert torch.allclose(beside[-1], expected[:6], atol=trusted(name, expected))


@pytest.mark.parametrize("name", [name for name in QUICK if name != "folded"])
@pytest.mark.parametrize("network", ["bert", "roberta"])
def test_texts_of_any_length_through_every_runtime(
    save_text_model: Callable[[str], Path], name: str, network: str
) -> None:
    backbone = load_backbone(str(save_text_model(network))).eval()
    part = FrozenPart(backbone, pool="pooled")
    few, other = (
        backbone.prepare([Text(text) for text in texts])
        for texts in (["a cat", "a dog ran home", "cat"], ["the cat sat on the mat and the dog ran far away"] * 2)
    )
    with opened_alone(name, part, few, lanes=1) as run:
        for inputs in (few, other):
            expected = part(inputs)
            assert torch.allclose(run(inputs), expected, atol=trusted(name, expected))


def test_few_examples_are_not_measured(backbone: AbstractBackbone, home: Path) -> None:
    for number, runtime in ((5, "eager"), (100, "folded")):
        with open_runtime(FrozenPart(backbone, pool="pooled"), images, num_items=number) as opened:
            assert opened.choice.runtime == runtime
    assert not home.exists()


def test_a_long_job_takes_the_quickest_and_the_next_run_takes_the_same(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_job(monkeypatch)
    part = FrozenPart(backbone, pool="pooled")
    with open_runtime(part, images, num_items=100_000, arithmetic="exact") as opened:
        first = opened.choice
    measured = {name.split()[0] for name in first.items_per_second}
    assert "folded" in measured
    assert (measured | first.failed.keys()) & {"onnxruntime", "openvino"}
    assert first.difference <= runtimes.get(first.runtime).tolerance
    monkeypatch.setattr(choosing, "measure_speed", lambda *_, **__: pytest.fail("measured again"))
    random = load_backbone(backbone.spec, pretrained=False, seed=1).eval()  # As quick, with other weights.
    for again in (backbone, random):
        with open_runtime(FrozenPart(again, pool="pooled"), images, num_items=100_000, arithmetic="exact") as opened:
            assert (opened.choice.runtime, opened.choice.lanes) == (first.runtime, first.lanes)


def test_what_was_measured_and_won_is_not_made_again_and_the_rest_is_closed(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_job(monkeypatch)
    monkeypatch.setattr(choosing, "_WORTH_A_SECOND_ENGINE", 0.0)
    known = iter([100.0, 1e4, 2e4, 1e3])  # Folded, OpenVINO, ONNX Runtime, what else there is.
    monkeypatch.setattr(choosing, "measure_speed", lambda *_, **__: next(known))
    events: list[tuple[str, str]] = []
    for name in ("folded", "openvino", "onnxruntime"):
        kind = runtimes.get(name)

        @contextmanager
        def watched(*args: object, name: str = name, opening: Any = kind.open, **options: object) -> Iterator[Run]:
            with opening(*args, **options) as run:
                events.append(("open", name))
                yield run
            events.append(("close", name))

        monkeypatch.setattr(kind, "open", watched)
    with open_runtime(FrozenPart(backbone, pool="pooled"), images, num_items=100_000, arithmetic="exact") as opened:
        assert opened.choice.runtime == "onnxruntime"
        names = [name for event, name in events if event == "open"]
        assert sorted(names) == ["folded", "onnxruntime", "openvino"]
        assert {name for event, name in events if event == "close"} == {"folded", "openvino"}
        assert torch.allclose(opened.run(images(3)), backbone(images(3)), atol=1e-4)
    assert sorted(name for event, name in events if event == "close") == sorted(names)


@pytest.mark.parametrize(("second_from", "engines"), [(0.0, {"onnxruntime", "openvino"}), (1e9, {"openvino"})])
def test_a_second_engine_is_tried_where_the_job_is_worth_it(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch, second_from: float, engines: set[str]
) -> None:
    long_job(monkeypatch)
    monkeypatch.setattr(choosing, "_WORTH_A_SECOND_ENGINE", second_from)
    # The first engine gains, whatever else this machine does meanwhile.
    known = iter([100.0, *[1e4] * 9])
    monkeypatch.setattr(choosing, "measure_speed", lambda *_, **__: next(known))
    with open_runtime(FrozenPart(backbone, pool="pooled"), images, num_items=100_000, arithmetic="exact") as opened:
        tried = {name.split()[0] for name in opened.choice.items_per_second} | opened.choice.failed.keys()
    assert tried - {"folded", "compiled"} == engines


def test_the_record_decides_by_the_length_of_the_job(backbone: AbstractBackbone) -> None:
    part = FrozenPart(backbone, pool="pooled")
    speeds = [("folded", 0.0, 100.0), ("onnxruntime", 1.0, 150.0), ("openvino", 60.0, 1000.0)]
    known = Calibration(
        speeds=tuple(
            Speed(runtime=name, lanes=1, setup_seconds=setup, items_per_second=speed) for name, setup, speed in speeds
        ),
        tried_for=10**9,
    )
    write_calibration(calibration_file(part, images(4), arithmetic="close"), known)
    for number, runtime in ((500, "folded"), (2_000, "onnxruntime"), (50_000, "openvino")):
        with open_runtime(part, images, num_items=number) as opened:
            assert opened.choice.runtime == runtime, number


def test_a_runtime_with_other_values_is_not_trusted(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = FrozenPart(backbone, pool="pooled")
    quick = Speed(runtime="openvino", lanes=1, setup_seconds=0.0, items_per_second=1e6)
    plain = Speed(runtime="folded", lanes=1, setup_seconds=0.0, items_per_second=1.0)
    file = calibration_file(part, images(4), arithmetic="close")
    write_calibration(file, Calibration(speeds=(quick, plain), tried_for=10**9))
    opening = OpenVino.open

    class Wrong:
        def __init__(self, opened: object) -> None:
            self.opened = opened

        def __enter__(self) -> object:
            run = self.opened.__enter__()  # type: ignore[attr-defined]
            return lambda inputs: run(inputs) * 1.001

        def __exit__(self, *error: object) -> object:
            return self.opened.__exit__(*error)  # type: ignore[attr-defined]

    monkeypatch.setattr(OpenVino, "open", lambda *a, **k: Wrong(opening(*a, **k)))
    with open_runtime(part, images, num_items=1000) as opened:
        assert opened.choice.runtime == "folded"  # The next best.
        assert "other values" in opened.choice.reason
        assert torch.allclose(opened.run(images(3)), backbone(images(3)), atol=1e-5)
    write_calibration(calibration_file(part, images(4), arithmetic="exact"), Calibration(speeds=(plain,)))
    with open_runtime(part, images, num_items=100_000, arithmetic="exact") as opened:
        assert opened.choice.runtime != "openvino"
        assert "differ" in opened.choice.failed["openvino"]


def test_a_network_that_cannot_be_converted_stays_in_pytorch(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no such operator\nand more")

    long_job(monkeypatch)
    monkeypatch.setattr("injerto.activations.runtimes.named.onnxruntime.export_graph", fail)
    monkeypatch.setattr("injerto.activations.runtimes.named._openvino_model.export_graph", fail)
    with open_runtime(FrozenPart(backbone, pool="pooled"), images, num_items=100_000, arithmetic="exact") as opened:
        assert opened.choice.runtime == "folded"
        assert opened.choice.failed["openvino"] == "RuntimeError: no such operator"


def test_a_runtime_that_broke_since_it_was_measured_is_left_for_pytorch(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    part = FrozenPart(backbone, pool="pooled")
    quick = Speed(runtime="openvino", lanes=1, setup_seconds=0.0, items_per_second=1e6)
    plain = Speed(runtime="folded", lanes=1, setup_seconds=0.0, items_per_second=1.0)
    write_calibration(
        calibration_file(part, images(4), arithmetic="close"), Calibration(speeds=(quick, plain), tried_for=10**9)
    )
    monkeypatch.setattr("injerto.activations.runtimes.named._openvino_model.export_graph", fail)
    with open_runtime(part, images, num_items=1000) as opened:
        assert opened.choice.runtime == "folded"
        assert "no memory" in opened.choice.reason
    monkeypatch.setattr("injerto.activations.runtimes.named.folded.make_frozen_copy", fail)
    with open_runtime(part, images, num_items=1000) as opened:
        assert (opened.choice.runtime, opened.choice.difference) == ("eager", 0.0)


@pytest.fixture
def rounding_is_quickest(backbone: AbstractBackbone) -> FrozenPart:
    """A record by which bfloat16 is the quickest, in two runtimes, and then the folded copy."""
    if not any(there and "bf16" in unit for unit, there in torch.cpu.get_capabilities().items()):
        pytest.skip("this processor has no units for bfloat16")
    part = FrozenPart(backbone, pool="pooled")
    speeds = tuple(
        Speed(runtime=name, lanes=1, setup_seconds=0.0, items_per_second=speed)
        for name, speed in zip((*ROUNDING, "folded"), (1e4, 1e3, 1.0), strict=True)
    )
    write_calibration(
        calibration_file(part, images(4), arithmetic="close"), Calibration(speeds=speeds, tried_for=10**9)
    )
    return part


def test_bfloat16_runs_where_its_error_is_small_and_nobody_asked_for_float32(
    rounding_is_quickest: FrozenPart,
) -> None:
    with open_runtime(rounding_is_quickest, images, num_items=1000) as opened:
        assert opened.choice.runtime == "bfloat16"
        assert 0 < opened.choice.difference <= 1e-2
    with open_runtime(rounding_is_quickest, images, num_items=1000, arithmetic="exact") as opened:
        assert runtimes.get(opened.choice.runtime).arithmetic == "exact"
        assert opened.choice.difference <= 1e-4


def test_weights_that_bfloat16_changes_too_much_run_in_float32(
    rounding_is_quickest: FrozenPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes.get("bfloat16"), "tolerance", 1e-9)
    opening = runtimes.get("openvino-bfloat16")
    monkeypatch.setattr(opening, "open", lambda *_, **__: pytest.fail("another with as few bits was tried"))
    with open_runtime(rounding_is_quickest, images, num_items=1000) as opened:
        assert opened.choice.runtime == "folded"
        assert "PyTorch, bfloat16 would be quicker" in opened.choice.reason


def test_a_refusal_by_weights_is_not_remembered_for_the_architecture(
    backbone: AbstractBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_job(monkeypatch)
    part = FrozenPart(backbone, pool="pooled")
    for name in ROUNDING:
        monkeypatch.setattr(runtimes.get(name), "tolerance", -1.0)
    with open_runtime(part, images, num_items=1000) as opened:
        assert runtimes.get(opened.choice.runtime).arithmetic == "exact"
        assert "bfloat16" in opened.choice.failed
    remembered = calibration_file(part, images(4), arithmetic="close").read_text()
    assert "differ" not in remembered


@pytest.mark.parametrize("content", [b"", b"{", b'{"speeds": 3}', b'{"speeds": [], "unknown": 1}'])
def test_a_broken_record_is_measured_again(backbone: AbstractBackbone, content: bytes) -> None:
    part = FrozenPart(backbone, pool="pooled")
    file = calibration_file(part, images(4), arithmetic="close")
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with open_runtime(part, images, num_items=300) as opened:
        assert opened.choice.items_per_second


def test_the_part_is_as_before_when_the_job_is_over(backbone: AbstractBackbone) -> None:
    at = backbone.layer_groups[2].modules[0]
    with open_runtime(FrozenPart(backbone, pool="pooled", at=at), images, num_items=40) as opened:
        assert opened.run(images(2)).ndim == 4
    assert backbone(images(2)).ndim == 2
