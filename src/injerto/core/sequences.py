"""What travels of a task whose answer is a text: options, settings, evidence, outcomes."""

from typing import Final, Literal

from pydantic import Field

from injerto.core.evidence import Interval, SkippedControl, Verdict
from injerto.core.licence import LicenceOfResult
from injerto.core.outcome import SCHEMA_VERSION, TestReading
from injerto.core.plan import Plan
from injerto.core.provenance import Provenance
from injerto.core.record import Record
from injerto.core.spent import Spent

NOT_SCORED: Final = -100
"""The label of a position that no loss counts: padding, and what was given."""

NetworkKind = Literal["causal", "encoder-decoder", "dictation"]
"""Of a network that writes texts: alone, from another text, or from a recording."""


class SequenceOptions(Record):
    """How texts and pairs of texts are read, where the data do not tell by themselves."""

    text_column: str | None = Field(None, description="column of whole texts, or of what is said in a recording")
    audio_column: str | None = Field(None, description="column of recordings")
    group_column: str | None = Field(None, description="column of speakers, who must not be in two splits")
    prompt_column: str | None = Field(None, description="column that is given; the loss skips it")
    response_column: str | None = Field(None, description="column that is learnt to follow the prompt")
    source_column: str | None = Field(None, description="column to translate from")
    target_column: str | None = Field(None, description="column to translate into")
    target_file: str | None = Field(None, description="the second of two files whose lines are translations")
    source_language: str | None = Field(None, description="language to translate from, such as `en`")
    target_language: str | None = Field(None, description="language to translate into, such as `es`")
    prefix: str | None = Field(None, description="text put before every source; T5 reads its task there")
    block_length: int | None = Field(None, ge=8, le=8192, description="longest row of training in tokens")
    attribute_columns: tuple[str, ...] = Field((), description="columns that are read beside the texts, such as groups")

    def given(self) -> dict[str, str]:
        """What a model's folder keeps of it; where a second file lies on this machine is no one else's business."""
        return {
            name: str(value)
            for name, value in self
            if value is not None and name not in ("target_file", "attribute_columns")
        }


class SequenceSettings(Record):
    """How a trained network reads and writes: resolved from the options, the data and the network."""

    block_length: int = Field(ge=8)
    source_language: str | None = Field(None, description="as the tokenizer calls it, or None where it has no codes")
    target_language: str | None = None
    read_from: str | None = Field(None, description="the source's language, as the data or the user named it")
    read_into: str | None = Field(None, description="the target's language, likewise")
    prefix: str = ""
    separator: str | None = Field(None, description="between prompt and response; None where whole texts are learnt")
    num_beams: int = Field(4, ge=1, le=64)


class Sampling(Record):
    """How a continuation is drawn from a language model."""

    max_tokens: int = Field(128, ge=1, le=100_000)
    temperature: float = Field(0.8, ge=0, le=100, description="0 takes the likeliest token every time")
    top_k: int = Field(50, ge=0, description="draw among so many likeliest tokens; 0 is all")
    top_p: float = Field(0.95, gt=0, le=1, description="draw among the likeliest tokens of this share")
    repetition_penalty: float = Field(1.0, gt=0, le=10, description="above 1, tokens that stood before are less likely")
    seed: int = Field(0, ge=0)


class Sample(Record):
    """One test example beside what the model, and the untouched model, made of it."""

    source: str
    reference: str
    model: str
    untouched: str | None = None


class SequenceControl(Record):
    """Another model on the same test examples."""

    name: str
    metrics: dict[str, float]
    gains: dict[str, Interval] = Field(
        description="by metric, above zero where the model is better: paired bootstrap over test examples"
    )
    verdict: Verdict = Field(description="by the metric that judges the task")
    judges_transfer: bool
    same_as_model: bool = False
    seconds: float | None = None


class SequenceOverfitting(Record):
    """The loss on texts that trained the model beside that on texts that did not."""

    train_loss: float
    tune_loss: float
    gap: float = Field(description="tune minus train, nats a token")
    overfitted: bool
    sentence: str


