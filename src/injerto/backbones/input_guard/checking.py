"""`check_inputs` and `check_sounds`: the public doors of the guard on someone's own pipeline."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.image_preparation import least_side
from injerto.backbones.input_guard.explaining import Explanation, explain
from injerto.backbones.input_guard.fault import AbstractComparison, Fit
from injerto.backbones.input_guard.given import arrange_pixels, arrange_rows
from injerto.backbones.input_guard.image_comparison import ImageComparison
from injerto.backbones.input_guard.sound_comparison import Recording, SoundComparison
from injerto.backbones.input_guard.text_comparison import TextComparison
from injerto.backbones.item_checks import image_items, recording_items, text_items
from injerto.core.errors import UsageError
from injerto.core.input_finding import InputFinding
from injerto.core.messages import say
from injerto.core.provenance import ImageContract, TextContract
from injerto.core.speech_contract import SpeechContract
from injerto.core.survey import Modality
from injerto.data.image_decoding import Decoded
from injerto.data.items import AbstractImageItem, AbstractItem
from injerto.data.unlabelled import read_inputs

_SCREENED: Final = 64
"""Pictures compared with the contract alone; the eight that are searched are chosen among them."""
_SCREENED_PIXELS: Final = 60_000_000
_SEARCHED: Final = 8
_SEARCHED_PIXELS: Final = 12_000_000
"""Together at most, so that a search among pictures of a camera stays within two seconds; one is always taken."""
_TEXTS: Final = 32
_RECORDINGS: Final = 8


def check_inputs(
    reader: AbstractBackbone | ImageContract, inputs: Sequence[Any], given: Any
) -> tuple[InputFinding, ...]:
    """What a pipeline of one's own makes of examples, against what the contract of the weights makes of them.

    Args:
        reader: a backbone; for images its contract is enough, for texts its tokenizer is needed.
        inputs: the examples as they were before: paths, pictures, pixel arrays, texts, or items of injerto.
        given: what the pipeline made of them, in the same order. For images a tensor or array (examples, channels,
            height, width); for texts a tensor (examples, tokens), rows of ids, or a mapping with `input_ids` and
            `attention_mask`.

    Returns:
        A finding for each fault that what was given cannot be explained without; none where both are the same.
        About a second on one core.

    Raises:
        UsageError: there are not as many examples as inputs, or it is no tensor, array or rows.
        DataError: an example cannot be read.

    >>> import numpy as np
    >>> from injerto.core.provenance import ImageContract
    >>> contract = ImageContract(height=32, width=32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    >>> picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    >>> right = picture.transpose(2, 0, 1)[None] / 127.5 - 1
    >>> check_inputs(contract, [picture], right)
    ()
    >>> [finding.name for finding in check_inputs(contract, [picture], right[:, ::-1])]
    ['channel-order']
    """
    contract = reader if isinstance(reader, ImageContract) else reader.contract
    kinds = {"image": Modality.IMAGE, "text": Modality.TEXT, "speech": Modality.AUDIO}
    modality = kinds[contract.kind]
    items: list[AbstractItem] = [item for item in inputs if isinstance(item, AbstractItem)]
    if len(items) < len(inputs):
        items = [item for _, item in read_inputs(inputs, modality=modality)]
    spec = say("guard.contract") if isinstance(reader, ImageContract) else reader.spec
    if isinstance(contract, ImageContract):
        return _check_images(image_items(items, spec=spec), given, contract)
    if isinstance(contract, SpeechContract):
        sounds = [item.read() for item in recording_items(items, spec=spec)]
        recordings = [Recording(sound.samples, sound.sample_rate_hz) for sound in sounds]
        return check_sounds(contract, recordings, given)
    assert isinstance(reader, AbstractBackbone)
    return _check_texts([item.read() for item in text_items(items, spec=spec)], given, reader.tokenizer, contract)


def check_sounds(
    contract: SpeechContract, recordings: Sequence[Recording], given: Sequence[npt.NDArray[Any]]
) -> tuple[InputFinding, ...]:
    """`check_inputs` for recordings: `given` holds the samples of each as the network would be given them."""
    _check_length(len(recordings), len(given))
    rows = _spread(len(recordings), _RECORDINGS)
    comparison = SoundComparison([recordings[i] for i in rows], [np.asarray(given[i]) for i in rows], contract)
    return _with_rest(explain(comparison, "speech"), comparison, "sound")


def _check_images(items: Sequence[AbstractImageItem], given: Any, contract: ImageContract) -> tuple[InputFinding, ...]:
    arranged = arrange_pixels(given, contract)
    _check_length(len(items), len(arranged.values))
    if not items or not arranged.can_be_compared:
        return arranged.findings
    pixels = arranged.values
    rows = _within(items, _spread(len(items), _SCREENED), _SCREENED_PIXELS)
    screened = [items[i].decode(at_least=least_side(contract)) for i in rows]
    by_item = _image_fit(screened, pixels[rows], contract).by_item
    # Half of them where the contract explains least: of all pictures perhaps a few were turned by the camera.
    worst = sorted(range(len(rows)), key=lambda n: -by_item[n])[: _SEARCHED // 2]
    chosen = sorted({*worst, *_spread(len(rows), _SEARCHED - len(worst))})
    comparison = ImageComparison([screened[n] for n in chosen], pixels[[rows[n] for n in chosen]], contract)
    explanation = explain(comparison, "image")
    # A picture that was decoded smaller leaves a level or so open, in which another filter hides.
    is_close = comparison.same < explanation.fit.misfit < comparison.foreign
    if is_close and any(screened[n].shrunk > 1 for n in chosen):
        few = _within(items, [rows[n] for n in chosen], _SEARCHED_PIXELS, fewest=1)
        start = tuple(explanation.readings[chosen.index(rows.index(i))] for i in few)
        whole = ImageComparison([items[i].decode() for i in few], pixels[few], contract)
        closer = explain(whole, "image", start=start)
        if closer.fit.misfit < explanation.fit.misfit:
            comparison, explanation = whole, closer
    return arranged.findings + _with_rest(explanation, comparison, "image")


def _image_fit(decoded: Sequence[Decoded], pixels: Tensor, contract: ImageContract) -> Fit:
    comparison = ImageComparison(decoded, pixels, contract)
    return comparison.fit(comparison.start())


def _check_texts(texts: Sequence[str], given: Any, tokenizer: Any, contract: TextContract) -> tuple[InputFinding, ...]:
    rows, padded_left = arrange_rows(given, tokenizer)
    _check_length(len(texts), len(rows))
    # The longest are among them: only they show where a pipeline cuts.
    longest = sorted(range(len(texts)), key=lambda n: -len(texts[n]))[: _TEXTS // 4]
    chosen = sorted({*longest, *_spread(len(texts), _TEXTS - len(longest))})
    comparison = TextComparison(
        [texts[n] for n in chosen], [rows[n] for n in chosen], tokenizer, contract, padded_left=padded_left
    )
    return _with_rest(explain(comparison, "text"), comparison, "text")


def _with_rest(
    explanation: Explanation[Any], comparison: AbstractComparison[Any], kind: str
) -> tuple[InputFinding, ...]:
    """The findings, or that there is something which no fault explains."""
    found, fit = explanation.findings, explanation.fit
    limit = 0.0 if kind == "text" else comparison.foreign
    if found or fit.misfit <= limit:
        return found
    sentence = say(f"guard.unexplained-{kind}", misfit=f"{fit.misfit:.2g}", percent=f"{100 * fit.misfit:.0f}")
    return (InputFinding(name="unexplained", measured={"misfit": fit.misfit}, sentence=sentence),)


def _check_length(num_inputs: int, num_given: int) -> None:
    if num_inputs != num_given:
        raise UsageError("guard-lengths", num_inputs=num_inputs, num_given=num_given)


def _spread(total: int, most: int) -> list[int]:
    """At most so many numbers below `total`, evenly from the first to the last."""
    return sorted({round(n) for n in np.linspace(0, total - 1, min(total, most))})


def _within(items: Sequence[AbstractImageItem], rows: Sequence[int], num_pixels: int, *, fewest: int = 2) -> list[int]:
    """The first rows whose pictures have at most so many pixels together, and `fewest` at least."""
    kept: list[int] = []
    total = 0
    for row in rows:
        width, height = items[row].read_size()
        total += width * height
        if total > num_pixels and len(kept) >= fewest:
            break
        kept.append(row)
    return kept


__all__ = ["Recording", "check_inputs", "check_sounds"]
