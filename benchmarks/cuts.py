"""Which cuts are exact: every layer group of many architectures, and the prefix's share of operations and of time.

    python -m benchmarks.cuts [--only resnet18,bert] [--out cuts.json]

Random weights; texts at the size of the published base model, 64 tokens. `exact` is what the engine finds out before it
trusts a cut; `difference` is the largest one of the features, relative to the largest feature, on another batch than
that which was checked. Shares are those of the prefix that ends before the middle layer group, and before the last
quarter of them: of the forward operations, and of the seconds by the clock (the best of three rounds).
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch
import transformers

from benchmarks.reporting import Report
from injerto.activations.cut.cut import make_cut
from injerto.activations.cut.savings import measure_savings
from injerto.backbones.backbone import AbstractBackbone, Inputs
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.core.seeds import seeded

IMAGES: Final = {
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
TEXTS: Final[dict[str, Callable[[], transformers.PreTrainedModel]]] = {
    "bert": lambda: transformers.BertModel(transformers.BertConfig(vocab_size=2000)),
    "distilbert": lambda: transformers.DistilBertModel(transformers.DistilBertConfig(vocab_size=2000)),
    "roberta": lambda: transformers.RobertaModel(transformers.RobertaConfig(vocab_size=2000)),
    "albert": lambda: transformers.AlbertModel(
        transformers.AlbertConfig(
            vocab_size=2000, hidden_size=768, num_attention_heads=12, intermediate_size=3072, num_hidden_layers=12
        )
    ),
    "modernbert": lambda: transformers.ModernBertModel(transformers.ModernBertConfig(vocab_size=2000, pad_token_id=0)),
    "gpt2": lambda: transformers.GPT2Model(transformers.GPT2Config(vocab_size=2000, bos_token_id=0, eos_token_id=0)),
}
TOKENS: Final = 64


def main() -> None:
    """One row an architecture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join((*IMAGES, *TEXTS)))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = (
        "architecture",
        "cuts",
        "exact",
        "refused",
        "largest_difference",
        "operations_half",
        "time_half",
        "operations_last_quarter",
        "time_last_quarter",
    )
    report = Report("cuts", columns, chosen.out)
    for name in chosen.only.split(","):
        if name in IMAGES:
            measure(name, load_backbone(f"timm:{name}", pretrained=False, seed=0), pictures(IMAGES[name]), report)
        else:
            with tempfile.TemporaryDirectory() as folder:
                measure(name, load_backbone(str(write_encoder(name, Path(folder)))), texts, report)


def measure(name: str, backbone: AbstractBackbone, make: Callable[[int], Inputs], report: Report) -> None:
    """Try every cut but the one before everything."""
    backbone.eval()
    sample, other = make(0), make(1)
    with torch.no_grad():
        expected = backbone(other)
    groups = len(backbone.layer_groups)
    refused, differences = [], []
    operations: dict[int, float] = {}
    seconds: dict[int, float] = {}
    for index in range(1, groups):
        cut = make_cut(backbone, index, sample=sample)
        if cut is None:
            refused.append(backbone.layer_groups[index].name)
            continue
        with torch.no_grad():
            found = cut.run_suffix(cut.run_prefix(other), other)
            differences.append(float((found - expected).abs().max() / expected.abs().max()))
            if index in (groups // 2, 3 * groups // 4):
                operations[index] = 1 - measure_savings(cut, other, epochs=1).share
                prefix, whole = best_of(lambda cut=cut: cut.run_prefix(other)), best_of(lambda: backbone(other))
                seconds[index] = prefix / whole
    report.add(
        architecture=name,
        cuts=groups - 1,
        exact=len(differences),
        refused=f"{len(refused)}, first {refused[0]}" if refused else "-",
        largest_difference=max(differences, default=None),
        operations_half=operations.get(groups // 2),
        time_half=seconds.get(groups // 2),
        operations_last_quarter=operations.get(3 * groups // 4),
        time_last_quarter=seconds.get(3 * groups // 4),
    )


def best_of(run: Callable[[], object]) -> float:
    """Seconds of the best of three rounds, after one that does not count."""
    run()
    found = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def pictures(side: int) -> Callable[[int], Inputs]:
    """Batches of noise."""
    return lambda seed: {"x": torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(seed))}


def texts(seed: int) -> Inputs:
    """Two rows of tokens, one of them shorter, and another length in each batch."""
    generator = torch.Generator().manual_seed(seed)
    length = TOKENS - 7 * seed
    mask = torch.ones(2, length, dtype=torch.int64)
    mask[1, length // 2 :] = 0
    return {"input_ids": torch.randint(5, 2000, (2, length), generator=generator) * mask, "attention_mask": mask}


def write_encoder(name: str, folder: Path) -> Path:
    """Random weights and a tokenizer of whole words, which nothing here tokenizes with."""
    from tokenizers import Tokenizer, models

    words = {"[PAD]": 0, "[UNK]": 1, **{f"w{number}": number for number in range(2, 2000)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    with seeded(0), quiet_transformers():
        TEXTS[name]().save_pretrained(folder)
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=512
        ).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    main()
