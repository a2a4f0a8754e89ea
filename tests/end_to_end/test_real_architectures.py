"""The architectures of the source document at full size, with random weights: train, save, load, same answers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

import injerto
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.core.seeds import seeded
from injerto.strategies.freezing import resolve_freezing

TEXTS = [("good warm bright day", "good"), ("bad cold dark night", "bad")]


def save_image_network(folder: Path, name: str, side: int) -> Path:
    """A timm architecture with random weights, told to read small pictures so that the test is quick."""
    load_backbone(f"timm:{name}", pretrained=False, seed=1).save_network(str(folder))
    config = json.loads((folder / "config.json").read_text())
    config["pretrained_cfg"]["input_size"] = [3, side, side]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def save_text_network(folder: Path, config: transformers.PreTrainedConfig) -> Path:
    """A transformers architecture at its published size, with a tokenizer of a few words."""
    words = sorted({word for text, _ in TEXTS for word in text.split()})
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    with seeded(1), quiet_transformers():
        transformers.AutoModel.from_config(config).save_pretrained(folder)
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
        ).save_pretrained(folder)
    return folder


CASES: dict[str, tuple[Callable[[Path], Path], int, str]] = {
    "vgg16": (lambda f: save_image_network(f, "vgg16", 64), 14_714_688, "last-4:head=mlp,pool=flatten"),
    "resnet50": (lambda f: save_image_network(f, "resnet50", 64), 23_508_032, "last-1:head=mlp"),
    "inception_v3": (lambda f: save_image_network(f, "inception_v3", 96), 21_785_568, "last-1:head=mlp"),
    # Published as 109,482,240 with the pooler of next-sentence prediction, which no feature reads.
    "bert": (lambda f: save_text_network(f, transformers.BertConfig()), 108_891_648, "last-1:head=mlp"),
    "gpt2": (lambda f: save_text_network(f, transformers.GPT2Config()), 124_439_808, "last-2"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_freeze_cut_fine_tune_save_load(few_pictures: Path, tmp_path: Path, name: str) -> None:
    save, num_parameters, strategy = CASES[name]
    folder = save(tmp_path / "network")
    if name in ("bert", "gpt2"):
        data = tmp_path / "texts.csv"
        rows = [f"{text} {number},{label}" for number in range(12) for text, label in TEXTS]
        data.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
        inputs: list[object] = [text for text, _ in TEXTS]
    else:
        data = few_pictures
        inputs = sorted(few_pictures.rglob("*.png"))[::10]

    # Random weights: the head alone may be better on tune, and would be kept in place of what was fine-tuned.
    run = injerto.fit(
        data,
        backbone=str(folder),
        strategy=strategy,
        epochs=2,
        device="cpu",
        out=tmp_path / "model",
        fallback=False,
    )

    network = run.model.backbone.network
    published = sum(p.numel() for key, p in network.named_parameters() if not key.startswith("pre_logits"))
    assert published == num_parameters
    # The frozen prefix was cut off and read from the store, not run again.
    first = run.model.backbone.layer_groups[-run.plan.phases[-1].num_groups].modules[0]
    assert f"before {first} is frozen: it runs once" in run.freeze_plans[-1].cut
    original = load_backbone(str(folder)).network.state_dict()
    trained = resolve_freezing(run.model.backbone, run.plan.phases[-1]).trained
    changed = {key for key, value in network.state_dict().items() if not torch.equal(value, original[key])}
    assert changed
    assert changed <= trained

    loaded = injerto.load(tmp_path / "model", device="cpu")
    before, after = run.predict(inputs), loaded.predict(inputs)
    assert [p.model_dump() for p in after] == [p.model_dump() for p in before]
