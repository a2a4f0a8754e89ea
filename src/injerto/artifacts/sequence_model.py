"""A trained model that writes texts: a network with its output layer, and how it reads and writes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import torch

from injerto.backbones.sequences.causal import CausalBackbone
from injerto.backbones.sequences.encoder_decoder import AbstractEncoderDecoder
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow, batches_by_length
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.seeds import derive_seed
from injerto.core.sequences import Sampling, SequenceSettings
from injerto.core.survey import Modality
from injerto.data.arrays import Floats
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording
from injerto.data.sequences.items import Exchange, Pair, Passage, Spoken
from injerto.data.unlabelled import read_inputs
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.sequence import AbstractSequenceTask, sum_token_losses

_WRITTEN_AT_ONCE: Final = 16
"""Texts in a batch of the beam search: each has as many copies as there are beams."""
_CONTINUED: Final = 32
"""Test examples that are gone on with, to see whether the model repeats itself."""
_GIVEN_TOKENS: Final = 16
_WRITTEN_TOKENS: Final = 64


@final
@dataclass(kw_only=True)
class SequenceModel:
    """A network that writes texts.

    >>> model = injerto.load("poems-model")                                  # doctest: +SKIP
    >>> model.generate("En un lugar de la Mancha", seed=1)                   # doctest: +SKIP
    ', de cuyo nombre no quiero acordarme, …'
    >>> injerto.load("en-es-model").predict(["A dog runs."])                 # doctest: +SKIP
    ['Un perro corre.']
    """

    task_name: str
    task: AbstractSequenceTask
    backbone: AbstractSequenceBackbone
    settings: SequenceSettings
    from_scratch: bool = False
    """Whether it started from random weights, so that there is no untouched network to hold beside it."""

    def predict(self, inputs: Sequence[object], *, sampling: Sampling | None = None) -> list[str]:
        """A translation of each text; of a language model what follows each prompt; what is said in each recording."""
        if self.task.reads_recordings:
            items = [item for _, item in read_inputs(inputs, modality=Modality.AUDIO)]
            return self.dictate([item for item in items if isinstance(item, AbstractRecording)])
        texts = [str(text) for text in inputs]
        if isinstance(self.backbone, CausalBackbone):
            return [self.generate(prompt, sampling=sampling) for prompt in texts]
        return self.translate(texts)

    def generate(
        self,
        prompt: str,
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        on_text: Callable[[str], None] | None = None,
        reporter: Reporter | None = None,
    ) -> str:
        """What follows a prompt; the same for the same seed.

        Args:
            sampling: how it is drawn; see `Sampling`.
            seed: replaces that of `sampling`.
            on_text: is given each piece of the text as soon as it is sure.
            reporter: is told where the beginning of a long prompt is left out.
        """
        backbone = self._causal()
        sampling = sampling or Sampling()
        if seed is not None:
            sampling = sampling.model_copy(update={"seed": seed})
        rendered = backbone.render_prompt(prompt, (), self.settings)
        most = max(1, backbone.contract.max_length - min(sampling.max_tokens, backbone.contract.max_length // 2))
        if reporter is not None and backbone.is_longer(rendered, most=most):
            reporter.note("language.prompt-cut", most=most)
        ids = backbone.encode_prompt(rendered, most=most)
        writer = _Writer(backbone, ids, on_text) if on_text is not None else None
        found = backbone.generate([ids], sampling, on_token=writer.take if writer is not None else None)[0]
        text = _continuation(backbone, ids, found)
        if writer is not None:
            writer.finish(text)
        return text

    def translate(
        self, texts: Sequence[str], *, num_beams: int | None = None, reporter: Reporter | None = None
    ) -> list[str]:
        """The translation of each text, in order, by beam search over batches of like length."""
        backbone, reporter = self._encoder_decoder(), reporter or Silent()
        rows, num_too_long = backbone.rows([Pair(text, "") for text in texts], self.settings, packed=False)
        if num_too_long:
            rule = backbone.length_rule(self.settings, packed=False)
            reporter.note("language.too-long", number=num_too_long, rule=rule)
        return self._translate_rows(backbone, rows, num_beams or self.settings.num_beams, reporter)

    def dictate(
        self, recordings: Sequence[AbstractRecording], *, num_beams: int | None = None, reporter: Reporter | None = None
    ) -> list[str]:
        """What is said in each recording, in order; of one that is longer than the network hears, in its beginning."""
        backbone = self._encoder_decoder()
        rows, _ = backbone.rows([Spoken(recording, "") for recording in recordings], self.settings, packed=False)
        return self._translate_rows(backbone, rows, num_beams or self.settings.num_beams, reporter or Silent())

    def answer(
        self, items: Sequence[AbstractItem], *, outputs: bool, seed: int, reporter: Reporter | None = None
    ) -> SequenceAnswers:
        """Likelihoods of the references of all items, and, where `outputs` are asked for, what the model writes.

        A language model goes on with the first tokens of at most 32 of the items; the other outputs are empty.
        """
        reporter = reporter or Silent()
        rows, num_too_long = self.backbone.rows(items, self.settings, packed=False)
        losses, num_tokens = self._score(rows, len(items), reporter)
        num_bytes = np.zeros(len(items))
        for row in rows:
            num_bytes[row.example] += row.num_bytes
        written = [""] * len(items)
        sides = [sides_of(item) for item in items]
        sources = [source for source, _ in sides]
        if outputs and isinstance(self.backbone, AbstractEncoderDecoder):
            written = self._translate_rows(self.backbone, rows, self.settings.num_beams, reporter)
        elif outputs:
            for position, given, text in self._go_on(items, seed):
                sources[position], written[position] = given, text
        return SequenceAnswers(
            losses=losses,
            num_tokens=num_tokens,
            num_bytes=num_bytes,
            outputs=written,
            references=[reference for _, reference in sides],
            sources=sources,
            num_too_long=num_too_long,
        )

    @torch.no_grad()
    def _score(self, rows: Sequence[TokenRow], num_items: int, reporter: Reporter) -> tuple[Floats, Floats]:
        self.backbone.eval()
        losses, counts = np.zeros(num_items), np.zeros(num_items)
        batches = batches_by_length(rows, self.backbone.vocabulary_size)
        for batch in reporter.track(batches, label=say("language.scoring"), total=len(batches)):
            some = [rows[i] for i in batch]
            device = self.backbone.device()
            inputs = {name: value.to(device) for name, value in self.backbone.prepare(some).items()}
            scores = self.backbone(inputs)
            sums, number, _ = sum_token_losses(scores, self.backbone.labels(some).to(device))
            for row, loss, count in zip(some, sums.tolist(), number.tolist(), strict=True):
                losses[row.example] += loss
                counts[row.example] += count
        return losses, counts

    def _translate_rows(
        self, backbone: AbstractEncoderDecoder, rows: Sequence[TokenRow], num_beams: int, reporter: Reporter
    ) -> list[str]:
        order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
        starts = range(0, len(order), _WRITTEN_AT_ONCE)
        found = [""] * len(rows)
        for start in reporter.track(starts, label=say("language.translating"), total=len(starts)):
            batch = order[start : start + _WRITTEN_AT_ONCE]
            texts = backbone.translate([rows[i] for i in batch], self.settings, num_beams=num_beams)
            for position, text in zip(batch, texts, strict=True):
                found[position] = text
        return found

    def _go_on(self, items: Sequence[AbstractItem], seed: int) -> Iterator[tuple[int, str, str]]:
        """Positions of some items, what is given of each, and what the model writes after it, by a fixed seed."""
        backbone = self._causal()
        prompts: dict[int, list[list[int]]] = {}
        places: dict[int, list[int]] = {}
        for position in range(0, len(items), max(1, len(items) // _CONTINUED)):
            item = items[position]
            if isinstance(item, Exchange):
                text = backbone.render_prompt(item.prompt, item.turns, self.settings)
                ids = backbone.encode_prompt(text, most=backbone.contract.max_length // 2)
            else:
                assert isinstance(item, Passage)
                ids = backbone.encode_prompt(item.text[:200], most=backbone.contract.max_length)[:_GIVEN_TOKENS]
            prompts.setdefault(len(ids), []).append(ids)
            places.setdefault(len(ids), []).append(position)
        sampling = Sampling(max_tokens=_WRITTEN_TOKENS, temperature=1.0, top_k=0, top_p=1.0, seed=derive_seed(seed))
        for length, some in sorted(prompts.items()):
            found = backbone.generate(some, sampling)
            for position, ids, written in zip(places[length], some, found, strict=True):
                yield position, backbone.decode(ids), _continuation(backbone, ids, written)

    def _causal(self) -> CausalBackbone:
        assert isinstance(self.backbone, CausalBackbone)
        return self.backbone

    def _encoder_decoder(self) -> AbstractEncoderDecoder:
        assert isinstance(self.backbone, AbstractEncoderDecoder)
        return self.backbone


def sides_of(item: AbstractItem) -> tuple[str, str]:
    """What is given of a text, and what should follow; nothing is given of a whole text."""
    if isinstance(item, Pair):
        return item.source, item.target
    if isinstance(item, Exchange):
        return item.prompt, item.response
    if isinstance(item, Spoken):
        return item.recording.name, item.text
    assert isinstance(item, Passage)
    return "", item.text


def _continuation(backbone: AbstractSequenceBackbone, given: Sequence[int], written: Sequence[int]) -> str:
    """What was written, as it stands behind what was given: alone, its first space could be lost."""
    before, both = backbone.decode(given), backbone.decode([*given, *written])
    return both[len(before) :] if both.startswith(before) else backbone.decode(written)


class _Writer:
    """Passes on what is sure of a text whose tokens come one by one: a letter can be made of several."""

    def __init__(
        self, backbone: AbstractSequenceBackbone, given: Sequence[int], on_text: Callable[[str], None]
    ) -> None:
        self._backbone = backbone
        self._given = list(given)
        self._on_text = on_text
        self._written: list[int] = []
        self._shown = 0

    def take(self, token: int) -> None:
        self._written.append(token)
        text = _continuation(self._backbone, self._given, self._written)
        if not text.endswith("�") and len(text) > self._shown:
            self._on_text(text[self._shown :])
            self._shown = len(text)

    def finish(self, text: str) -> None:
        """The rest, once nothing can change any more."""
        if len(text) > self._shown:
            self._on_text(text[self._shown :])
