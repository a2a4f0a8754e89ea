"""The two VGG-16 examples of the source document, on the real architecture, against plain PyTorch."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

import injerto
from injerto.backbones.loading import load_backbone
from injerto.data.items import ImageFile
from injerto.strategies.freezing import resolve_freezing

# Channels of VGG-16's five blocks (Simonyan and Zisserman 2015, table 1, configuration D).
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
LAST_FOUR = ["block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"]


def plain_forward(x: Tensor, convolutions: list[tuple[Tensor, Tensor]], dense: dict[str, Tensor]) -> Tensor:
    """VGG-16 without its top, Flatten, Dense(1024, relu), Dense(n): written from the paper, not from timm."""
    layers = iter(convolutions)
    for _, depth in BLOCKS:
        for _ in range(depth):
            weight, bias = next(layers)
            x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
        x = functional.max_pool2d(x, 2)
    x = x.flatten(1)
    x = functional.relu(x @ dense["hidden.weight"].T + dense["hidden.bias"])
    return x @ dense["output.weight"].T + dense["output.bias"]


@pytest.fixture(scope="module")
def vgg_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real architecture with random weights, at 64 pixels so that the test is quick."""
    import json

    folder = tmp_path_factory.mktemp("vgg16")
    load_backbone("timm:vgg16", pretrained=False, seed=1).save_network(str(folder))
    config = json.loads((folder / "config.json").read_text())
    config["pretrained_cfg"]["input_size"] = [3, 64, 64]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "trained"),
    [
        ("mlp-head:pool=flatten", set()),
        ("last-4:head=mlp,pool=flatten", {f"{name}.{part}" for name in LAST_FOUR[:3] for part in ("w", "b")}),
    ],
)
def test_the_recipe_is_one_line_and_computes_what_the_textbook_says(
    pictures: Path, vgg_folder: Path, strategy: str, trained: set[str]
) -> None:
    run = injerto.fit(pictures, backbone=str(vgg_folder), strategy=strategy, epochs=1, device="cpu", fallback=False)

    network = run.model.backbone.network
    convolutions = [(m.weight, m.bias) for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [weight.shape[0] for weight, _ in convolutions] == [width for width, depth in BLOCKS for _ in range(depth)]
    items = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))[:3]]
    x = run.model.backbone.prepare(items)["x"]
    with torch.no_grad():
        expected = plain_forward(x, convolutions, run.model.head.state_dict())
    assert torch.allclose(run.model.scores(items), expected, rtol=1e-4, atol=1e-5)

    original = load_backbone(str(vgg_folder)).network.state_dict()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, original[name])}
    assert len(changed) == len(trained)
    phase = run.plan.phases[-1]
    groups = run.model.backbone.layer_groups
    assert [group.name for group in groups[-4:]] == LAST_FOUR
    own = {name for group in groups[-4:] for name in group.parameters}
    assert changed <= own
    if trained:
        assert resolve_freezing(run.model.backbone, phase).trained == own


def test_the_textbook_head_has_the_textbook_size() -> None:
    from injerto.strategies.heads.mlp import MlpHead

    head = MlpHead(7 * 7 * 512, 10, width=1024)
    assert sum(p.numel() for p in head.parameters()) == 25_701_386  # by hand: 25,088 x 1,024 + 1,024 + 1,024 x 10 + 10
