"""The engine of tasks whose answer is a text: the gradient phases of a plan, on a network with its own output layer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

import torch
from torch import Tensor, nn

from injerto.activations.cut.cut import make_cut
from injerto.activations.cut.savings import LEAST_GAIN, Savings, measure_savings
from injerto.activations.reading import compute_crossings, compute_token_features
from injerto.activations.runtimes.full_float32 import full_float32
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import Inputs
from injerto.backbones.sequences.encoder_decoder import AbstractEncoderDecoder
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow
from injerto.core.hashing import digest_json
from injerto.core.messages import say
from injerto.core.plan import FreezePlan, Phase, Plan
from injerto.core.progress import Reporter
from injerto.core.seeds import derive_seed, seeded
from injerto.core.training_course import EpochRecord
from injerto.strategies.freezing import Freezing, make_freeze_plan, resolve_freezing
from injerto.strategies.low_rank import insert_low_rank
from injerto.training.checkpoints import Checkpoints
from injerto.training.descent import Descent, load_weights_now
from injerto.training.sequence_folds import (
    AbstractTokenSource,
    CutTokenSource,
    EncodedSource,
    SequenceFold,
    WholeSource,
    count_padding,
)

_CHECKED_ROWS: Final = 3
_TOLERANCE: Final = 1e-4
"""Largest relative difference of the scores from stored states that is still trusted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedSequence:
    """What training left in the backbone, and what happened on the way."""

    history: tuple[EpochRecord, ...]
    freeze_plans: tuple[FreezePlan, ...]
    num_trained: int
    num_padding: int
    tokens_per_second: float | None
    facts: dict[str, float | int | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stored:
    """Where the rows of both splits are read from, and what is said of it."""

    train: AbstractTokenSource
    tune: AbstractTokenSource
    where: str


@final
@dataclass(kw_only=True)
class SequenceEngine:
    """Trains `backbone` in place by one plan. Low-rank updates stay beside the weights: an artifact keeps them apart.

    Args:
        store: where frozen activations are kept; None computes them again in every epoch, with the same result.
        checkpoint_folder: where a killed run continues from; None keeps no checkpoints.
        data_digest: names the examples, for a run to continue on the same ones.
        before_batch: called before each batch; what it raises ends the run.
    """

    plan: Plan
    backbone: AbstractSequenceBackbone
    train: Sequence[TokenRow]
    tune: Sequence[TokenRow]
    train_where: Sequence[str]
    tune_where: Sequence[str]
    reporter: Reporter
    store: ActivationStore | None = None
    checkpoint_folder: Path | None = None
    data_digest: str = ""
    before_batch: Callable[[], None] | None = None
    _facts: dict[str, float | int | str] = field(init=False, default_factory=dict)

    def run(self) -> TrainedSequence:
        """Run every phase; raises `ModelError` when the loss stops being a number."""
        self.backbone.to(self.plan.device)
        checkpoints = self._open_checkpoints()
        resume = checkpoints.load() if checkpoints else None
        history: tuple[EpochRecord, ...] = ()
        freeze_plans: list[FreezePlan] = []
        trained: set[str] = set()
        num_padding = 0
        for index, phase in enumerate(self.plan.phases):
            if phase.trains == "lora":
                self._insert(index, phase)
            if resume and index < resume[0].phase_index:
                continue
            own = resume if resume and resume[0].phase_index == index else None
            if own:
                load_weights_now(own[1], network=self.backbone.network, head=nn.Identity())
                self.reporter.note("run.resumed", phase=phase.name, epoch=own[0].epoch)
            freezing = resolve_freezing(self.backbone, phase)
            trained |= freezing.trained
            self.backbone.eval()
            sources = self._sources(phase, freezing)
            freeze_plans.append(make_freeze_plan(self.backbone, phase, cut=sources.where, has_head=False))
            self.reporter.show(freeze_plans[-1])
            train = self._fold(sources.train, self.train, self.train_where)
            num_padding = count_padding(train, phase.batch_size)
            history = Descent(
                phase=phase,
                phase_index=index,
                backbone=self.backbone,
                head=nn.Identity(),
                freezing=freezing,
                train=train,
                tune=self._fold(sources.tune, self.tune, self.tune_where),
                seed=self.plan.seed,
                run=checkpoints.run if checkpoints else "",
                reporter=self.reporter,
                checkpoints=checkpoints,
                history=history,
                before_batch=self.before_batch,
                exact=self.plan.arithmetic == "exact",
            ).execute(own)
            self.backbone.eval()
        sizes = {name: value.numel() for name, value in self.backbone.network.named_parameters()}
        speeds = [record.tokens_per_second for record in history if record.tokens_per_second is not None]
        return TrainedSequence(
            history=history,
            freeze_plans=tuple(freeze_plans),
            num_trained=sum(sizes[name] for name in trained),
            num_padding=num_padding,
            tokens_per_second=sum(speeds) / len(speeds) if speeds else None,
            facts=self._facts,
        )

    def _insert(self, index: int, phase: Phase) -> None:
        with seeded(derive_seed(self.plan.seed, "lora", index)):
            insert_low_rank(
                self.backbone,
                rank=self.plan.lora_rank,
                num_groups=phase.num_groups,
                leave=self.backbone.output_layers(),
            )
        self.backbone.to(self.plan.device)

    def _open_checkpoints(self) -> Checkpoints | None:
        if self.checkpoint_folder is None:
            return None
        plan = self.plan.model_dump(mode="json", exclude={"search", "reasons"})
        return Checkpoints(self.checkpoint_folder, run=digest_json([plan, self.data_digest, self.backbone.digest]))

    def _fold(self, source: AbstractTokenSource, rows: Sequence[TokenRow], where: Sequence[str]) -> SequenceFold:
        return SequenceFold(source=source, backbone=self.backbone, rows=rows, where=where)

    def _sources(self, phase: Phase, freezing: Freezing) -> _Stored:
        """From the store, where something before the first trained layer group could be stored, was checked, and
        pays; else every layer runs."""
        whole = _Stored(
            train=WholeSource(backbone=self.backbone, rows=self.train),
            tune=WholeSource(backbone=self.backbone, rows=self.tune),
            where=say("freeze.cut-none"),
        )
        if self.store is None or not 0 < freezing.first_group < len(self.backbone.layer_groups):
            return whole
        if isinstance(self.backbone, AbstractEncoderDecoder):
            if self.backbone.is_encoder_frozen(freezing.first_group):
                return self._encoded(self.backbone, phase, self.store) or whole
            return whole
        return self._cut(phase, freezing, self.store) or whole

    def _cut(self, phase: Phase, freezing: Freezing, store: ActivationStore) -> _Stored | None:
        sample = self._sample()
        with full_float32(self.backbone.device()):
            cut = make_cut(self.backbone, freezing.first_group, sample=sample, pool="tokens")
        if cut is None:
            group = self.backbone.layer_groups[freezing.first_group].name
            self.reporter.note("freeze.cut-refused", group=group, backbone=self.backbone.card.name)
            return None
        savings = measure_savings(cut, sample, epochs=phase.epochs)
        if savings.predicted < LEAST_GAIN:
            return None
        stored = compute_crossings(
            cut,
            [*self.train, *self.tune],
            group_index=freezing.first_group,
            store=store,
            precision=self.plan.activation_precision,
            reporter=self.reporter,
        ).stored
        self._facts["cut_gain_predicted"] = savings.predicted
        gain = f"{savings.predicted:.1f}"
        return _Stored(
            train=CutTokenSource(cut, stored, self.train),
            tune=CutTokenSource(cut, stored, self.tune),
            where=say("freeze.cut-at", module=cut.at, gain=gain, epochs=phase.epochs),
        )

    def _encoded(self, backbone: AbstractEncoderDecoder, phase: Phase, store: ActivationStore) -> _Stored | None:
        encoder = backbone.encoder()
        sample = self._sample()
        difference = measure_encoder_difference(backbone, sample)
        if difference > _TOLERANCE:
            self.reporter.note("language.cut-encoder-refused", difference=f"{difference:.1e}")
            return None
        gain = _encoder_savings(backbone, sample, epochs=phase.epochs).predicted
        if gain < LEAST_GAIN:
            return None
        stored = compute_token_features(
            encoder,
            [*self.train, *self.tune],
            store=store,
            precision=self.plan.activation_precision,
            reporter=self.reporter,
        ).stored
        self._facts["cut_gain_predicted"] = gain
        return _Stored(
            train=EncodedSource(backbone, stored, self.train),
            tune=EncodedSource(backbone, stored, self.tune),
            where=say("language.cut-encoder", gain=f"{gain:.1f}", epochs=phase.epochs),
        )

    def _sample(self) -> Inputs:
        rows = self.train[:_CHECKED_ROWS]
        return {name: value.to(self.backbone.device()) for name, value in self.backbone.prepare(rows).items()}


@torch.no_grad()
def measure_encoder_difference(backbone: AbstractEncoderDecoder, inputs: Inputs) -> float:
    """Largest difference between scores from the encoder's own run and from its states handed over, relative."""
    expected: Tensor = backbone(inputs)
    found: Tensor = backbone(inputs | {"encoder_states": backbone.encoder()(inputs)})
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1e-12))


@torch.no_grad()
def _encoder_savings(backbone: AbstractEncoderDecoder, inputs: Inputs, *, epochs: int) -> Savings:
    from torch.utils.flop_counter import FlopCounterMode  # 90 MB of compiler come with it.

    whole, encoder = FlopCounterMode(display=False), FlopCounterMode(display=False)
    with whole:
        backbone(inputs)
    with encoder:
        backbone.encoder()(inputs)
    share = 1 - encoder.get_total_flops() / max(1, whole.get_total_flops())
    return Savings(share=min(1.0, max(0.0, share)), epochs=epochs)
