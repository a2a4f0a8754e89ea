"""One gradient phase: epochs over the training split, early stopping on the tune split, the best weights kept."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Final, final

import torch
from torch import Tensor, nn

from injerto.activations.runtimes.full_float32 import full_float32
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import ModelError
from injerto.core.messages import say
from injerto.core.plan import Phase
from injerto.core.progress import Reporter
from injerto.core.seeds import derive_seed, seeded
from injerto.core.training_course import EpochRecord
from injerto.strategies.freezing import Freezing, apply_freezing
from injerto.training.checkpoints import Checkpoints, Progress
from injerto.training.folds import AbstractFold
from injerto.training.optimization import make_optimizer, optimizer_tensors, restore_optimizer, set_rates

_SILENT_EPOCHS: Final = 6
_STILL: Final = 0.02
"""Share by which the loss has to fall in six epochs of silence, for the run to go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """How far the phase is."""

    epoch: int = 0
    best_loss: float = float("inf")
    epochs_without_gain: int = 0
    history: tuple[EpochRecord, ...] = field(default=())

    def is_over(self, phase: Phase) -> bool:
        stops = phase.keep == "best" and self.epochs_without_gain >= phase.patience
        return self.epoch >= phase.epochs or stops


@final
@dataclass(kw_only=True)
class Descent:
    """Runs one phase. Every random number is keyed by seed, phase, epoch and step, so that a resume is exact."""

    phase: Phase
    phase_index: int
    backbone: AbstractBackbone
    head: nn.Module
    freezing: Freezing
    train: AbstractFold
    tune: AbstractFold
    seed: int
    run: str
    reporter: Reporter
    checkpoints: Checkpoints | None
    history: tuple[EpochRecord, ...] = ()
    before_batch: Callable[[], None] | None = None
    stops_where_nothing_is_said: bool = False
    exact: bool = False
    """Whether a GPU, too, computes in float32 alone."""
    _silent_epochs: int = field(init=False, default=0)

    def execute(self, resume: tuple[Progress, dict[str, Tensor]] | None) -> tuple[EpochRecord, ...]:
        """Train; backbone and head end with the weights that had the least tune loss, the starting ones included, or
        with those of the last epoch where the phase keeps these."""
        with full_float32(self.backbone.device()) if self.exact else nullcontext():
            return self._execute(resume)

    def _execute(self, resume: tuple[Progress, dict[str, Tensor]] | None) -> tuple[EpochRecord, ...]:
        apply_freezing(self.backbone, self.freezing)
        optimizer = make_optimizer(
            self.phase,
            head=self.head,
            backbone=self.backbone.network.named_parameters(),
            rates=self.freezing.rates,
        )
        if resume:
            state, best = self._restore(optimizer, *resume)
        else:
            loss, _ = self._evaluate(self.tune)
            state, best = _State(best_loss=loss, history=self.history), self._snapshot()
        epochs = range(state.epoch, self.phase.epochs)
        label = say("progress.phase", phase=self.phase.name)
        for _ in self.reporter.track(epochs, label=label, total=len(epochs)):
            if state.is_over(self.phase):
                break
            state, best = self._one_epoch(optimizer, state, best)
            self._save(optimizer, state, best, finished=state.is_over(self.phase))
        self._load(best)
        return state.history

    def _check_says_something(self, history: Sequence[EpochRecord]) -> None:
        """Raise `ModelError` where a recogniser has been silent for long and its loss moves no more.

        CTC begins with silence, which is right for most frames. A run that stays there would spend all of its epochs.
        """
        own = [record for record in history if record.phase == self.phase.name]
        self._silent_epochs = self._silent_epochs + 1 if self.tune.says_nothing else 0
        epochs = self._silent_epochs
        if not self.stops_where_nothing_is_said or epochs < max(_SILENT_EPOCHS, self.phase.epochs // 3):
            return
        before, now = own[-_SILENT_EPOCHS].train_loss, own[-1].train_loss
        if now > (1 - _STILL) * before:
            raise ModelError(
                "blank-collapse",
                phase=self.phase.name,
                epochs=epochs,
                number=len(self.tune),
                loss=f"{now:.2f}",
            )

    def _one_epoch(
        self, optimizer: torch.optim.Optimizer, state: _State, best: dict[str, Tensor]
    ) -> tuple[_State, dict[str, Tensor]]:
        start = time.monotonic()
        train_loss = self._train_epoch(optimizer, state.epoch)
        training = max(1e-9, time.monotonic() - start)
        tune_loss, tune_accuracy = self._evaluate(self.tune)
        record = EpochRecord(
            phase=self.phase.name,
            epoch=state.epoch + 1,
            train_loss=train_loss,
            tune_loss=tune_loss,
            tune_accuracy=tune_accuracy,
            metric=self.tune.metric,
            seconds=time.monotonic() - start,
            tokens_per_second=self.train.num_tokens / training if self.train.num_tokens else None,
        )
        self.reporter.show(record)
        self._check_says_something((*state.history, record))
        better = tune_loss < state.best_loss
        new = replace(
            state,
            epoch=state.epoch + 1,
            best_loss=min(tune_loss, state.best_loss),
            epochs_without_gain=0 if better else state.epochs_without_gain + 1,
            history=(*state.history, record),
        )
        return new, self._snapshot() if better or self.phase.keep == "last" else best

    def _train_epoch(self, optimizer: torch.optim.Optimizer, epoch: int) -> float:
        apply_freezing(self.backbone, self.freezing)
        self.head.train()
        batches = self._batches(epoch)
        total = 0.0
        for number, batch in enumerate(batches):
            self._between()
            step = epoch * len(batches) + number
            set_rates(optimizer, self.phase, step=step, num_steps=self.phase.epochs * len(batches))
            with seeded(derive_seed(self.seed, "step", self.phase_index, step)):
                total += self._step(optimizer, batch, epoch) * len(batch)
        return total / sum(map(len, batches))

    def _step(self, optimizer: torch.optim.Optimizer, batch: list[int], epoch: int) -> float:
        with self._precision():
            loss = self.train.training_loss(batch, self.phase, epoch=epoch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        trained = [p for group in optimizer.param_groups for p in group["params"]]
        norm = nn.utils.clip_grad_norm_(trained, self.phase.clip_norm)
        if not bool(torch.isfinite(loss) & torch.isfinite(norm)):
            raise ModelError(
                "loss-not-finite",
                phase=self.phase.name,
                epoch=epoch + 1,
                where=", ".join(self.train.where[i] for i in batch[:3]),
                rate=self.phase.backbone_rate,
            )
        optimizer.step()
        return float(loss.detach())

    def _between(self) -> None:
        if self.before_batch is not None:
            self.before_batch()

    @torch.no_grad()
    def _evaluate(self, fold: AbstractFold) -> tuple[float, float]:
        self.backbone.eval()
        self.head.eval()
        with self._precision():
            return fold.evaluate(before_batch=self._between)

    def _batches(self, epoch: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(derive_seed(self.seed, "order", self.phase_index, epoch))
        return self.train.batches(self.phase.batch_size, generator)

    def _precision(self) -> AbstractContextManager[object]:
        """bfloat16 arithmetic where the device has units for it; on a CPU it is storage, not speed."""
        if self.backbone.device().type == "cuda" and not self.exact and torch.cuda.is_bf16_supported():
            return torch.autocast("cuda", dtype=torch.bfloat16)
        return nullcontext()

    def _changing(self) -> dict[str, Tensor]:
        """What this phase may change: trained parameters, statistics where they update, the head."""
        network = dict(self.backbone.network.named_parameters())
        changing = {f"network.{name}": network[name].data for name in sorted(self.freezing.trained)}
        if self.freezing.update_statistics:
            changing |= {f"network.{name}": value for name, value in self.backbone.network.named_buffers()}
        return changing | {f"head.{name}": value for name, value in self.head.state_dict().items()}

    def _snapshot(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self._changing().items()}

    def _load(self, saved: dict[str, Tensor]) -> None:
        for name, value in self._changing().items():
            value.copy_(saved[name])

    def _save(
        self, optimizer: torch.optim.Optimizer, state: _State, best: dict[str, Tensor], *, finished: bool
    ) -> None:
        if self.checkpoints is None:
            return
        tensors = self._everything_now(optimizer, best)
        progress = Progress(
            run=self.run,
            phase_index=self.phase_index,
            epoch=state.epoch,
            best_loss=state.best_loss,
            epochs_without_gain=state.epochs_without_gain,
            finished=finished,
            history=state.history,
        )
        self.checkpoints.save(progress, tensors)

    def _everything_now(self, optimizer: torch.optim.Optimizer, best: dict[str, Tensor]) -> dict[str, Tensor]:
        whole = {f"network.{name}": value for name, value in self.backbone.network.state_dict().items()}
        whole |= {f"head.{name}": value for name, value in self.head.state_dict().items()}
        named: dict[str, Callable[[], dict[str, Tensor]]] = {
            "now": lambda: whole,
            "best": lambda: best,
            "optimizer": lambda: optimizer_tensors(optimizer),
        }
        # Cloned: the file format refuses tensors that share memory, as tied weights do.
        return {
            f"{part}.{name}": value.detach().cpu().clone()
            for part, tensors in named.items()
            for name, value in tensors().items()
        }

    def _restore(
        self, optimizer: torch.optim.Optimizer, progress: Progress, saved: dict[str, Tensor]
    ) -> tuple[_State, dict[str, Tensor]]:
        restore_optimizer(optimizer, _under("optimizer", saved))
        state = _State(
            epoch=progress.epoch,
            best_loss=progress.best_loss,
            epochs_without_gain=progress.epochs_without_gain,
            history=progress.history,
        )
        device = self.backbone.device()
        return state, {name: value.to(device) for name, value in _under("best", saved).items()}


def _under(part: str, saved: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): value for name, value in saved.items() if name.startswith(f"{part}.")}


def load_weights_now(saved: dict[str, Tensor], *, network: nn.Module, head: nn.Module) -> None:
    """Put the weights of a checkpoint into a network and head of the same structure."""
    now = _under("now", saved)
    network.load_state_dict(_under("network", now), strict=True)
    head.load_state_dict(_under("head", now), strict=True)
