"""Value range, mean and std, and channel order, by what the first batch norm was trained on.

Under the right contract the inputs that the weights know are the pixels of photographs, or of data like the user's own.
The alarm needs both: under the contract they are neither, and under one of the usual alternatives they are clearly one.
"""

from typing import Final

import numpy as np

from injerto.core.input_finding import InputFinding
from injerto.core.messages import say
from injerto.core.provenance import ImageContract
from injerto.planning.input_guard.checks import CHECKS, Question
from injerto.planning.input_guard.normalisations import Floats, Normalisation, alternatives, declared
from injerto.planning.input_guard.training_pixels import TrainingPixels, read_training_pixels

_PHOTOGRAPHS: Final = (np.array([0.485, 0.456, 0.406]), 0.26)
"""Mean of each colour (ImageNet's), and the spread over all pixels."""
_MEAN_SCALE: Final = 0.1
_SPREAD_SCALE: Final = 0.35
"""In the logarithm; what differs by as much is one unit away, in means and in spread."""
_BAD: Final = 1.3
"""Units from photographs and from the user's data, from which a contract is doubted."""
_GOOD: Final = 0.75
"""Units within which an alternative convinces."""
_IMPOSSIBLE: Final = 0.15
"""By which a mean pixel may lie outside 0 to 1 before no picture can have it."""
_MOST_SPREAD: Final = 0.65
"""Half of all pixels at 0 and half at 1 have 0.5."""
_LEAST_SPREAD: Final = 0.02
"""Five of 255 grey levels: less has no set of pictures, unless the user's own is as dim."""
_SAME_COLOUR: Final = 0.045
"""Distance of the mean colour within which the order of the channels is known."""
_TINT: Final = 0.04
"""Difference of red and blue below which no order is told."""

Reference = tuple[Floats, float]


@CHECKS.register
def check_running_statistics(question: Question) -> InputFinding | None:
    """Silent for networks that do not begin with a convolution and a batch norm."""
    contract = question.backbone.contract
    if not isinstance(contract, ImageContract):
        return None
    trained = read_training_pixels(question.backbone, question.inputs)
    if trained is None:
        return None
    own = declared(contract)
    references = [_photographs(contract), _own_pixels(question, own)]
    distance = _distance(trained, own, references)
    pixels, spread = own.pixels(trained.mean), trained.spread / float(np.mean(own.gains))
    measured = {"distance": distance, "spread": spread, "explained": trained.explained}
    measured |= {f"mean_{channel}": float(value) for channel, value in enumerate(pixels)}
    if distance < _BAD:
        return _judge_order(pixels, references, contract, measured)
    scored = [(_distance(trained, other, references), other) for other in alternatives(contract)]
    best, other = min(scored, key=lambda pair: pair[0])
    is_outside = bool((pixels < -_IMPOSSIBLE).all() or (pixels > 1 + _IMPOSSIBLE).all())
    is_dim = spread < min(_LEAST_SPREAD, references[1][1] / 3)
    is_impossible = is_outside or is_dim or spread > _MOST_SPREAD
    if best >= _GOOD and not is_impossible:
        return None
    measured["distance_of_alternative"] = best
    values = {"mean": _written(pixels), "spread": f"{spread:.2f}", "name": question.backbone.card.name}
    if best >= _GOOD:
        return InputFinding(
            name="value-range", measured=measured, sentence=say("guard.checkpoint-impossible", **values)
        )
    factor = float(np.mean(own.gains / other.gains))
    name = "value-range" if not 1 / 12 < factor < 12 else "mean-std"
    return InputFinding(name=name, measured=measured, sentence=say("guard.checkpoint", other=other.name, **values))


def _judge_order(
    pixels: Floats, references: list[Reference], contract: ImageContract, measured: dict[str, float]
) -> InputFinding | None:
    """Photographs have more red than blue on average, so their mean colour has a direction."""
    if len(pixels) != 3 or abs(pixels[0] - pixels[2]) < _TINT:
        return None
    for mean, _ in references:
        as_given, swapped = (float(np.sqrt(np.mean((order - mean) ** 2))) for order in (pixels, pixels[::-1]))
        if as_given < swapped:
            return None
        if swapped < _SAME_COLOUR and as_given > 2 * swapped:
            order = "BGR" if contract.channel_order == "rgb" else "RGB"
            sentence = say("guard.checkpoint-order", order=order, mean=_written(pixels), expected=_written(mean))
            return InputFinding(name="channel-order", measured=measured, sentence=sentence)
    return None


def _distance(trained: TrainingPixels, way: Normalisation, references: list[Reference]) -> float:
    """From the nearest reference, in units of what healthy pairs differ by."""
    pixels, spread = way.pixels(trained.mean), trained.spread / float(np.mean(way.gains))
    return min(
        float(np.hypot(np.sqrt(np.mean((pixels - mean) ** 2)) / _MEAN_SCALE, np.log(spread / own) / _SPREAD_SCALE))
        for mean, own in references
    )


def _photographs(contract: ImageContract) -> Reference:
    mean, spread = _PHOTOGRAPHS
    if contract.channel_order == "grey":
        mean = mean.mean(keepdims=True)
    return (mean[::-1] if contract.channel_order == "bgr" else mean), spread


def _own_pixels(question: Question, own: Normalisation) -> Reference:
    x = next(iter(question.inputs.values()))
    pixels = own.pixels(x.double().permute(0, 2, 3, 1).reshape(-1, x.shape[1]).numpy())
    # A set of one colour has no spread to compare with.
    return pixels.mean(0), max(1e-3, float(pixels.std(0).mean()))


def _written(values: Floats) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
