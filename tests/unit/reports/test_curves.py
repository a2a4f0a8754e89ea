import pytest

from injerto.core.plan import Phase
from injerto.core.training_course import EpochRecord
from injerto.reports.panels.curves import _kept, _turn


def course(train: list[float], tune: list[float]) -> list[EpochRecord]:
    return [
        EpochRecord(phase="p", epoch=i + 1, train_loss=a, tune_loss=b, tune_accuracy=0.5, seconds=1.0)
        for i, (a, b) in enumerate(zip(train, tune, strict=True))
    ]


def test_the_kept_epoch_is_the_one_of_the_phase_rule() -> None:
    records = course([3, 2, 1], [3, 1, 2])
    assert _kept(records, Phase(name="p")).epoch == 2
    assert _kept(records, Phase(name="p", keep="last")).epoch == 3
    assert _kept(records, None).epoch == 2


@pytest.mark.parametrize(
    ("train", "tune", "turn"),
    [
        ([4, 3, 2, 1], [4, 2, 3, 4], 2),
        ([4, 3, 2, 1], [4, 3, 2, 1], None),
        ([4, 3, 2, 1], [4, 3, 2, 2.1], None),
        ([4, 1, 2, 3], [4, 2, 3, 4], None),
    ],
)
def test_learning_by_heart_is_where_train_falls_and_tune_does_not(
    train: list[float], tune: list[float], turn: int | None
) -> None:
    assert _turn(course(train, tune)) == turn
