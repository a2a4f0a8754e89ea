"""Default rates and lengths by kind of network and amount of data; the figures are those of published recipes."""

from typing import Any, Literal

from injerto.core.errors import UsageError
from injerto.core.survey import Modality
from injerto.strategies.strategy import Setting

_SMALL_NETWORK = 10_000_000
_OWN_HEAD_EPOCHS = 40
_OWN_HEAD_BATCH = 8
_OWN_HEAD_VIEWS = 8
_ENOUGH_TO_STOP = 100
"""Tuning examples from which on a phase is stopped by them."""


def choose_backbone_rate(setting: Setting) -> float:
    """Peak AdamW rate of the last layer group.

    BERT-sized encoders take 2e-5 to 5e-5 (Devlin et al. 2019, arXiv 1810.04805), ViT-sized ones the same range under
    layer-wise decay; convolutional networks 1e-4 with frozen statistics. Networks under ten million parameters stand,
    and need, ten times that.
    """
    if setting.num_parameters < _SMALL_NETWORK:
        return 3e-4
    return 1e-4 if setting.has_batch_norm else 3e-5


def choose_layer_decay(setting: Setting) -> float:
    """Factor on the rate for each group further from the head.

    0.65 to 0.75 for 12-block vision transformers (He et al. 2022, arXiv 2111.06377), 0.95 for text (Howard and Ruder
    2018 use 1/2.6 a group, for three groups). Few groups decay faster: the whole network spans a factor of about 30.
    """
    if setting.modality is Modality.TEXT:
        return 0.95
    return float(max(0.65, 0.033 ** (1 / max(setting.num_groups - 1, 1))))


def choose_epochs(setting: Setting, *, longest: int = 30) -> int:
    """Passes over the training split: the user's number, else about 1,500 steps of 32, never above `longest`.

    BiT's rule gives 500 steps under 20,000 examples (Kolesnikov et al. 2020, arXiv 1912.11370); small sets gain from
    more (Zhang et al. 2021, arXiv 2006.05987), and early stopping ends a phase that has nothing left to learn.
    """
    if setting.epochs is not None:
        return setting.epochs
    if setting.own_head is not None:
        longest = min(longest, _OWN_HEAD_EPOCHS)
    steps = max(1, setting.num_train // choose_batch_size(setting))
    return int(min(longest, max(3, 1500 // steps)))


def choose_batch_size(setting: Setting) -> int:
    """Examples a step: 32, fewer when the training split is so small that an epoch would have under eight steps."""
    most = 32 if setting.own_head is None else _OWN_HEAD_BATCH
    return int(min(most, max(4, setting.num_train // 8)))


def choose_kept(setting: Setting) -> Literal["best", "last"]:
    """The epoch of least tune loss where enough examples tune to tell one from another, else the end of the schedule.

    With 3 to 40 tuning examples the least loss is chance, and five epochs without a new one come before the rate has
    risen: on spectrograms of spoken digits with 10 labels a class, lp-ft gets 57 % right at the end of its schedule, 42
    where it is stopped, and its head alone 40; in other cases the end costs nothing (`benchmarks/stopping.py`).
    """
    return "best" if setting.num_tune >= _ENOUGH_TO_STOP else "last"


def choose_views(setting: Setting) -> int:
    """Stored views where the task's head is large enough to learn pictures by heart; none elsewhere."""
    return _OWN_HEAD_VIEWS if setting.own_head is not None else 0


def stored_views(setting: Setting, number: int) -> dict[str, Any]:
    """Fields of a phase that sees so many stored crops of each picture in turn, or each example as it is for 0.

    Raises `UsageError` for texts, which have no crops.
    """
    if not number:
        return {"augment": "none"}
    if setting.modality is not Modality.IMAGE:
        raise UsageError("views-images", number=number)
    return {"augment": choose_augmentation(setting), "views": number}


def choose_augmentation(setting: Setting) -> str:
    """Random crops for images, or the task's own. No flips of labels: they turn a letter or a digit into another."""
    if setting.own_augment is not None:
        return setting.own_augment
    return "crop" if setting.modality is Modality.IMAGE else "none"
