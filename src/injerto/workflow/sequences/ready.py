"""Texts that were read and split, the network that learns from them, and its rows: as every verb starts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

from injerto.backbones.licences import licence_warning
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.backbones.sequences.plain import is_plain, make_plain
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow
from injerto.core.errors import HubError, UsageError
from injerto.core.languages import language_code
from injerto.core.messages import say
from injerto.core.plan import Basis, Reason
from injerto.core.progress import Reporter
from injerto.core.sequences import LengthFacts, NetworkKind, SequenceOptions, SequenceSettings
from injerto.core.survey import Survey
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData, Splits
from injerto.data.sequences.items import Exchange, Pair, Passage
from injerto.data.sequences.reading import read_sequences
from injerto.data.sequences.splitting import split_sequences
from injerto.data.sequences.spoken import as_spoken, read_spoken
from injerto.data.sequences.surveying import survey_sequences
from injerto.data.splitting import make_splits
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.workflow.sequences.routing import sequence_task

_GENERATOR: Final = "gpt2"
_LISTENER: Final = "hf:openai/whisper-tiny"
_TRANSLATOR: Final = "hf:Helsinki-NLP/opus-mt-{source}-{target}"


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ReadySequences:
    """Data that were read, split and surveyed."""

    task_name: str
    task: AbstractSequenceTask
    data: LabelledData
    splits: Splits
    survey: Survey
    options: SequenceOptions

    def items(self, positions: Iterable[int]) -> list[AbstractItem]:
        return [self.data.examples[int(i)].item for i in positions]

    def where(self, rows: Sequence[TokenRow], positions: Sequence[int]) -> list[str]:
        """What messages call each row: its example, or the data where a row is packed of several."""
        names = [self.data.examples[int(i)].where for i in positions]
        return [names[row.example] if row.example >= 0 else self.data.source for row in rows]

    @property
    def has_prompts(self) -> bool:
        return any(isinstance(example.item, Exchange) for example in self.data.examples)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Rows of train and tune, and what was counted of them."""

    train: list[TokenRow]
    tune: list[TokenRow]
    train_where: list[str]
    tune_where: list[str]
    num_long: int
    rule: str


def read_ready_sequences(data: Any, task_name: str, options: SequenceOptions, seed: int) -> ReadySequences:
    """Read, split and survey; raises `DataError` and `UsageError` as the readers do."""
    task = sequence_task(task_name)
    assert task is not None
    if task.reads_recordings:
        transcribed = read_spoken(data, options)
        splits, read = make_splits(transcribed, seed=seed), as_spoken(transcribed)
    else:
        read, options = read_sequences(data, options, pairs=task.reads_pairs)
        splits = split_sequences(read, seed=seed)
    survey = survey_sequences(read, splits, task=task_name)
    return ReadySequences(task_name=task_name, task=task(), data=read, splits=splits, survey=survey, options=options)


def choose_sequence_backbone(
    asked: str | None, ready: ReadySequences, seed: int
) -> tuple[Callable[..., AbstractSequenceBackbone], Reason]:
    """`load(pretrained=…)` for the network that was asked for, or the usual one of the task, and why."""
    task = ready.task
    if asked is not None:
        reason = Reason(field="backbone", choice=asked, basis=Basis.USER, because=say("plan.asked"))
    else:
        asked = _usual(ready)
        reason = Reason(field="backbone", choice=asked, basis=Basis.DEFAULT, because=say("language.backbone-default"))
        return partial(_load_usual, asked, kind=task.network, seed=seed), reason
    spec, kind = asked, task.network
    if not is_plain(asked):
        return partial(load_sequence_backbone, asked, kind=kind, seed=seed), reason
    if kind == "dictation":
        raise UsageError("plain-hears-nothing", task=ready.task_name)
    made_kind = kind  # Of a function within, a checker forgets what is known of `kind`.

    def make(*, pretrained: bool = False, seed: int = seed) -> AbstractSequenceBackbone:
        # Random either way: a plain network has no pretrained weights.
        return make_plain(spec, _texts(ready), kind=made_kind, seed=seed)

    return make, reason


def make_rows(backbone: AbstractSequenceBackbone, ready: ReadySequences, settings: SequenceSettings) -> Rows:
    """Rows of train and tune; whole texts are packed."""
    made, num_long = {}, 0
    for name, positions in (("train", ready.splits.train), ("tune", ready.splits.tune)):
        made[name], number = backbone.rows(ready.items(positions), settings, packed=True)
        num_long += number if name == "train" else 0
    return Rows(
        train=made["train"],
        tune=made["tune"],
        train_where=ready.where(made["train"], list(ready.splits.train)),
        tune_where=ready.where(made["tune"], list(ready.splits.tune)),
        num_long=num_long,
        rule=backbone.length_rule(settings, packed=True),
    )


def count_lengths(rows: Rows, num_padding: int) -> LengthFacts:
    """What training reads."""
    return LengthFacts(
        num_rows=len(rows.train),
        num_tokens=sum(row.length for row in rows.train),
        num_padding=num_padding,
        num_too_long=rows.num_long,
        rule=rows.rule,
    )


def say_inherited(backbone: AbstractSequenceBackbone, reporter: Reporter) -> None:
    """What the user should know of a network and its tokenizer before it is trained."""
    if (warning := licence_warning(backbone.card)) is not None:
        reporter.note("run.licence", warning=warning)
    if backbone.card.name == "plain":
        reporter.note("language.tokenizer-trained", number=backbone.vocabulary_size)
    if backbone.num_new_tokens:
        reporter.note("language.new-tokens", number=backbone.num_new_tokens)
    if backbone.tokenizer.pad_token_id is None:
        token = backbone.tokenizer.convert_ids_to_tokens(backbone.padding)
        reporter.note("language.no-padding", token=token)


def _usual(ready: ReadySequences) -> str:
    if ready.task.reads_recordings:
        return _LISTENER
    if not ready.task.reads_pairs:
        return _GENERATOR
    codes = [language_code(name or "") for name in (ready.options.source_language, ready.options.target_language)]
    if None in codes:
        raise UsageError("language-missing", backbone="Marian", side="source and target")
    return _TRANSLATOR.format(source=codes[0], target=codes[1])


def _load_usual(spec: str, *, kind: NetworkKind, pretrained: bool = True, seed: int) -> AbstractSequenceBackbone:
    try:
        return load_sequence_backbone(spec, kind=kind, pretrained=pretrained, seed=seed)
    except HubError as error:
        if kind == "dictation":
            raise
        raise HubError("hub-usual", why=error.what, advice=error.do) from error


def _texts(ready: ReadySequences) -> Iterator[str]:
    """The texts of the training split, which alone may decide a vocabulary."""
    for item in ready.items(ready.splits.train):
        if isinstance(item, Pair):
            yield item.source
            yield item.target
        elif isinstance(item, Exchange):
            yield item.prompt
            yield item.response
        else:
            assert isinstance(item, Passage)
            yield item.text
