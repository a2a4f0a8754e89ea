"""What a backbone is asked for, checked before work starts: the kind of items, augmentation, taps."""

from collections.abc import Collection, Sequence

from injerto.backbones.image_preparation import AUGMENTATIONS
from injerto.backbones.near_names import nearest
from injerto.core.errors import UsageError
from injerto.core.survey import Modality
from injerto.data.items import AbstractImageItem, AbstractItem, Text
from injerto.data.recordings import AbstractRecording


def image_items(items: Sequence[AbstractItem], *, spec: str) -> list[AbstractImageItem]:
    """The items as images; raises `UsageError` where one is none."""
    found = [item for item in items if isinstance(item, AbstractImageItem)]
    _check_all(items, len(found), spec=spec, expected="images")
    return found


def text_items(items: Sequence[AbstractItem], *, spec: str) -> list[Text]:
    """The items as texts; raises `UsageError` where one is none."""
    found = [item for item in items if isinstance(item, Text)]
    _check_all(items, len(found), spec=spec, expected="texts")
    return found


def recording_items(items: Sequence[AbstractItem], *, spec: str) -> list[AbstractRecording]:
    """The items as recordings; raises `UsageError` where one is none."""
    found = [item for item in items if isinstance(item, AbstractRecording)]
    _check_all(items, len(found), spec=spec, expected="recordings")
    return found


def check_augment(augment: str, seeds: Sequence[int], *, num_items: int, modality: Modality) -> None:
    """Raise `UsageError` unless the augmentation exists for the modality and comes with one seed an item."""
    known = AUGMENTATIONS if modality is Modality.IMAGE else ("none",)
    if augment not in known or (augment != "none" and len(seeds) != num_items):
        raise UsageError(
            "augment-unfit", augment=augment, modality=modality.value, found=len(seeds), num_items=num_items
        )


def check_taps(taps: Sequence[str], known: Collection[str], *, spec: str) -> None:
    """Raise `UsageError` with the nearest name for a tap that does not exist."""
    for tap in taps:
        if tap not in known:
            raise UsageError(
                "unknown-name", kind=f"tap of {spec}", name=tap, near=nearest(tap, known), names=", ".join(known)
            )


def _check_all(items: Sequence[AbstractItem], num_found: int, *, spec: str, expected: str) -> None:
    if num_found < len(items):
        kinds = sorted({type(item).__name__ for item in items})
        raise UsageError("items-unfit", spec=spec, expected=expected, found=", ".join(kinds))
