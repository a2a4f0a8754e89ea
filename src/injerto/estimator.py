"""`TransferClassifier`: injerto as a scikit-learn classifier, for pipelines, grids and cross-validation."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, assert_all_finite, check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model
from injerto.backbones.loading import load_backbone
from injerto.core.errors import DataError, UsageError
from injerto.core.plan import Plan
from injerto.core.progress import Silent
from injerto.core.seeds import derive_seed
from injerto.core.survey import Modality
from injerto.data.clusters import find_clusters
from injerto.data.column_content import holds_images, holds_sounds
from injerto.data.input_cells import read_text
from injerto.data.items import AbstractItem, ImageArray, ImageBytes, ImageFile, ImageObject
from injerto.data.labelled import Example, LabelledData, Splits
from injerto.data.recordings import RecordingArray, RecordingFile
from injerto.data.stratification import divide
from injerto.data.table import is_missing
from injerto.evidence.answers import answer
from injerto.planning.default_plan import choose_backbone_name, make_plan
from injerto.tasks.task import Floats, label_task
from injerto.training.engine import Engine
from injerto.workflow.device import choose_device

_SOURCE: Final = "X"
"""What messages call the examples, as scikit-learn does."""

_TUNE_SHARE: Final = 0.15
_FEWEST_TO_TUNE: Final = 10
"""Examples below which a tune split says less about stopping and temperature than it costs in training data."""


# Not final: scikit-learn's users adapt estimators by inheritance. The bases are untyped.
class TransferClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A pretrained backbone with a new head, as a scikit-learn classifier of images or texts.

    All of `X` is training data: nothing is held out as a test and no evidence is measured, since scikit-learn's own
    tools do that; `injerto.fit` measures by itself. A stratified share of 15 % stops and calibrates the training, equal
    examples never divided. Where that would be fewer than ten examples, everything trains and probabilities are not
    calibrated further.

    `X` holds texts, paths of images, Pillow images, or pixel arrays, height x width or height x width x 3, as uint8 or
    as floats in [0, 1]: in a list, an array, a Series, or a frame of one column. Numbers in a table are neither images
    nor texts and are refused. Strings are what the backbone reads, or without one paths where they end as image files
    do.

    Args:
        backbone: catalogue name, `timm:…`, `hf:…`, folder or file; None takes the one that ships for images or texts.
        strategy: for instance `linear-probe`, `knn`, `lp-ft`, `last-4`; None chooses by rule.
        epochs: passes over the training examples of each gradient phase; None leaves it to the recipe.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        random_state: fixes the tune split, the initial weights and the order; None draws from numpy's global state.
        cache: keep activations of frozen layers on disk, so that a grid or a cross-validation computes them once;
            False computes them again, with the same result.

    Attributes:
        classes_: the labels, sorted, in the type that `y` had; the columns of `predict_proba`.
        model_: the trained `Model`, whose labels are the classes as text.
        plan_: the `Plan` that was carried out, with the reason of each choice.

    >>> from sklearn.datasets import load_digits
    >>> digits = load_digits()
    >>> images, labels = digits.images[:150] / 16, digits.target[:150]
    >>> classifier = TransferClassifier(random_state=0, cache=False).fit(images[:100], labels[:100])
    >>> classifier.predict(images[:3]).tolist()
    [0, 1, 2]
    >>> classifier.score(images[100:], labels[100:]) > 0.8
    True
    """

    def __init__(
        self,
        *,
        backbone: str | None = None,
        strategy: str | None = None,
        epochs: int | None = None,
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        cache: bool = True,
    ) -> None:
        self.backbone = backbone
        self.strategy = strategy
        self.epochs = epochs
        self.device = device
        self.random_state = random_state
        self.cache = cache

    def fit(self, X: Any, y: Any) -> Self:
        """Train on every example.

        Args:
            X: images, paths or texts; see the class.
            y: one label for each, of any type that scikit-learn takes for classes.

        Raises:
            ValueError: the examples, labels or settings cannot be used; names the example, counted from 1.
            ModelError, ResourceError, HubError: the backbone is unfit, or cannot be had.
        """
        try:
            self._fit(_list_values(X), y)
        except (DataError, UsageError) as error:
            raise ValueError(str(error)) from error
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable class of each example, shape (examples,)."""
        best = self.predict_proba(X).argmax(axis=1)
        predicted: npt.NDArray[Any] = self.classes_[best]
        return predicted

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities, shape (examples, classes), columns in the order of `classes_`."""
        check_is_fitted(self)
        model = self.model_
        # A fine-tuned backbone never comes back, so what it gives is not worth keeping.
        store = ActivationStore() if self.cache and not model.backbone_changed else None
        try:
            items = _read_items(_list_values(X), model.modality)
            return answer(model, items, store=store)
        except (DataError, UsageError) as error:
            raise ValueError(str(error)) from error

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.non_deterministic = False
        return tags

    def _fit(self, values: Sequence[Any], y: Any) -> None:
        classes, codes = _encode(y)
        if len(values) != len(codes):
            raise UsageError("lengths-differ", num_inputs=len(values), num_labels=len(codes))
        if len(classes) < 2:
            raise DataError("one-class", source="y", label=classes[0])
        seed = _draw_seed(self.random_state)
        found = Modality.IMAGE if holds_images(values) else Modality.TEXT
        if holds_sounds(values) or all(isinstance(value, tuple) for value in values):
            found = Modality.AUDIO
        name, reason = choose_backbone_name(self.backbone, found)
        backbone = load_backbone(name, seed=seed)
        if found is not backbone.modality and not all(isinstance(value, str) for value in values):
            raise UsageError("backbone-modality", backbone=name, modality=backbone.modality, data=found)
        data = _label(_read_items(values, backbone.modality), classes, codes, backbone.modality)
        splits, has_tune = _split(data, seed=seed)
        task = f"{data.modality}-classification"
        plan = make_plan(
            task=task,
            data=data,
            splits=splits,
            backbone=backbone,
            backbone_reason=reason,
            strategy=self.strategy,
            epochs=self.epochs,
            seed=seed,
            device=choose_device(self.device),
        )
        model = (
            Engine(
                plan=plan,
                backbone=load_backbone(name, pretrained=False, seed=seed) if plan.from_scratch else backbone,
                task=label_task(task)(),
                data=data,
                splits=splits,
                reporter=Silent(),
                store=ActivationStore() if self.cache else None,
            )
            .run()
            .model
        )
        if not has_tune:
            model.temperature = 1.0
        self.classes_: npt.NDArray[Any] = classes
        self.plan_: Plan = plan
        self.model_: Model = model


