"""Speech that is no command, told from commands without a label for it: part of `python -m benchmarks.speech`.

Five of the ten digits, drawn, are commands and the others foreign; two of six speakers test, one tunes, three train:
three folds and four draws. A head on frozen features is trained on the commands alone. `kept` is the share of commands
that are taken for familiar, `let in` that of foreign digits; compared are the rule of `Familiarity`, and the head's
largest probability and its energy (logarithm of the summed exponentials of its scores; Liu et al. 2020,
arXiv 2010.03759), with thresholds from the same tuning recordings. Intervals resample the twelve cases.
"""

from collections.abc import Iterator

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.familiarity import KEPT, Familiarity
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.data.labelled import LabelledData
from injerto.data.recordings import AbstractRecording
from injerto.evidence.bootstrap import measure_mean
from injerto.strategies.heads.linear_choice import fit_linear

_DRAWS = 4
_COMMANDS = 5
Cases = dict[str, list[tuple[float, float, float]]]


def measure_unknown(name: str, spec: str, arch: str | None, data: LabelledData, per_digit: int, report: Report) -> None:
    """A row for each way to tell, over folds and draws."""
    backbone = load_backbone(spec, arch=arch)
    recordings = [example.item for example in data.examples if isinstance(example.item, AbstractRecording)]
    chosen = [i for i, recording in enumerate(recordings) if _number(recording.name) < per_digit]
    some = data.subset(chosen)
    items = [example.item for example in some.examples]
    features = compute_features(backbone, items, store=ActivationStore(), reporter=Silent())
    speakers = np.array([example.group for example in some.examples])
    found: Cases = {}
    for case in _cases(features, some.targets(), speakers):
        for rule, values in case.items():
            found.setdefault(rule, []).append(values)
    for rule, cases in found.items():
        for column, what in enumerate(("area under the curve", "kept", "let in")):
            value = measure_mean(np.array([case[column] for case in cases]), seed=0)
            report.add(
                part=f"foreign speech: {rule}, {what}",
                backbone=name,
                weights="pretrained",
                labels=per_digit,
                tested=len(cases),
                value=value.value,
                low=value.low,
                high=value.high,
            )


def _cases(
    features: torch.Tensor, digits: np.ndarray, speakers: np.ndarray
) -> Iterator[dict[str, tuple[float, float, float]]]:
    names = sorted(set(speakers))
    for fold in range(3):
        test = names[2 * fold : 2 * fold + 2]
        tune, *train = [name for name in names if name not in test]
        for draw in range(_DRAWS):
            commands = np.sort(np.random.default_rng(draw).permutation(10)[:_COMMANDS])
            is_command = np.isin(digits, commands)
            parts = {
                "train": np.isin(speakers, train) & is_command,
                "tune": (speakers == tune) & is_command,
                "commands": np.isin(speakers, test) & is_command,
                "foreign": np.isin(speakers, test) & ~is_command,
            }
            own = {part: features[torch.from_numpy(mask)] for part, mask in parts.items()}
            targets = torch.from_numpy(np.searchsorted(commands, digits[parts["train"]]))
            head = fit_linear(own["train"], targets, num_classes=_COMMANDS, multi_label=False, seed=0).head
            knows = Familiarity.measure(own["train"], targets, own["tune"])
            with torch.no_grad():
                scores = {part: head(values) for part, values in own.items()}
            yield {
                "familiarity": _judge({part: knows.score(values).numpy() for part, values in own.items()}),
                "probability": _judge({part: s.softmax(1).amax(1).numpy() for part, s in scores.items()}),
                "energy": _judge({part: s.logsumexp(1).numpy() for part, s in scores.items()}),
            }


def _judge(scores: dict[str, np.ndarray]) -> tuple[float, float, float]:
    threshold = np.quantile(scores["tune"], 1 - KEPT, method="lower")
    both = np.concatenate([scores["commands"], scores["foreign"]])
    truth = np.repeat([1, 0], [len(scores["commands"]), len(scores["foreign"])])
    kept, let_in = ((scores[part] >= threshold).mean() for part in ("commands", "foreign"))
    return float(roc_auc_score(truth, both)), float(kept), float(let_in)


def _number(name: str) -> int:
    """Which of a speaker's recordings of a digit it is: the last part of its file's name."""
    return int(name.rpartition("_")[2].partition(".")[0])
