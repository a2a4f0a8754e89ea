from pathlib import Path

import pytest
import torch

from injerto.activations.reading import compute_features, compute_features_of_several
from injerto.activations.store.entry import StoreKey
from injerto.activations.store.store import ActivationStore
from injerto.activations.views import stored_view
from injerto.backbones.loading import load_backbone
from injerto.core.arithmetic import Arithmetic
from injerto.core.errors import ResourceError
from injerto.data.items import ImageFile, Text


def items(pictures: Path) -> list[ImageFile]:
    return [ImageFile(path) for path in sorted(pictures.rglob("*.png"))[:10]]


def test_a_stored_feature_is_the_computed_one(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    backbone = load_backbone(str(network_folder))
    store = ActivationStore(tmp_path)
    computed = compute_features(backbone, items(pictures), store=None)
    first = compute_features(backbone, items(pictures), store=store)
    second = compute_features(backbone, items(pictures), store=store)
    assert torch.equal(first, computed)
    assert torch.equal(second, computed)


def test_only_new_examples_are_computed(pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch) -> None:
    backbone = load_backbone(str(network_folder))
    store = ActivationStore(tmp_path)
    compute_features(backbone, items(pictures)[:6], store=store)
    seen: list[int] = []
    prepare = backbone.prepare
    monkeypatch.setattr(backbone, "prepare", lambda batch, **k: seen.append(len(batch)) or prepare(batch, **k))
    compute_features(backbone, items(pictures), store=store)
    assert seen == [4]


def test_equal_content_is_computed_once(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    backbone = load_backbone(str(network_folder))
    twice = [items(pictures)[0]] * 2
    features = compute_features(backbone, twice, store=ActivationStore(tmp_path))
    assert torch.equal(features[0], features[1])
    assert ActivationStore(tmp_path).list_entries()[0].num_examples == 1


def test_no_items_give_no_features(network_folder: Path) -> None:
    backbone = load_backbone(str(network_folder))
    assert compute_features(backbone, [], store=None).shape == (0, backbone.num_features())


def test_what_another_process_empties_is_computed_again(
    pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = load_backbone(str(network_folder))
    store = ActivationStore(tmp_path)
    compact, left = ActivationStore.compact, [2]

    def emptied(self: ActivationStore, key: StoreKey) -> None:
        compact(self, key)
        if left[0]:
            left[0] -= 1
            ActivationStore(tmp_path).prune(max_bytes=0)

    monkeypatch.setattr(ActivationStore, "compact", emptied)
    features = compute_features(backbone, items(pictures), store=store)
    assert torch.equal(features, compute_features(backbone, items(pictures), store=None))
    left[0] = 100
    store.prune(max_bytes=0)
    with pytest.raises(ResourceError, match="R105"):
        compute_features(backbone, items(pictures), store=store)


def test_a_store_neither_reads_nor_gives_what_may_be_coarser_than_it_was_asked_for(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    backbone = load_backbone(str(network_folder))
    few = items(pictures)
    asked: tuple[Arithmetic, ...] = ("close", "exact", "int8", "exact", "int8")
    for arithmetic in asked:
        compute_features(backbone, few, store=ActivationStore(tmp_path, arithmetic=arithmetic))
    entries = ActivationStore(tmp_path).list_entries()
    assert sorted(entry.key.arithmetic for entry in entries) == ["close", "exact", "int8"]


def test_stored_views_are_the_augmented_ones_and_the_same_in_every_run(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    backbone = load_backbone(str(network_folder))
    pair = items(pictures)[:3]
    views = [stored_view(item, "crop", number) for item in pair for number in range(3)]
    store = ActivationStore(tmp_path)
    found = compute_features(backbone, [*views, *pair], store=store)
    seeds = [view.seed for view in views]
    inputs = backbone.prepare([view.item for view in views], augment="crop", seeds=seeds)
    with torch.no_grad():
        torch.testing.assert_close(found[:9], backbone(inputs), rtol=1e-4, atol=1e-4)
    assert len(torch.unique(found, dim=0)) == 12
    again = [stored_view(item, "crop", number) for item in pair for number in range(3)]
    assert [view.digest for view in again] == [view.digest for view in views]
    assert store.load(store.list_entries()[0].key, [view.digest for view in again])[1] == []


def test_a_full_disk_in_the_middle_leaves_the_backbone_and_gradients_as_they_were(
    pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ResourceError("disk-full", path=tmp_path)

    backbone = load_backbone(str(network_folder))
    monkeypatch.setattr(ActivationStore, "save", full)
    with pytest.raises(ResourceError) as kept:
        compute_features(backbone, items(pictures), store=ActivationStore(tmp_path))
    assert torch.is_grad_enabled()
    assert not any(module._forward_pre_hooks for module in backbone.modules())
    assert kept.value.code == "R101"


def test_several_backbones_get_the_features_that_each_gets_alone_from_one_decoding(
    pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbones = [load_backbone(str(network_folder)), load_backbone("timm:test_vit", pretrained=False)]
    some = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))[:40]]
    alone = [compute_features(backbone, some, store=None) for backbone in backbones]
    compute_features(backbones[1], some[:7], store=ActivationStore(tmp_path))
    seen: list[str] = []
    decode = ImageFile.decode
    monkeypatch.setattr(ImageFile, "decode", lambda item, **k: seen.append(item.digest) or decode(item, **k))
    found = compute_features_of_several(backbones, some, store=ActivationStore(tmp_path))
    for ours, theirs in zip(found, alone, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    looks_at_runtimes = 4
    assert len(seen) <= len(some) + looks_at_runtimes
    assert torch.is_grad_enabled()
    seen.clear()
    again = compute_features_of_several(backbones, some, store=ActivationStore(tmp_path))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(again, found, strict=True))
    assert not seen


def test_texts_and_several_backbones(bert_folder: Path, tmp_path: Path) -> None:
    backbones = [load_backbone(str(bert_folder)), load_backbone("injerto-minitext-en-es")]
    texts = [Text("the cat sat"), Text("a dog ran far away from home"), Text("the cat sat")]
    found = compute_features_of_several(backbones, texts, store=ActivationStore(tmp_path))
    for backbone, ours in zip(backbones, found, strict=True):
        torch.testing.assert_close(ours, compute_features(backbone, texts, store=None), rtol=1e-4, atol=1e-5)


def test_texts_of_as_many_tokens_share_a_batch(bert_folder: Path, monkeypatch) -> None:
    backbone = load_backbone(str(bert_folder))
    # A word that the tokenizer does not know is one token, however long: by characters these are first and last.
    texts = [Text(f"{'q' * (1 if number % 2 else 60)}{number} the cat") for number in range(32)]
    texts += [Text(f"a dog ran far away {number}") for number in range(32)]
    padding: list[int] = []
    prepare = backbone.prepare

    def watched(batch, **options):
        inputs = prepare(batch, **options)
        padding.append(int((inputs["attention_mask"] == 0).sum()))
        return inputs

    monkeypatch.setattr(backbone, "prepare", watched)
    shuffled = [texts[position * 7 % 64] for position in range(64)]
    features = compute_features(backbone, shuffled, store=None)
    assert padding == [0, 0]
    alone = compute_features(backbone, shuffled[:1], store=None)
    torch.testing.assert_close(features[:1], alone)
