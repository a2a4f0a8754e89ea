"""Backbones of the catalogue that are here already: shipped with the package, or in the hub's cache."""

from huggingface_hub import try_to_load_from_cache

from injerto.backbones.catalogue import list_cards
from injerto.backbones.model_folder import INDEX_NAME, WEIGHTS_NAME
from injerto.core.provenance import BackboneCard
from injerto.core.survey import Modality


def list_at_hand(modality: Modality) -> tuple[BackboneCard, ...]:
    """Cards of what can be loaded without a network, shipped ones first."""
    return tuple(card for card in list_cards() if card.modality is modality and _is_at_hand(card))


def _is_at_hand(card: BackboneCard) -> bool:
    source, _, place = card.spec.partition(":")
    if source == "shipped":
        return True
    repo = _timm_repo(place) if source == "timm" else place
    return repo is not None and any(
        isinstance(try_to_load_from_cache(repo, name), str) for name in (WEIGHTS_NAME, INDEX_NAME)
    )


def _timm_repo(name: str) -> str | None:
    import timm  # Only where it is asked: the catalogue itself imports no torch.

    known = timm.models.get_pretrained_cfg(name)
    return known.hf_hub_id if known is not None else None
