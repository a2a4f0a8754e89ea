"""Whisper with its decoder: thirty seconds in, what is said in them out."""

# B batch, N samples, F windows of 10 ms, M bands, T tokens.

from collections.abc import Sequence
from typing import Any, ClassVar, Final, cast, final

import numpy as np
import torch
from torch import Tensor
from transformers import GenerationMixin
from transformers.modeling_outputs import BaseModelOutput

from injerto.backbones.backbone import Inputs, Pool
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.near_names import nearest
from injerto.backbones.pooling import check_pool
from injerto.backbones.sequences.encoder_decoder import AbstractEncoderDecoder
from injerto.backbones.sequences.lone_encoder import AbstractLoneEncoder
from injerto.backbones.sequences.sequence_backbone import encode, pad, token_rows
from injerto.backbones.sequences.token_rows import Ids, TokenRow, as_ids
from injerto.backbones.speech.whisper_encoder import WhisperMel, longest_seconds
from injerto.core.errors import UsageError
from injerto.core.languages import language_code
from injerto.core.provenance import BackboneCard, TextContract
from injerto.core.sequences import NOT_SCORED, NetworkKind, SequenceOptions, SequenceSettings
from injerto.core.speech_contract import SpeechContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording
from injerto.data.sequences.items import Spoken
from injerto.data.sound_decoding import resample

_RATE: Final = 16_000
_TRANSCRIBE: Final = "<|transcribe|>"
_WITHOUT_TIMES: Final = "<|notimestamps|>"
_USUAL_BLOCK: Final = 128


@final
class WhisperBackbone(AbstractEncoderDecoder):
    """Radford et al. 2022, arXiv 2212.04356.

    The decoder is given the beginning, the language, `<|transcribe|>` and `<|notimestamps|>`, as far as its tokenizer
    has them, and writes the rest. Longer recordings than the encoder hears at once are cut before they come here.
    """

    kind: ClassVar[NetworkKind] = "dictation"

    def __init__(
        self, network: Any, *, tokenizer: Any, spec: str, card: BackboneCard, contract: TextContract, pretrained: bool
    ) -> None:
        config = network.config
        self._mel = (WhisperMel(config.num_mel_bins, 2 * config.max_source_positions),)  # In a tuple: it is no layer.
        super().__init__(network, tokenizer=tokenizer, spec=spec, card=card, contract=contract, pretrained=pretrained)
        self.modality = Modality.AUDIO

    @property
    def languages(self) -> dict[str, int]:
        """Token ids of the languages that it can be told, by code; none for one that knows English alone."""
        found = {}
        for token, number in self.tokenizer.get_added_vocab().items():
            code = token[2:-2] if token.startswith("<|") and token.endswith("|>") else ""
            if 2 <= len(code) <= 3 and code.isalpha():
                found[code] = int(number)
        return found

    @property
    def longest_seconds(self) -> float:
        """What it hears at once."""
        return longest_seconds(self.network.config)

    def resolve_settings(self, options: SequenceOptions, *, prompts: bool) -> SequenceSettings:
        longest = self.contract.max_length
        length = options.block_length or min(_USUAL_BLOCK, longest)
        if length > longest:
            raise UsageError("block-too-long", asked=length, longest=longest, backbone=self.card.name)
        return SequenceSettings(block_length=length, source_language=self.find_language(options.source_language))

    def find_language(self, asked: str | None) -> str | None:
        """The token of a language; None where the network knows one alone. Raises `UsageError` where none is clear."""
        known = self.languages
        if not known:
            return None
        if asked is None:
            raise UsageError("spoken-language-missing", backbone=self.card.name)
        code = asked[2:-2] if asked.startswith("<|") else language_code(asked) or asked.lower()
        if code not in known:
            near = nearest(code, list(known))
            raise UsageError("language-unknown", language=asked, backbone=self.card.name, near=near)
        return f"<|{code}|>"

    def rows(
        self, items: Sequence[AbstractItem], settings: SequenceSettings, *, packed: bool
    ) -> tuple[list[TokenRow], int]:
        spoken = [item for item in items if isinstance(item, Spoken)]
        given = as_ids(self._given(settings.source_language))
        end = int(self.network.config.eos_token_id)  # type: ignore[union-attr,arg-type]
        room = settings.block_length - len(given)
        targets = encode(self.tokenizer, [" " + item.text for item in spoken], special=False)
        rows = [
            TokenRow(
                ids=as_ids([]),
                target=as_ids([*target[: room - 1], end]),
                given=given,
                recording=item.recording,
                num_bytes=len(item.text.encode()),
                example=index,
            )
            for index, (item, target) in enumerate(zip(spoken, targets, strict=True))
        ]
        return rows, sum(len(target) >= room for target in targets)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        rows = self._checked(items, augment, seeds)
        return {"input_features": self.read_bands(rows), **self.decoder_inputs(rows)}

    def decoder_inputs(self, rows: Sequence[TokenRow]) -> Inputs:
        both = [np.concatenate(_sides(row)) for row in rows]
        return {"decoder_input_ids": pad([ids[:-1] for ids in both], self.padding)}

    def labels(self, rows: Sequence[TokenRow]) -> Tensor:
        sides = [_sides(row) for row in rows]
        return pad(
            [np.concatenate([np.full(len(given) - 1, NOT_SCORED), target]) for given, target in sides], NOT_SCORED
        )

    def read_bands(self, rows: Sequence[TokenRow]) -> Tensor:
        """Log-mel bands, shape (batch, bands, windows); silence behind the recordings."""
        samples = [read_samples(row.recording, seconds=longest_seconds(self.network.config)) for row in rows]
        padded = torch.zeros(len(samples), max(map(len, samples), default=0))
        for row, values in zip(padded, samples, strict=True):
            row[: len(values)] = torch.from_numpy(values)
        return cast(Tensor, self._mel[0](padded))

    def forward(self, inputs: Inputs, pool: Pool = "tokens") -> Tensor:
        """Scores; from `encoder_states` where these are given, else the encoder runs too."""
        check_pool(pool, self.pools, spec=self.spec)
        if "encoder_states" in inputs:
            given: dict[str, Any] = {"encoder_outputs": BaseModelOutput(last_hidden_state=inputs["encoder_states"])}
        else:
            given = {"input_features": inputs["input_features"]}
        scores: Tensor = self.network(decoder_input_ids=inputs["decoder_input_ids"], use_cache=False, **given).logits
        return scores

    def encoder(self) -> "SoundEncoder":
        return SoundEncoder(self)

    @torch.no_grad()
    def write_ids(self, rows: Sequence[TokenRow], settings: SequenceSettings, *, num_beams: int) -> Tensor:
        self.network.eval()
        prompt = self._given(settings.source_language)
        with quiet_transformers():
            # The search of every other network: Whisper's own cuts and times by itself what is cut and timed here.
            found = GenerationMixin.generate(
                self.network,
                inputs=self.read_bands(rows).to(self.device()),
                decoder_input_ids=torch.tensor([prompt] * len(rows), device=self.device()),
                num_beams=num_beams,
                do_sample=False,
                max_new_tokens=settings.block_length - len(prompt),
                max_length=None,
                early_stopping=num_beams > 1,
                pad_token_id=self.padding,
            )
        return torch.as_tensor(found).cpu()[:, len(prompt) :]

    @torch.no_grad()
    def hear_language(self, recordings: Sequence[AbstractRecording]) -> str | None:
        """The likeliest language of all recordings together, as its token; None where the network knows one alone."""
        known = self.languages
        if not known:
            return None
        total = torch.zeros(len(known))
        for recording in recordings:
            row = TokenRow(ids=as_ids([]), recording=recording)
            start = torch.tensor([[self._start()]], device=self.device())
            bands = self.read_bands([row]).to(self.device())
            scores = self.forward({"input_features": bands, "decoder_input_ids": start})[0, 0].float().cpu()
            total += scores.log_softmax(0)[list(known.values())]
        return f"<|{list(known)[int(total.argmax())]}|>"

    def save_network(self, folder: str) -> None:
        super().save_network(folder)
        self._reader().save_pretrained(folder)

    def _reader(self) -> Any:
        from transformers import WhisperFeatureExtractor

        config: Any = self.network.config
        seconds = int(longest_seconds(config))
        return WhisperFeatureExtractor(feature_size=config.num_mel_bins, chunk_length=seconds)

    def _start(self) -> int:
        config: Any = self.network.config
        return int(config.decoder_start_token_id)

    def _given(self, language: str | None) -> list[int]:
        tokens = [language, *((_TRANSCRIBE,) if language is not None else ()), _WITHOUT_TIMES]
        known = self.tokenizer.get_vocab()
        return [self._start(), *(int(known[token]) for token in tokens if token in known)]

    def _example_scores(self) -> Tensor:
        config: Any = self.network.config
        bands = torch.zeros(2, config.num_mel_bins, 2 * config.max_source_positions)
        return self.forward({"input_features": bands, "decoder_input_ids": torch.ones(2, 3, dtype=torch.long)})


