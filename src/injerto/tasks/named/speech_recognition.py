"""What is said in a recording, letter by letter, by connectionist temporal classification."""

# N examples, T frames, V characters and the blank, L characters of the longest transcript.

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from injerto.core.plan import Pool
from injerto.core.survey import Modality
from injerto.tasks.edit_distance import count_kinds
from injerto.tasks.task import ERROR_RATES, AbstractTranscriptTask, Floats, Ints, Prediction, tasks

_IMPOSSIBLE: Final = -5e3
"""Scores of characters below it are padding; see the head `ctc`."""
_TEMPERATURES: Final = np.geomspace(0.25, 8.0, 41)


@tasks.register
@final
class SpeechRecognition(AbstractTranscriptTask):
    """One transcript a recording.

    Scores have the shape (recordings, frames, characters + 1), the blank last. What other tasks call probabilities is
    an answer here, shape (recordings, 1 + longest): how sure the transcript is, then its characters, -1 behind them.
    """

    modality: ClassVar[Modality] = Modality.AUDIO
    summary: ClassVar[str] = "write down what is said in recordings"
    own_heads: ClassVar[Mapping[Pool, str]] = MappingProxyType({"frames": "ctc"})

    def loss(self, scores: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
        """Mean CTC loss a character. A recording with fewer frames than its transcript needs counts nothing."""
        blank = scores.shape[-1] - 1
        num_frames = (scores[..., :-1].amax(-1) > _IMPOSSIBLE).sum(1)
        num_characters = (targets >= 0).sum(1)
        return functional.ctc_loss(
            scores.log_softmax(-1).transpose(0, 1),
            targets.clamp_min(0),
            num_frames,
            num_characters,
            blank=blank,
            zero_infinity=True,
        )

    def join_scores(self, parts: Sequence[Tensor]) -> Tensor:
        longest = max(part.shape[1] for part in parts)
        padded = []
        for part in parts:
            rest = part.new_full((part.shape[0], longest - part.shape[1], part.shape[2]), 2 * _IMPOSSIBLE)
            rest[..., -1] = 0
            padded.append(torch.cat([part, rest], dim=1))
        return torch.cat(padded)

    def join_answers(self, parts: Sequence[Floats]) -> Floats:
        longest = max(part.shape[1] for part in parts)
        return np.concatenate([np.pad(p, ((0, 0), (0, longest - p.shape[1])), constant_values=-1) for p in parts])

    def probabilities(self, scores: Tensor, *, temperature: float) -> Floats:
        """Answers by the likeliest character of every frame; sure as the least sure character of the transcript."""
        blank = scores.shape[-1] - 1
        likely_NTV = torch.softmax(scores.detach().float().cpu() / temperature, dim=-1)
        best_NT = likely_NTV.argmax(-1)
        before_NT = functional.pad(best_NT[:, :-1], (1, 0), value=-1) if best_NT.shape[1] else best_NT
        is_new_NT = (best_NT != before_NT) & (best_NT != blank)
        peak_NT = likely_NTV.amax(-1)
        rows = []
        for best_T, new_T, peak_T in zip(best_NT, is_new_NT, peak_NT, strict=True):
            sure = float(peak_T[new_T].min()) if bool(new_T.any()) else float(peak_T.min()) if len(peak_T) else 0.0
            rows.append([sure, *best_T[new_T].tolist()])
        return _stack(rows)

    def fit_temperature(self, scores: Tensor, targets: Tensor) -> float:
        """The temperature at which being sure of a transcript is best worth being right, by log loss on tune."""
        exact = None
        best, least = 1.0, np.inf
        for temperature in _TEMPERATURES:
            answers = self.probabilities(scores, temperature=float(temperature))
            if exact is None:
                exact = _same(answers[:, 1:], targets.numpy())
            sure = np.clip(answers[:, 0], 1 / (len(exact) + 2), 1 - 1 / (len(exact) + 2))
            loss = float(-np.where(exact, np.log(sure), np.log(1 - sure)).mean())
            if loss < least:
                best, least = float(temperature), loss
        return best

    def correct(self, probabilities: Floats, targets: Ints) -> Floats:
        """For each recording one minus its word error rate, at least 0."""
        kinds = self._count(probabilities, targets, "word")
        return np.asarray(np.clip(1 - kinds[:, :3].sum(axis=1) / np.maximum(kinds[:, 3], 1), 0, 1), dtype=np.float64)

    def losses(self, probabilities: Floats, targets: Ints) -> Floats:
        exact = _same(probabilities[:, 1:], targets)
        sure = np.clip(probabilities[:, 0], 1e-6, 1 - 1e-6)
        return np.asarray(-np.where(exact, np.log(sure), np.log(1 - sure)))

    def measure(self, probabilities: Floats, targets: Ints) -> dict[str, float]:
        """`wer` and `cer` over all words and characters, `exact` transcripts, `accuracy` (see `correct`)."""
        counts = self.error_counts(probabilities, targets)
        return {
            **{name: float(errors.sum() / totals.sum()) for name, (errors, totals) in counts.items()},
            "exact": float(_same(probabilities[:, 1:], targets).mean()),
            "accuracy": float(self.correct(probabilities, targets).mean()),
            "log_loss": float(self.losses(probabilities, targets).mean()),
        }

    def error_counts(self, probabilities: Floats, targets: Ints) -> dict[str, tuple[Floats, Floats]]:
        kinds = self.count_kinds(probabilities, targets)
        return {name: (kinds[of][:, :3].sum(axis=1), kinds[of][:, 3]) for name, of in ERROR_RATES.items()}

    def count_kinds(self, probabilities: Floats, targets: Ints) -> dict[str, Floats]:
        return {unit: self._count(probabilities, targets, unit) for unit in ERROR_RATES.values()}

    def decode(self, probabilities: Floats, labels: tuple[str, ...]) -> list[Prediction]:
        found = []
        for row in probabilities:
            text = _write(row[1:], labels)
            sure = float(row[0])
            found.append(Prediction(label=text, labels=(text,), probability=sure, probabilities={text: sure}))
        return found

    def says_nothing(self, probabilities: Floats) -> bool:
        return len(probabilities) > 0 and not bool((probabilities[:, 1:] >= 0).any())

    def encode(self, texts: Sequence[str]) -> Floats:
        """Answers that are sure of these transcripts."""
        index = {label: position for position, label in enumerate(self.labels)}
        return _stack([[1.0, *(float(index[character]) for character in text)] for text in texts])

    def _count(self, probabilities: Floats, targets: Ints, unit: str) -> Floats:
        said = [_write(row, self.labels) for row in targets]
        heard = [_write(row, self.labels) for row in probabilities[:, 1:]]
        return count_kinds(said, heard, unit=unit)


def _write(row: Floats | Ints, labels: tuple[str, ...]) -> str:
    text = "".join(labels[int(position)] for position in row if position >= 0)
    return " ".join(text.split())


def _same(rows: Floats, targets: Ints) -> np.ndarray:
    width = max(rows.shape[1], targets.shape[1])
    one, other = (np.pad(x, ((0, 0), (0, width - x.shape[1])), constant_values=-1) for x in (rows, targets))
    return np.asarray((one == other).all(axis=1))


def _stack(rows: Sequence[Sequence[float]]) -> Floats:
    width = max((len(row) for row in rows), default=1)
    stacked = np.full((len(rows), width), -1.0)
    for row, values in zip(stacked, rows, strict=True):
        row[: len(values)] = values
    return stacked
