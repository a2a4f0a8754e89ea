"""What a network is shown of an example: the example itself, or one of a few augmented views that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from injerto.core.hashing import digest_json
from injerto.core.seeds import derive_seed
from injerto.data.items import AbstractItem


@final
@dataclass(frozen=True, slots=True)
class View:
    """An example as it is prepared."""

    item: AbstractItem
    augment: str = "none"
    seed: int = 0

    @property
    def digest(self) -> str:
        """Name of the view in the store: the content's own where nothing is augmented."""
        if self.augment == "none":
            return self.item.digest
        return digest_json([self.item.digest, self.augment, self.seed])


def stored_view(item: AbstractItem, augment: str, number: int) -> View:
    """The augmented view of that number: the same whatever the seed of a run, so that runs share what is stored."""
    return View(item, augment, derive_seed(0, "stored view", number, item.digest))


def plain_views(items: Sequence[AbstractItem]) -> list[View]:
    """The examples as they are."""
    return [View(item) for item in items]