class SequenceEvidence(Record):
    """What `fit` measures beside the model itself, all on the same test split."""

    verdict: Verdict
    sentence: str
    metric: str = Field(description="the metric that judges")
    minimum_effect: float = Field(description="least gain in it that counts as help or harm")
    metrics: dict[str, Interval]
    signatures: dict[str, str] = Field(default_factory=dict, description="how metrics were computed, by their library")
    controls: tuple[SequenceControl, ...]
    not_run: tuple[SkippedControl, ...] = ()
    overfitting: SequenceOverfitting
    samples: tuple[Sample, ...] = ()


class LengthFacts(Record):
    """Tokens of the training split, and what happens to texts that do not fit."""

    num_rows: int = Field(description="rows that training sees: packed blocks, or one an example")
    num_tokens: int
    num_padding: int = Field(description="padding tokens an epoch, batches filled by length")
    num_too_long: int = Field(description="texts longer than the network reads at once")
    rule: str = Field(description="what is done with these, in one sentence")


class SequenceOutcome(Record):
    """The result of one `fit` of a task whose answer is a text."""

    schema_version: int = SCHEMA_VERSION
    task: str
    backbone: str
    strategy: str
    seed: int
    settings: SequenceSettings
    num_train: int
    num_tune: int
    num_test: int
    num_parameters: int
    num_trained: int = Field(description="parameters that learnt")
    lengths: LengthFacts
    tokens_per_second: float | None = Field(None, description="of training, padding not counted")
    facts: dict[str, float | int | str] = Field(default_factory=dict)
    evidence: SequenceEvidence
    earlier_readings: tuple[TestReading, ...] = ()
    readings_sentence: str | None = None
    notes: tuple[str, ...] = ()
    spent: Spent | None = Field(None, description="operations and energy; null of an earlier version")
    licence: LicenceOfResult | None = Field(None, description="what binds the model; null of an earlier version")
    seconds: float
    artifact: str | None = None


class SequenceEvaluation(Record):
    """The result of one `evaluate`: a trained model, and the untouched one, on texts that they are given."""

    schema_version: int = SCHEMA_VERSION
    model: str
    data: str
    task: str
    num_examples: int
    num_skipped: int
    num_too_long: int = Field(0, description="texts longer than the network reads at once")
    rule: str | None = Field(None, description="what was done with these, in one sentence")
    metrics: dict[str, Interval]
    signatures: dict[str, str] = Field(default_factory=dict)
    untouched: SequenceControl | None = Field(None, description="null where the model was trained from random weights")
    samples: tuple[Sample, ...] = ()
    earlier_readings: tuple[TestReading, ...] = ()
    readings_sentence: str | None = None


class ComparedSequence(Record):
    """One strategy of a comparison; what was not run has `skipped`."""

    strategy: str
    skipped: str | None = None
    num_trained: int = 0
    seconds: float | None = None
    tokens_per_second: float | None = None
    metrics: dict[str, Interval] = Field(default_factory=dict)
    gain: Interval | None = Field(None, description="in the metric that judges, over the first strategy, paired")
    gain_untouched: Interval | None = Field(None, description="the same over the untouched model")


class SequenceComparison(Record):
    """What `compare` measured on the same examples. No test example was read."""

    schema_version: int = SCHEMA_VERSION
    task: str
    backbone: str
    metric: str
    num_train: int
    num_judging: int
    untouched: dict[str, Interval]
    strategies: tuple[ComparedSequence, ...]
    recommended: str
    because: str
    epochs: int | None = Field(
        None, description="passes of each training, as asked for or as fit into the budget; null where each had its own"
    )
    seconds: float


class SequenceRecord(Record):
    """Everything but tensors that rebuilds a trained sequence model: its artifact's `injerto.json`."""

    protocol: int = Field(ge=1)
    kind: str = Field("sequence", pattern="^sequence$")
    task: str
    settings: SequenceSettings
    backbone: Provenance
    vocabulary_digest: str | None = Field(None, description="of the tokens and their numbers; None in old artifacts")
    backbone_included: bool = Field(description="whether the folder `backbone` holds the whole trained network")
    adapter_included: bool = Field(description="whether the folder `adapter` holds low-rank updates in PEFT's format")
    backbone_spec: str = Field(description="where the network that it grew on is loaded from")
    plan: Plan
    versions: dict[str, str]
