"""Which cuts are exact: every layer group of many architectures, and the prefix's share of the operations.

    python -m benchmarks.cuts [--out cuts.json]

Random weights. `exact` is what the engine finds out before it trusts a cut; `difference` is the largest one of the
features, relative to the largest feature; shares are of the forward operations before the middle layer group, and
before the last quarter of them.
"""

import argparse
from pathlib import Path

import torch

from benchmarks.reporting import Report
from injerto.activations.cut.cut import make_cut
from injerto.activations.cut.savings import measure_savings
from injerto.backbones.loading import load_backbone

ARCHITECTURES = {
    "resnet18": 64,
    "resnet50": 64,
    "vgg16": 64,
    "inception_v3": 96,
    "inception_v4": 96,
    "mobilenetv2_100": 64,
    "mobilenetv3_large_100": 64,
    "efficientnet_b0": 64,
    "convnext_atto": 64,
    "densenet121": 64,
    "regnety_002": 64,
    "vit_tiny_patch16_224": 224,
    "deit_tiny_distilled_patch16_224": 224,
    "vit_small_patch14_dinov2": 518,
    "swin_tiny_patch4_window7_224": 224,
    "mixer_s32_224": 224,
    "maxvit_pico_rw_256": 256,
}


def main() -> None:
    """One row an architecture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(ARCHITECTURES))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = (
        "architecture",
        "cuts",
        "exact",
        "refused",
        "largest_difference",
        "share_before_half",
        "share_before_last_quarter",
    )
    report = Report("cuts", columns, chosen.out)
    for name in chosen.only.split(","):
        measure(name, ARCHITECTURES[name], report)


def measure(name: str, side: int, report: Report) -> None:
    """Try every cut but the one before everything."""
    backbone = load_backbone(f"timm:{name}", pretrained=False, seed=0).eval()
    sample = {"x": torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))}
    with torch.no_grad():
        expected = backbone(sample)
    refused, differences, shares = [], [], {}
    for index in range(1, len(backbone.layer_groups)):
        cut = make_cut(backbone, index, sample=sample)
        if cut is None:
            refused.append(backbone.layer_groups[index].name)
            continue
        with torch.no_grad():
            found = cut.run_suffix(cut.run_prefix(sample), sample)
        differences.append(float((found - expected).abs().max() / expected.abs().max()))
        shares[index] = 1 - measure_savings(cut, sample, epochs=1).share
    report.add(
        architecture=name,
        cuts=len(backbone.layer_groups) - 1,
        exact=len(differences),
        refused=f"{len(refused)}, first {refused[0]}" if refused else "-",
        largest_difference=max(differences, default=None),
        share_before_half=shares.get(len(backbone.layer_groups) // 2),
        share_before_last_quarter=shares.get(3 * len(backbone.layer_groups) // 4),
    )


if __name__ == "__main__":
    main()
