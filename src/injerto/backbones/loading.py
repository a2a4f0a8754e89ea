"""`load_backbone`: a spec becomes a backbone, whatever library and place it comes from."""

import os
from typing import Final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.catalogue import find_card, list_cards
from injerto.backbones.sources import SOURCES, Purpose, Request
from injerto.core.provenance import BackboneCard

_PATH_STARTS: Final = ("/", "./", "../", "~", ".\\", "..\\")


def load_backbone(
    spec: str,
    *,
    arch: str | None = None,
    revision: str | None = None,
    pretrained: bool = True,
    seed: int = 0,
    purpose: Purpose = "features",
) -> AbstractBackbone:
    """Load a pretrained network without its classifier.

    Args:
        spec: A short name of the catalogue (`resnet18`), `shipped:NAME`, `timm:MODEL.TAG`, `hf:OWNER/NAME`, both of
            these also with `@REVISION`, the path of a folder that timm or transformers saved, or the path of a
            `.safetensors` file.
        arch: The timm architecture of a single `.safetensors` file; nothing else needs it.
        revision: Branch, tag or commit on the hub. Without one the newest that is cached is used, and only what is
            not cached is fetched; the backbone's `spec` then names the commit.
        pretrained: False gives the same architecture, tokenizer and contract with random weights: the control.
        seed: Seed of the random weights.
        purpose: `features`, without its classifier; or, for a network that writes texts, with its output layer,
            `causal`, `encoder-decoder` or `dictation`.

    Raises:
        UsageError: No such backbone, or an option without meaning.
        ModelError: Faulty, unfit, or refused for safety.
        HubError: Not in the cache and not to be had.

    >>> load_backbone("timm:test_resnet", pretrained=False).num_features()
    96
    """
    source, place, card = _resolve(spec)
    request = Request(
        place=place,
        arch=arch,
        revision=revision,
        pretrained=pretrained,
        seed=seed,
        card=card,
        purpose=purpose,
    )
    return SOURCES.get(source)().load(request)


def _resolve(spec: str) -> tuple[str, str, BackboneCard | None]:
    """Source, place in it, and the card where the catalogue has one.

    The order matters: a folder that happens to be called `resnet18` must not hide the catalogue's entry; `./resnet18`
    names it.
    """
    prefix, mark, place = spec.partition(":")
    if mark and prefix in SOURCES.names():
        cards = {card.spec: card for card in list_cards()}
        return prefix, place, cards.get(spec.partition("@")[0])
    is_name = "\0" in spec or any(card.name == spec for card in list_cards())
    if not is_name and (spec.startswith(_PATH_STARTS) or ".safetensors" in spec or os.path.exists(spec)):
        return "local", spec, None
    card = find_card(spec)
    source, _, place = card.spec.partition(":")
    return source, place, card
