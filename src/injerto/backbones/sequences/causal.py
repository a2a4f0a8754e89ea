"""A causal language model: GPT-2, Llama and their like."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar, Final, final

import torch
from torch import Tensor

from injerto.backbones.backbone import Inputs, Pool
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool
from injerto.backbones.sequences.drawing import drawing
from injerto.backbones.sequences.sequence_backbone import (
    AbstractSequenceBackbone,
    encode,
    mask_of,
    pad,
)
from injerto.backbones.sequences.token_rows import TokenRow, as_ids
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.sequences import NOT_SCORED, NetworkKind, Sampling, SequenceOptions, SequenceSettings
from injerto.data.items import AbstractItem
from injerto.data.sequences.items import Exchange, Passage

_USUAL_BLOCK: Final = 256


@final
class CausalBackbone(AbstractSequenceBackbone):
    """A decoder with its output layer; each score is of the token that comes next."""

    kind: ClassVar[NetworkKind] = "causal"

    def resolve_settings(self, options: SequenceOptions, *, prompts: bool) -> SequenceSettings:
        longest = self.contract.max_length
        length = options.block_length or min(_USUAL_BLOCK, longest)
        if length > longest:
            raise UsageError("block-too-long", asked=length, longest=longest, backbone=self.card.name)
        separator = None if not prompts else "" if self.has_chat_template else "\n"
        return SequenceSettings(block_length=length, separator=separator)

    @property
    def has_chat_template(self) -> bool:
        """Whether the tokenizer says how a chat is written."""
        return bool(getattr(self.tokenizer, "chat_template", None))

    @property
    def first_token(self) -> int | None:
        """What stands before a text: the begin token, or the end token that separates texts (GPT-2)."""
        for token in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        return None

    def rows(
        self, items: Sequence[AbstractItem], settings: SequenceSettings, *, packed: bool
    ) -> tuple[list[TokenRow], int]:
        passages = [(i, item) for i, item in enumerate(items) if isinstance(item, Passage)]
        exchanges = [(i, item) for i, item in enumerate(items) if isinstance(item, Exchange)]
        texts = encode(self.tokenizer, [item.text for _, item in passages], special=False)
        rows: list[TokenRow] = []
        num_long = sum(len(ids) >= settings.block_length for ids in texts)
        if packed:
            ends = [item.is_last for _, item in passages]
            rows += _pack(self._stream(texts, ends), settings.block_length)
        else:
            for (index, item), ids in zip(passages, texts, strict=True):
                rows += self._windows(index, item.text, ids, settings.block_length)
        added, num_cut = self._exchange_rows(exchanges, settings)
        return [*rows, *added], num_long + num_cut

    def length_rule(self, settings: SequenceSettings, *, packed: bool) -> str:
        key = "response" if settings.separator is not None else "packed" if packed else "windows"
        return say(f"language.rule-{key}", length=settings.block_length)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        rows = [row.ids for row in self._checked(items, augment, seeds)]
        return {"input_ids": pad(rows, self.padding), "attention_mask": mask_of(rows)}

    def labels(self, rows: Sequence[TokenRow]) -> Tensor:
        # The score at a token is of the one behind it: the only place where anything is shifted.
        shifted = pad([row.ids for row in rows], NOT_SCORED)
        for index, row in enumerate(rows):
            shifted[index, : row.first_scored] = NOT_SCORED
        return torch.cat([shifted[:, 1:], torch.full((len(rows), 1), NOT_SCORED)], dim=1)

    def forward(self, inputs: Inputs, pool: Pool = "tokens") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        scores: Tensor = self.network(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
        ).logits
        return scores

    def render_prompt(self, prompt: str, turns: Sequence[tuple[str, str]], settings: SequenceSettings) -> str:
        """A prompt as it stands before its response, by the tokenizer's chat template where there is one."""
        if settings.separator is None:
            return prompt
        if self.has_chat_template:
            messages = [{"role": role, "content": content} for role, content in turns or (("user", prompt),)]
            rendered: str = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            return rendered
        return prompt if prompt.endswith(("\n", " ")) else prompt + settings.separator

    @torch.no_grad()
    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        *,
        on_token: Callable[[int], None] | None = None,
    ) -> list[list[int]]:
        """Ids that follow each prompt; prompts of one call have one length, so that nothing is padded.

        `on_token` is given each id of a single prompt as it is drawn.
        """
        assert len({len(prompt) for prompt in prompts}) == 1, "prompts of one length"
        self.network.eval()
        ids = torch.tensor([list(prompt) for prompt in prompts], device=self.device())
        # Past the context positions have no meaning: a network without a sliding window stops there.
        room = max(1, self.contract.max_length - ids.shape[1])
        with quiet_transformers():
            found = self.network.generate(  # type: ignore[operator]
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=min(sampling.max_tokens, room),
                repetition_penalty=sampling.repetition_penalty,
                pad_token_id=self.padding,
                streamer=_IdStreamer(on_token) if on_token is not None else None,
                do_sample=False,
                logits_processor=drawing(sampling),
            )
        return [[int(token) for token in row[ids.shape[1] :]] for row in found.cpu()]

    def encode_prompt(self, text: str, *, most: int) -> list[int]:
        """Ids of a prompt with the token that begins a text, its beginning left out where it is longer than `most`."""
        first = [] if self.first_token is None else [self.first_token]
        ids = encode(self.tokenizer, [text], special=False)[0] if text else []
        ids = ids[-max(1, most - len(first)) :]
        return [*first, *ids] or [self.padding]

    def is_longer(self, text: str, *, most: int) -> bool:
        """Whether `encode_prompt` leaves the beginning of a prompt out."""
        return len(encode(self.tokenizer, [text], special=False)[0]) + (self.first_token is not None) > most

    def _example_scores(self) -> Tensor:
        ids = torch.ones(2, 3, dtype=torch.long)
        return self.forward({"input_ids": ids, "attention_mask": torch.ones_like(ids)})

    def _stream(self, texts: Sequence[Sequence[int]], ends: Sequence[bool]) -> Iterator[int]:
        """All texts as one row of tokens, each begun by the token that begins a text."""
        end = self.tokenizer.eos_token_id
        at_start = True
        for ids, is_last in zip(texts, ends, strict=True):
            if at_start and self.first_token is not None:
                yield self.first_token
            yield from ids
            at_start = is_last
            if is_last and end is not None and end != self.first_token:
                yield int(end)

    def _windows(self, index: int, text: str, ids: Sequence[int], length: int) -> Iterator[TokenRow]:
        """A text to be judged, in windows that each begin a text: every token of it is scored once."""
        first = [] if self.first_token is None else [self.first_token]
        size = length - len(first)
        num_bytes = len(text.encode())
        starts = range(0, max(1, len(ids)), size)
        for start in starts:
            part = ids[start : start + size]
            # Bytes are those of the whole text; each window counts its share of tokens.
            share = round(num_bytes * (start + len(part)) / max(1, len(ids))) - round(
                num_bytes * start / max(1, len(ids))
            )
            yield TokenRow(ids=as_ids([*first, *part]), first_scored=1, num_bytes=share, example=index)

    def _exchange_rows(
        self, exchanges: Sequence[tuple[int, Exchange]], settings: SequenceSettings
    ) -> tuple[list[TokenRow], int]:
        """A row for each: the prompt is given, the response with its end is scored; too long ones lose the prompt's
        beginning, then the response's end."""
        prompts = [self.render_prompt(item.prompt, item.turns, settings) for _, item in exchanges]
        given = encode(self.tokenizer, prompts, special=False)
        answered = encode(self.tokenizer, [item.response for _, item in exchanges], special=False)
        first = [] if self.first_token is None or self.has_chat_template else [self.first_token]
        end = [] if self.tokenizer.eos_token_id is None else [int(self.tokenizer.eos_token_id)]
        rows, num_cut = [], 0
        for (index, item), before, after in zip(exchanges, given, answered, strict=True):
            response = [*after, *end]
            room = settings.block_length - len(first)
            num_cut += len(before) + len(response) > room
            response = response[: room - 1]
            before = before[-max(1, room - len(response)) :] if len(before) + len(response) > room else before
            ids = [*first, *before, *response]
            rows.append(
                TokenRow(
                    ids=as_ids(ids),
                    first_scored=max(1, len(ids) - len(response)),
                    num_bytes=len(item.response.encode()),
                    example=index,
                )
            )
        return rows, num_cut


def _pack(stream: Iterable[int], length: int) -> Iterator[TokenRow]:
    """Rows of exactly `length` tokens, the last one shorter."""
    block: list[int] = []
    for token in stream:
        block.append(token)
        if len(block) == length:
            yield TokenRow(ids=as_ids(block))
            block = []
    if len(block) > 1:
        yield TokenRow(ids=as_ids(block))


class _IdStreamer:
    """What `generate` calls with the prompt first and then with each new id."""

    def __init__(self, on_token: Callable[[int], None]) -> None:
        self._on_token = on_token
        self._is_prompt = True

    def put(self, value: Tensor) -> None:
        if self._is_prompt:
            self._is_prompt = False
            return
        for token in value.reshape(-1).tolist():
            self._on_token(int(token))

    def end(self) -> None:
        """Nothing is held back."""
