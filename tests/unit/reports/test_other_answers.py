"""Pages of models that answer with boxes, transcripts and texts: all panels are there, hostile strings stay text."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hostile_strings import HOSTILE
from PIL import Image
from test_page import check_harmless

from injerto.artifacts.inspecting import InspectedArtifact, inspect_measurements
from injerto.artifacts.sequence_inspecting import InspectedSequence
from injerto.core.answer_kind import AnswerKind
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.detection import (
    ClassPrecision,
    DetectedBox,
    DetectionErrors,
    DetectionMeasure,
    SizePrecision,
    ThresholdPoint,
)
from injerto.core.evidence import Interval, Verdict
from injerto.core.sequences import (
    LengthFacts,
    Sample,
    SequenceControl,
    SequenceEvidence,
    SequenceOutcome,
    SequenceOverfitting,
    SequenceRecord,
    SequenceSettings,
)
from injerto.data.boxes.box import Box
from injerto.data.items import ImageObject
from injerto.data.labelled import Example, LabelledData
from injerto.data.recordings import RecordingArray
from injerto.data.sequences.items import Pair
from injerto.evidence.detection.close_up import BoxCloseUp
from injerto.evidence.sequences.close_up import TextCloseUp, TokenLoss
from injerto.evidence.transcripts import TranscriptCloseUp
from injerto.reports.examples import Examples
from injerto.reports.material import Material, TextMaterial
from injerto.reports.page import render_page
from injerto.reports.panel import panel_names
from injerto.tasks.detection.errors import BoxKind, JudgedPicture
from injerto.tasks.edit_distance import align_words


def interval(value: float) -> Interval:
    return Interval(value=value, low=value - 0.1, high=value + 0.1, num_examples=80)


@pytest.fixture(scope="module")
def artifact(pictures: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> InspectedArtifact:
    """A real model of labels, whose figures each test replaces."""
    import injerto

    out = tmp_path_factory.mktemp("other") / "<i>model&"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(tmp_path_factory.mktemp("home-of-other")))
        injerto.fit(pictures, backbone=str(network_folder), out=out, device="cpu")
    return inspect_measurements(out)


def sections(page: str) -> list[str]:
    found = check_harmless(page)
    return [value for tag, name, value in found.attributes if tag == "section" and name == "id"]


def measured(labels: tuple[str, ...]) -> DetectionMeasure:
    return DetectionMeasure(
        num_images=80,
        num_objects=160,
        mean_precision=interval(0.4),
        precision_50=interval(0.6),
        precision_75=0.3,
        classes=tuple(
            ClassPrecision(label=label, num_objects=2, precision=i / 100, precision_50=0.6, interval=(0.1, 0.9))
            for i, label in enumerate(labels)
        ),
        sizes=tuple(SizePrecision(size=size, num_objects=9, precision=None) for size in ("small", "medium", "large")),
        threshold=0.3,
        errors=DetectionErrors(
            right=90,
            missed=40,
            wrong_class=10,
            badly_placed=8,
            doubled=3,
            background=7,
            confusion={label: {labels[0]: 3, "-": 2} for label in (*labels, "-")},
        ),
        thresholds=tuple(ThresholdPoint(score=s / 10, precision=0.1 * s, recall=1 - 0.1 * s) for s in range(1, 10)),
    )


def box_model(artifact: InspectedArtifact, labels: tuple[str, ...]) -> InspectedArtifact:
    record = artifact.record.model_copy(update={"pool": "maps", "labels": labels, "threshold": 0.3})
    return replace(
        artifact,
        record=record,
        answers=None,
        outcome=artifact.outcome.model_copy(update={"detection": measured(labels)}),
    )


@pytest.mark.parametrize("labels", [HOSTILE, HOSTILE[:5]], ids=["pairs", "matrix"])
def test_a_page_of_boxes_has_its_panels_and_hostile_classes_stay_text(
    artifact: InspectedArtifact, labels: tuple[str, ...]
) -> None:
    found = box_model(artifact, labels)
    examples = [
        Example(item=ImageObject(Image.new("RGB", (90, 60), "teal"), text), labels=(), where=text) for text in labels
    ]
    close_up = BoxCloseUp(model=None, test=examples)  # type: ignore[arg-type]
    kinds = list(BoxKind)
    close_up.__dict__["judged"] = [
        JudgedPicture(
            boxes=((DetectedBox(label=text, score=0.5, left=1, top=1, right=80, bottom=50), kinds[i % len(kinds)]),),
            missed=(Box(text, 20, 20, 90, 60),) if i % 2 else (),
            confused=(),
        )
        for i, text in enumerate(labels)
    ]
    material = Material(
        artifact=found, examples=Examples(test=examples, by_place={}, problems=()), boxes=close_up, audit=None
    )
    page = render_page(material)
    wanted = [name for name in panel_names(AnswerKind.BOXES) if name != "audits"]
    assert sections(page) == ["summary", *wanted]
    assert page.count("<image ") == min(12, sum(one.num_wrong > 0 for one in close_up.judged)) + min(
        4, sum(one.num_wrong == 0 for one in close_up.judged)
    )
    check_harmless(render_page(Material(artifact=found, examples=None)))


def test_a_page_of_transcripts_has_its_panels_and_hostile_words_stay_text(artifact: InspectedArtifact) -> None:
    record = artifact.record.model_copy(update={"pool": "frames"})
    rates = {"wer": interval(0.5), "cer": interval(0.2)}
    evidence = artifact.outcome.evidence.model_copy(update={"error_rates": rates})
    rows = tuple((1.0, 1.0, 0.0, 3.0) for _ in HOSTILE)
    found = replace(
        artifact,
        record=record,
        answers=None,
        sums=SumsOnTest(examples="", model={"word": rows, "character": rows}),
        outcome=artifact.outcome.model_copy(update={"evidence": evidence}),
    )
    tone = np.sin(np.arange(4000) / 9).astype(np.float32)
    examples = tuple(Example(item=RecordingArray(tone, 8000, text), labels=(text,), where=text) for text in HOSTILE)
    data = LabelledData(source="x", modality="audio", examples=examples, labels=("a",), transcribed=True)  # type: ignore[arg-type]
    close_up = TranscriptCloseUp(model=None, data=data)  # type: ignore[arg-type]
    heard = [*HOSTILE[1:], HOSTILE[0]]
    for start in range(0, len(HOSTILE), 16):
        turned = [(start + i) % len(HOSTILE) for i in range(len(HOSTILE))]
        close_up.__dict__.update(
            said=list(HOSTILE),
            heard=heard,
            sure=np.full(len(HOSTILE), 0.5),
            kinds={"word": np.array(rows), "character": np.array(rows)},
            aligned=[align_words(one, other) for one, other in zip(HOSTILE, heard, strict=True)],
        )
        close_up.worst = lambda turned=turned: np.array(turned)  # type: ignore[method-assign]
        material = Material(
            artifact=found,
            examples=Examples(test=examples, by_place={}, problems=()),
            transcripts=close_up,
        )
        page = render_page(material)
        assert sections(page) == ["summary", *(one for one in panel_names(AnswerKind.TRANSCRIPT) if one != "audits")]
        assert page.count("<audio ") == 16
        assert len(page.encode()) < 3_000_000


def text_model(artifact: InspectedArtifact, metric: str, others: tuple[str, ...]) -> InspectedSequence:
    names = (metric, *others)
    control = SequenceControl(
        name="untouched",
        metrics=dict.fromkeys(names, 2.0),
        gains={name: interval(0.3) for name in names},
        verdict=Verdict.HELPED,
        judges_transfer=True,
    )
    evidence = SequenceEvidence(
        verdict=Verdict.HELPED,
        sentence=HOSTILE[0],
        metric=metric,
        minimum_effect=0.01,
        metrics={name: interval(1.7) for name in names},
        signatures={"chrf": HOSTILE[1]} if "chrf" in names else {},
        controls=(control,),
        overfitting=SequenceOverfitting(train_loss=1, tune_loss=1.1, gap=0.1, overfitted=True, sentence=HOSTILE[2]),
        samples=tuple(Sample(source=t, reference=t, model=f"{t} {t} {t} {t} {t}", untouched=t) for t in HOSTILE),
    )
    outcome = SequenceOutcome(
        task="translation",
        backbone="x",
        strategy="full",
        seed=0,
        settings=SequenceSettings(block_length=64),
        num_train=60,
        num_tune=10,
        num_test=len(HOSTILE),
        num_parameters=1000,
        num_trained=1000,
        lengths=LengthFacts(num_rows=1, num_tokens=1, num_padding=0, num_too_long=1, rule=HOSTILE[3]),
        evidence=evidence,
        seconds=3.0,
    )
    record = SequenceRecord(
        protocol=1,
        task="translation",
        settings=outcome.settings,
        backbone=artifact.record.backbone,
        backbone_included=True,
        adapter_included=False,
        backbone_spec="x",
        plan=artifact.record.plan,
        versions=artifact.record.versions,
    )
    number = len(HOSTILE)
    model = {"likelihood": tuple((float(i), 4.0) for i in range(number))}
    if "chrf" in names:
        model["chrf"] = tuple((9.0, 9.0, float(i % 9)) * 6 for i in range(number))
    return InspectedSequence(
        path=artifact.path,
        record=record,
        outcome=outcome,
        course=artifact.course,
        sums=SumsOnTest(examples="", model=model),
        facts=None,
        verified=artifact.verified,
    )


class _Planted:
    """What a network would write, planted: every hostile string comes by."""

    def __init__(self) -> None:
        self._left: Iterator[str] = iter(HOSTILE * 3)

    def translate(self, positions: list[int]) -> list[str]:
        return [next(self._left) for _ in positions]

    def surprises(self, position: int) -> tuple[TokenLoss, ...]:
        return tuple(TokenLoss(text=f" {text}", loss=i % 8) for i, text in enumerate(HOSTILE))


@pytest.mark.parametrize(("metric", "others"), [("chrf", ("bleu",)), ("bits_per_byte", ("repetition", "loss"))])
def test_a_page_of_texts_has_its_panels_and_hostile_texts_stay_text(
    artifact: InspectedArtifact, metric: str, others: tuple[str, ...]
) -> None:
    found = text_model(artifact, metric, others)
    close_up = TextCloseUp(model=None, test=[Pair(text, text) for text in HOSTILE])  # type: ignore[arg-type]
    planted = _Planted()
    close_up.translate, close_up.surprises = planted.translate, planted.surprises  # type: ignore[method-assign]
    page = render_page(TextMaterial(artifact=found, close_up=close_up, places=HOSTILE))
    hidden = {"audits"} | (set() if metric == "chrf" else {"sentence-pairs"})
    assert sections(page) == ["summary", *(one for one in panel_names(AnswerKind.TEXT) if one not in hidden)]
    assert len(page.encode()) < 3_000_000
    check_harmless(render_page(TextMaterial(artifact=found)))