@final
class SoundEncoder(AbstractLoneEncoder):
    """The encoder of Whisper as a network of its own: its last states, shape (batch, frames, width)."""

    contract: SpeechContract

    def __init__(self, whole: WhisperBackbone) -> None:
        config: Any = whole.network.config
        super().__init__(whole, SpeechContract(sample_rate_hz=_RATE, longest_seconds=longest_seconds(config)))
        self._whole = (whole,)  # In a tuple, for its encoder is here already.
        self._num_frames = int(config.max_source_positions)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        return {"input_features": self._whole[0].read_bands(token_rows(items))}

    def lengths(self, items: Sequence[AbstractItem]) -> list[int]:
        return [self._num_frames] * len(items)

    def row_counts(self, inputs: Inputs) -> list[int]:
        return [self._num_frames] * len(inputs["input_features"])

    def forward(self, inputs: Inputs, pool: Pool = "tokens") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        states: Tensor = self.network(inputs["input_features"]).last_hidden_state
        return states


def read_samples(recording: AbstractRecording | None, *, seconds: float) -> np.ndarray:
    """What the network hears of a recording, shape (samples,)."""
    assert recording is not None, "a row of a network that hears has a recording"
    sound = recording.read()
    kept = sound.samples[: int(seconds * sound.sample_rate_hz) + 1]
    return np.asarray(resample(kept, sound.sample_rate_hz, _RATE)[: int(seconds * _RATE)], dtype=np.float32)


def _sides(row: TokenRow) -> tuple[Ids, Ids]:
    """What the decoder is given of a row, and what it is to write."""
    assert row.given is not None
    assert row.target is not None
    return row.given, row.target
