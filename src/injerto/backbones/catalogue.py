"""The catalogue of backbones by short name: data in `catalogue.toml` and what is shipped; imports no torch."""

import functools
import tomllib
from importlib import resources

from injerto.backbones.licences import allows_commercial_use
from injerto.backbones.near_names import nearest
from injerto.backbones.shipped_cards import list_shipped
from injerto.core.errors import UsageError
from injerto.core.provenance import BackboneCard


@functools.cache
def list_cards() -> tuple[BackboneCard, ...]:
    """The cards of every backbone with a short name, shipped ones first."""
    shipped = [entry.card for entry in list_shipped()]
    text = resources.files("injerto.backbones").joinpath("catalogue.toml").read_text("utf-8")
    listed = [_card(name, entry) for name, entry in tomllib.loads(text).items()]
    return (*shipped, *listed)


def find_card(name: str) -> BackboneCard:
    """The card of a short name; raises `UsageError` with the nearest name when there is none.

    >>> find_card("vgg16").spec
    'timm:vgg16.tv_in1k'
    """
    cards = {card.name: card for card in list_cards()}
    if name not in cards:
        raise UsageError("backbone-unknown", name=name, near=nearest(name, cards))
    return cards[name]


def _card(name: str, entry: dict[str, object]) -> BackboneCard:
    license_id = entry.get("license")
    allowed = allows_commercial_use(str(license_id) if license_id is not None else None)
    return BackboneCard.model_validate({"name": name, "commercial_use": allowed, **entry})
