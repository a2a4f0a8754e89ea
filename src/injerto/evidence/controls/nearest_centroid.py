"""The nearest class mean of small pictures, of word counts or of cepstra: what needs no network at all."""

# N examples, D pixel values or words, C classes.

from collections.abc import Iterator
from typing import ClassVar, Final, final

import numpy as np
from PIL import Image

from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.data.items import AbstractImageItem, AbstractItem, Text
from injerto.data.recordings import AbstractRecording
from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.evidence.mfcc import mean_mfcc
from injerto.tasks.task import Floats

_SIDE: Final = 32
_MOST_EXAMPLES: Final = 5000
"""Training examples that make the means; a mean over more is the same to two digits."""
_MOST_WORDS: Final = 50_000


@controls.register
@final
class NearestCentroid(AbstractControl):
    """Pictures as 32 x 32 RGB values, texts as TF-IDF, recordings as MFCC; all from the training split.

    It judges the transfer. By the definition (negative transfer is what the same algorithm does better without the
    source; Wang et al. 2019, arXiv 1811.09751) only a network of the same architecture would, but whoever is served
    better by class means of raw pixels has been hurt by the detour over a pretrained network, whatever it is called.
    """

    judges_transfer: ClassVar[bool] = True

    def reason_to_skip(self, trial: Trial) -> str | None:
        return say("evidence.not-run-text") if trial.task.writes_text else None

    def probabilities(self, trial: Trial) -> Floats:
        train = trial.splits.train
        # Evenly, so that each class keeps its share: the split is shuffled or sorted, never periodic in the class.
        train = train[np.linspace(0, len(train) - 1, min(len(train), _MOST_EXAMPLES)).astype(int)]
        targets = trial.data.targets()[train]
        if not trial.data.multi_label:
            targets = np.eye(len(trial.data.labels))[targets]
        seen = [trial.data.examples[i].item for i in train]
        asked = [trial.data.examples[i].item for i in trial.splits.test]
        measure = _measure_words if trial.data.modality is Modality.TEXT else _measure_values
        with_NC, without_NC = measure(seen, asked, targets.astype(np.float64))
        if trial.data.multi_label:
            return np.asarray(1 / (1 + np.exp(np.clip(with_NC - without_NC, -50, 50))))
        with_NC[:, targets.sum(axis=0) == 0] = np.inf
        likely = np.exp(-(with_NC - with_NC.min(axis=1, keepdims=True)))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def _measure_values(seen: list[AbstractItem], asked: list[AbstractItem], target_NC: Floats) -> tuple[Floats, Floats]:
    """Squared distances to the mean of each class and to that of the others; one example in memory at a time."""
    num_values = len(next(_read_small(seen)))
    total_D, square_D = np.zeros(num_values), np.zeros(num_values)
    sum_CD = np.zeros((target_NC.shape[1], num_values))
    for pixel_D, target_C in zip(_read_small(seen), target_NC, strict=True):
        total_D += pixel_D
        square_D += pixel_D**2
        sum_CD[target_C > 0] += pixel_D
    mean_D = total_D / len(seen)
    deviation_D = np.sqrt(np.maximum(square_D / len(seen) - mean_D**2, 0))
    deviation_D[deviation_D == 0] = 1  # A pixel that never changes, such as a black border.
    with_CD, without_CD = _means(sum_CD, total_D, target_NC)
    small = ((pixel_D - mean_D) / deviation_D for pixel_D in _read_small(asked))
    centres = [(mean_CD - mean_D) / deviation_D for mean_CD in (with_CD, without_CD)]
    found = np.array([[((value_D - one_CD) ** 2).mean(axis=1) for one_CD in centres] for value_D in small])
    return found[:, 0], found[:, 1]


def _read_small(items: list[AbstractItem]) -> Iterator[Floats]:
    for item in items:
        if isinstance(item, AbstractRecording):
            yield mean_mfcc(item)
            continue
        assert isinstance(item, AbstractImageItem)
        small = item.decode(at_least=_SIDE).image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
        yield np.asarray(small, dtype=np.float64).reshape(-1) / 255


def _measure_words(seen: list[AbstractItem], asked: list[AbstractItem], target_NC: Floats) -> tuple[Floats, Floats]:
    """The same of TF-IDF vectors of length one; texts without a known word are as far from every class."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [[item.read() for item in items if isinstance(item, Text)] for items in (seen, asked)]
    # Any run of letters is a word, also a single one: languages without blanks still give some.
    vectorise = TfidfVectorizer(max_features=_MOST_WORDS, token_pattern=r"(?u)\w+")
    try:
        seen_ND = vectorise.fit_transform(texts[0])
    except ValueError:  # Not a single word in all of the training split.
        flat = np.zeros((len(asked), target_NC.shape[1]))
        return flat, flat.copy()
    asked_ND = vectorise.transform(texts[1])
    means = _means(np.asarray((seen_ND.T @ target_NC).T), np.asarray(seen_ND.sum(axis=0)).ravel(), target_NC)
    with_NC, without_NC = (
        np.asarray(asked_ND.multiply(asked_ND).sum(axis=1)) - 2 * (asked_ND @ one_CD.T) + (one_CD**2).sum(axis=1)
        for one_CD in means
    )
    return with_NC, without_NC


def _means(sum_CD: Floats, total_D: Floats, target_NC: Floats) -> tuple[Floats, Floats]:
    """Mean of the examples that carry each label, and of those that do not."""
    count_C1 = target_NC.sum(axis=0)[:, None]
    with_CD = sum_CD / np.maximum(count_C1, 1)
    return with_CD, (total_D - sum_CD) / np.maximum(len(target_NC) - count_C1, 1)
