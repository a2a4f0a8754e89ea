"""Answers that change where nothing that should matter does: a name, a gender, an identity term, a mirror."""

from collections import defaultdict
from collections.abc import Iterable
from typing import ClassVar, Final, final

import numpy as np
from PIL import ImageOps

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.swapping import Swap, make_swaps
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.core.survey import Modality
from injerto.data.items import AbstractImageItem, ImageObject, Text
from injerto.evidence.answered import wilson

_MATTERS: Final = 0.05
_NOTED: Final = 0.01
_LEAST: Final = 20
"""Examples with a term below which nothing is said."""
_MOST: Final = 200
"""Examples that are asked again, drawn by seed."""


@audits.register
@final
class Counterfactual(AbstractAudit):
    """Answers that change where nothing that should matter does: a name, a gender, an identity term, a mirror.

    What it measures:
        Texts: each judged text with a word of our lists (first names, words of gender, terms of identity; English and
        Spanish) is answered again with the word's counterpart, and the share of texts whose label changes is counted
        for each kind of swap. Pictures: the same for their mirror image.

    Why it matters:
        If the label changes with the name alone, the name decides. For some tasks it may: whether a text is about
        Islam is told by the word. Then the finding is a fact about the task and no fault.

    How it decides:
        Wilson's interval of the share of texts with a changed label lies above 1 %: information; above 5 %: a warning.
        Mirror images are information alone, since for digits, letters and signs a mirror image is another thing. With
        fewer than 20 texts that hold a word nothing is said. Swapped sentences are not always good grammar: a part of
        the changes is the stumbling of the model over it.

    What to do:
        Add each training text again with the words swapped and the same label; look at the texts; ask whether the word
        should matter.

    References:
        Garg et al. 2019, arXiv 1809.10610 (counterfactual token fairness). Dixon et al. 2018, AIES (identity terms).
        Caliskan, Bryson and Narayanan 2017, arXiv 1608.07187 (names).
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        return self.without_model(case)

    def judge(self, case: Case) -> Iterable[Finding]:
        assert case.close_up is not None
        if case.close_up.model.modality is Modality.IMAGE:
            yield from self._mirror(case)
        elif case.close_up.model.modality is Modality.TEXT:
            yield from self._swap(case)

    def _mirror(self, case: Case) -> Iterable[Finding]:
        answered, close_up = case.answered, case.close_up
        assert answered is not None
        assert close_up is not None
        drawn = _draw(len(answered.target), case.seed)
        items = [close_up.test[int(at)].item for at in drawn]
        mirrored = [
            ImageObject(ImageOps.mirror(item.read()), where=close_up.test[int(at)].where)
            for at, item in zip(drawn, items, strict=True)
            if isinstance(item, AbstractImageItem)
        ]
        if len(mirrored) < _LEAST:
            return
        changed = close_up.answer(mirrored).argmax(axis=1) != answered.predicted[drawn]
        low, high = wilson(int(changed.sum()), len(changed))
        if low > _MATTERS:
            yield self.finding(
                Severity.INFO,
                "mirror",
                examples=drawn[changed][:8],
                share=100 * float(changed.mean()),
                low=100 * low,
                high=100 * high,
                number=len(drawn),
            )

    def _swap(self, case: Case) -> Iterable[Finding]:
        answered, close_up = case.answered, case.close_up
        assert answered is not None
        assert close_up is not None
        swaps: dict[str, list[tuple[int, Swap]]] = defaultdict(list)
        for at, example in enumerate(close_up.test):
            if isinstance(example.item, Text):
                for swap in make_swaps(example.item.text):
                    swaps[swap.kind].append((at, swap))
        for kind, all_found in sorted(swaps.items()):
            if len(all_found) < _LEAST:
                continue
            found = [all_found[int(one)] for one in _draw(len(all_found), case.seed)]
            told = close_up.answer([Text(swap.text) for _, swap in found]).argmax(axis=1)
            before = answered.predicted[[at for at, _ in found]]
            changed = told != before
            low, high = wilson(int(changed.sum()), len(changed))
            if low <= _NOTED:
                continue
            first = next(place for place in range(len(found)) if changed[place])
            yield self.finding(
                Severity.WARNING if low > _MATTERS else Severity.INFO,
                "swap",
                subject=kind,
                remedy=say("audit.CF001.remedy"),
                examples=[found[place][0] for place in np.flatnonzero(changed)[:8]],
                kind=say(f"audit.CF001.kind-{kind}"),
                share=100 * float(changed.mean()),
                low=100 * low,
                high=100 * high,
                number=len(found),
                word=found[first][1].word,
                other=found[first][1].other,
                before=close_up.model.labels[int(before[first])],
                after=close_up.model.labels[int(told[first])],
            )


def _draw(number: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(derive_seed(seed, "counterfactual"))
    return np.sort(generator.permutation(number)[:_MOST])
