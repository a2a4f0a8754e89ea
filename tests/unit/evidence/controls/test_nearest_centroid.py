from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import NearestCentroid as Reference

from injerto.core.progress import Silent
from injerto.evidence.control import Trial
from injerto.evidence.controls.nearest_centroid import NearestCentroid
from injerto.workflow.ready import DataOptions, read_ready
from injerto.workflow.rule import plan_by_rule


def make_trial(data: object, **options: str) -> Trial:
    ready = read_ready(data, DataOptions(**options), 0, Silent())
    plan, backbone = plan_by_rule(ready, None, "linear-probe", None, 0, "cpu", None)
    return Trial(
        plan=plan,
        task=ready.task(),
        data=ready.data,
        splits=ready.splits,
        load_backbone=lambda **_: backbone,
        store=None,
        reporter=Silent(),
    )


def coloured(num: int) -> tuple[list[Image.Image], list[str]]:
    generator = np.random.default_rng(0)
    shades = {"red": (200, 60, 60), "green": (60, 200, 60), "blue": (60, 60, 200)}
    names = [list(shades)[n % 3] for n in range(num)]
    made = [
        Image.fromarray(
            (np.full((40, 50, 3), shades[name]) + generator.normal(0, 90, (40, 50, 3))).clip(0, 255).astype("uint8")
        )
        for name in names
    ]
    return made, names


def test_pictures_are_answered_as_scikit_learn_answers_standardised_pixels() -> None:
    trial = make_trial(coloured(60))
    found = NearestCentroid().probabilities(trial)
    pixels = np.stack(
        [
            np.asarray(example.item.read().resize((32, 32), Image.Resampling.BILINEAR), dtype=float).reshape(-1)
            for example in trial.data.examples
        ]
    )
    train, test, targets = trial.splits.train, trial.splits.test, trial.data.targets()
    scale = pixels[train].std(0)
    reference = Reference().fit(pixels[train] / scale, targets[train])
    assert (found.argmax(1) == reference.predict(pixels[test] / scale)).all()
    assert found.sum(1) == pytest.approx(np.ones(len(test)))
    assert (found.argmax(1) == targets[test]).mean() == 1


def test_words_tell_topics_apart() -> None:
    texts = [f"{words} {n}" for n in range(15) for words in ("the striker scored a goal", "the bank raised its rate")]
    trial = make_trial((texts, ["sport", "money"] * 15))
    found = NearestCentroid().probabilities(trial)
    assert (found.argmax(1) == trial.data.targets()[trial.splits.test]).all()


def test_texts_without_a_word_are_as_near_to_every_class() -> None:
    trial = make_trial(([f"{'!' * (n + 1)}" for n in range(30)], ["a", "b"] * 15))
    assert NearestCentroid().probabilities(trial) == pytest.approx(np.full((len(trial.splits.test), 2), 0.5))


def test_many_labels_are_answered_each_by_itself(tmp_path: Path) -> None:
    words = {"sport": "striker goal", "money": "bank rate"}
    rows = [("sport", "money")[: 1 + n % 2] if n % 3 else ("money",) for n in range(60)]
    lines = [f'"{" ".join(words[label] for label in row)} {n}",{"|".join(row)}' for n, row in enumerate(rows)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    trial = make_trial(tmp_path / "t.csv", label_separator="|")
    assert trial.data.multi_label
    right = trial.task.correct(NearestCentroid().probabilities(trial), trial.data.targets()[trial.splits.test])
    assert right.mean() == 1