def _list_values(X: Any) -> list[Any]:
    """The examples one by one; raises `UsageError` for a single example and for a table."""
    if isinstance(X, str | bytes | Path | Mapping) or not isinstance(X, Iterable):
        raise UsageError("input-type", where=_SOURCE, kind=f"one value of type {type(X).__name__}")
    shape: tuple[int, ...] = getattr(X, "shape", ())  # arrays, series and frames have one, lists none
    if issparse(X):
        raise UsageError("input-type", where=_SOURCE, kind=f"a sparse table of shape {shape}")
    values = _list_column(X, shape) if len(shape) == 2 else list(X)
    if not values:
        raise DataError("no-examples", source=_SOURCE)
    return values


def _list_column(table: Any, shape: tuple[int, ...]) -> list[Any]:
    array = np.asarray(table)
    if shape[1] != 1 or array.ndim != 2 or array.dtype.kind not in "OUT":  # objects and the two kinds of strings
        raise UsageError("input-type", where=_SOURCE, kind=f"a table of shape {shape}")
    return list(array[:, 0])


def _read_items(values: Sequence[Any], modality: Modality) -> list[AbstractItem]:
    """One item for each value. Unlike `read_inputs` a string is never a table, a folder or a file of texts."""
    read = {Modality.IMAGE: _read_image, Modality.TEXT: _read_text, Modality.AUDIO: _read_recording}[modality]
    return [read(value, f"example {number}") for number, value in enumerate(values, start=1)]


def _read_text(value: Any, where: str) -> AbstractItem:
    if not isinstance(value, str) and not is_missing(value):
        # A number could be read as text, but as an example it is a slip.
        raise DataError("text-not-text", where=where, kind=type(value).__name__)
    return read_text([value], where=where)


def _read_recording(value: Any, where: str) -> AbstractItem:
    if isinstance(value, str | Path):
        file = RecordingFile(Path(value).expanduser())
        file.read_length()  # Here a missing file has a message of its own.
        return file
    if isinstance(value, tuple) and len(value) == 2:
        return RecordingArray(np.asarray(value[0]), int(value[1]), where)
    raise UsageError("input-type", where=where, kind=f"of type {type(value).__name__}")


def _read_image(value: Any, where: str) -> AbstractItem:
    if isinstance(value, str | Path):
        file = ImageFile(Path(value).expanduser())
        file.read_size()  # Here a missing file has a message of its own.
        return file
    if isinstance(value, Image.Image):
        return ImageObject(value, where)
    if isinstance(value, np.ndarray):
        return ImageArray(value, where)
    if isinstance(value, bytes):
        return ImageBytes(value, where)
    raise UsageError("input-type", where=where, kind=f"of type {type(value).__name__}")


def _encode(y: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The sorted classes in their own type, and the position of each label among them."""
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    if (missing := next((n for n, value in enumerate(y.tolist(), start=1) if is_missing(value)), None)) is not None:
        raise DataError("label-missing", where=f"example {missing}")
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    return classes, codes.astype(np.int64)


def _label(
    items: Sequence[AbstractItem], classes: npt.NDArray[Any], codes: npt.NDArray[np.int64], modality: Modality
) -> LabelledData:
    names = tuple(_name(value) for value in classes.tolist())
    return LabelledData(
        source=_SOURCE,
        modality=modality,
        examples=tuple(
            Example(item=item, labels=(names[code],), where=f"example {number}")
            for number, (item, code) in enumerate(zip(items, codes.tolist(), strict=True), start=1)
        ),
        labels=names,
    )


def _name(value: object) -> str:
    """A class as text, as the data room writes labels: 1.0 is `1`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _split(data: LabelledData, *, seed: int) -> tuple[Splits, bool]:
    """Train and tune, and whether there is a tune split at all: few examples all train, and tune on themselves."""
    digests = [example.item.digest for example in data.examples]
    clusters = find_clusters(digests)
    part = divide(
        clusters,
        [example.labels for example in data.examples],
        list(dict.fromkeys(digests)),
        shares=(1 - _TUNE_SHARE, _TUNE_SHARE),
        seed=derive_seed(seed, "split"),
    )
    train, tune = np.flatnonzero(part == 0), np.flatnonzero(part == 1)
    has_tune = len(tune) >= _FEWEST_TO_TUNE
    if not has_tune:
        train = tune = np.arange(len(data), dtype=np.int64)
    return Splits(train=train, tune=tune, test=np.empty(0, dtype=np.int64), origin=""), has_tune


def _draw_seed(random_state: Any) -> int:
    """A seed by scikit-learn's rules; a whole number is itself, so that `injerto.fit` with that seed is comparable."""
    generator = check_random_state(random_state)
    return int(random_state) if isinstance(random_state, Integral) else int(generator.randint(2**31))
