"""Networks without batch norm: under the right contract, examples of a class are neighbours more often.

Weak by nature: it needs labels, some dozen examples, a network quick enough for several passes in a second, and a
contract that costs many points. Whether each example has a neighbour of its class is compared in pairs, so that what
is hard for every contract cancels out.
"""

import math
import time
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from injerto.core.input_finding import InputFinding
from injerto.core.messages import say
from injerto.core.provenance import ImageContract
from injerto.planning.input_guard.checks import CHECKS, Question
from injerto.planning.input_guard.normalisations import alternatives, declared
from injerto.planning.input_guard.training_pixels import read_training_pixels

_SECONDS: Final = 1.2
_FEWEST: Final = 32
_CHANCE: Final = 0.001
"""Of so large a gain where the two contracts are equally good, over four alternatives."""
_POINTS: Final = 0.15

Bools = npt.NDArray[np.bool_]


@CHECKS.register
def check_neighbours(question: Question) -> InputFinding | None:
    """Silent where the running statistics speak, and where time or labels are too few."""
    contract = question.backbone.contract
    if not isinstance(contract, ImageContract) or question.targets is None or len(question.items) < _FEWEST:
        return None
    if read_training_pixels(question.backbone, question.inputs) is not None:
        return None
    return compare_neighbours(question, seconds=_SECONDS)


@torch.no_grad()
def compare_neighbours(question: Question, *, seconds: float) -> InputFinding | None:
    """The alternative under which clearly more examples have a neighbour of their class."""
    backbone, contract, targets = question.backbone, question.backbone.contract, question.targets
    assert isinstance(contract, ImageContract)
    assert targets is not None
    name, x = next(iter(question.inputs.items()))
    own, others = declared(contract), alternatives(contract)
    others = [other for other in others if not np.allclose(other.gains, own.gains, rtol=0.2)]
    backbone.eval()
    start = time.process_time()
    backbone({name: x[:2].to(backbone.device())})
    per_example = (time.process_time() - start) / 2
    affordable = min(len(x), int(seconds / max(1e-9, per_example * (1 + len(others)))))
    if affordable < _FEWEST:
        return None
    x, targets = x[:affordable], targets[:affordable]

    def right(inputs: Tensor) -> Bools:
        return _has_neighbour(backbone({name: inputs.to(backbone.device())}).float().cpu(), targets)

    before = right(x)
    for other in others:
        pixels = own.pixels(x.permute(0, 2, 3, 1).double().numpy())
        inputs = torch.from_numpy(other.inputs(pixels)).permute(0, 3, 1, 2).float()
        after = right(inputs)
        won, lost = int((after & ~before).sum()), int((before & ~after).sum())
        gain = float(after.mean() - before.mean())
        if gain >= _POINTS and _chance(won, won + lost) < _CHANCE / len(others):
            measured = {"gain": gain, "examples": float(affordable)}
            sentence = say(
                "guard.checkpoint-neighbours",
                name=backbone.card.name,
                other=other.name,
                before=f"{100 * before.mean():.0f}",
                after=f"{100 * after.mean():.0f}",
                number=affordable,
            )
            return InputFinding(name="mean-std", measured=measured, sentence=sentence)
    return None


def _chance(won: int, total: int) -> float:
    """Of so many heads or more among so many fair coins."""
    return float(sum(math.comb(total, n) for n in range(won, total + 1)) / 2**total)


def _has_neighbour(features: Tensor, targets: npt.NDArray[np.int64]) -> Bools:
    """Whether the nearest other example is of the same class, by the angle between features."""
    unit = torch.nn.functional.normalize(features - features.mean(0), dim=1)
    likeness = unit @ unit.T
    likeness.fill_diagonal_(-2)
    same: Bools = targets[likeness.argmax(1).numpy()] == targets
    return same
