"""Cuts below a detector's maps: finer maps are carried along, exactly; and threads do not read each other's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from injerto.activations.cut.cut import make_cut
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone

NETWORKS = ("resnet18", "mobilenetv3_small_050", "convnext_atto", "vit_tiny_patch16_224", "inception_v3", "vgg11")


def _open(name: str) -> AbstractBackbone:
    backbone = load_backbone(f"timm:{name}", pretrained=False)
    backbone.resize_input(96, 128)
    return backbone.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_backbone_of_the_catalogue_gives_maps_and_can_be_cut(name: str) -> None:
    backbone = _open(name)
    pixels = {"x": torch.rand(2, 3, 96, 128)}
    with torch.no_grad():
        whole = backbone(pixels, "maps")
    assert whole.shape == (2, backbone.num_features("maps"))
    # An inception pads nothing: its last map can be a single row.
    assert len(backbone.map_shapes) in ((1,) if name.startswith("vit") else (2, 3))
    rows = [shape[1] for shape in backbone.map_shapes]
    assert rows == sorted(rows, reverse=True)
    cut = make_cut(backbone, len(backbone.layer_groups) - 2, sample=pixels, pool="maps")
    assert cut is not None
    assert bool(cut.carried) != name.startswith("vit")
    with torch.no_grad():
        assert torch.equal(cut.run_suffix(cut.run_prefix(pixels), pixels), whole)


def test_threads_read_their_own_maps() -> None:
    backbone = _open("mobilenetv3_small_050")
    inputs = [{"x": torch.rand(1, 3, 96, 128)} for _ in range(16)]

    def run(one: dict[str, torch.Tensor]) -> torch.Tensor:
        with torch.no_grad():
            return backbone(one, "maps")

    alone = [run(one) for one in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(run, inputs))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))
