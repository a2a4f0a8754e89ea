"""What a search looked at before it chose: backbones with their scores, strategies with their gains."""

from typing import Literal

from pydantic import Field

from injerto.core.limits import Limits
from injerto.core.record import Record
from injerto.core.similarity import Similarity


class BackboneScore(Record):
    """One candidate, from one forward pass over examples that never test. Scores order a race; they decide nothing."""

    name: str
    spec: str
    num_parameters: int
    license: str | None = None
    accuracy: float = Field(description="left-out accuracy of a head in closed form on the last layer")
    several_layers: float = Field(description="the same on up to four layers")
    nearest: float = Field(description="share of examples whose nearest neighbour carries their label")
    log_evidence: float = Field(description="LogME, You et al. 2021, arXiv 2102.11005; higher is better")
    h_score: float = Field(description="Bao et al. 2019, shrunk as in arXiv 2110.06893; higher is better")
    rank_sum: int = Field(description="places by accuracy, neighbours, LogME, H-score and size added; lower is better")
    kept: bool = Field(description="whether it went on into the race")
    similarity: Similarity | None = Field(None, description="None where there was no time to look")


class TrialCost(Record):
    """What trying one strategy once on one candidate is predicted to take."""

    strategy: str
    seconds: float = Field(description="expected, with early stopping as it went before on this machine or by default")
    most_seconds: float = Field(description="with every epoch of the plan")
    peak_mb: float = Field(description="10^6 bytes of memory at its peak, what the process holds already included")
    energy_wh: float | None = Field(None, description="watt-hours; None where not asked for or not known")


class CandidateCost(Record):
    """What one candidate is predicted to take on this machine, before anything long runs."""

    name: str
    how: Literal["timed", "by size"] = Field(description="a batch was timed, or scaled from another by operations")
    forward_gflop: float = Field(description="10^9 operations of one example's forward pass, 2 for a multiplication")
    read_seconds: float = Field(description="of one example: reading and preparing")
    forward_seconds: float = Field(description="of one example, in the runtime that the pass uses")
    num_examples: int = Field(description="examples of the first pass, without those whose features are stored")
    pass_seconds: float = Field(description="first pass over them, scoring included")
    pass_wh: float | None = Field(None, description="energy of the pass; None where not asked for or not known")
    disk_mb: float = Field(description="10^6 bytes that the activation store will hold of it")
    trials: tuple[TrialCost, ...] = Field((), description="one third of the race each, in its order")


class Power(Record):
    """Where figures of energy come from."""

    source: Literal["rapl", "given", "none"] = Field(
        description="counters of the processor, a figure of the user, or nothing that could be read"
    )
    watts: float | None = Field(None, description="while batches were timed, or as given")
    measured_wh: float | None = Field(None, description="of the whole search, where counters could be read")


class Probes(Record):
    """Whether the chosen network wants to be adapted, in two gains of accuracy that no full training is needed for."""

    several_layers: float = Field(description="a head on up to four layers over one on the last, left out")
    tuning: float | None = Field(
        None, description="tuning over a head alone, on examples unseen by both; None where nothing was tuned"
    )
    standard_error: float | None = Field(None, description="of `tuning`, paired by example")
    tuned_by: str | None = Field(None, description="the first way to train the network itself that was tried")


class PassTime(Record):
    """The first pass over all candidates: predicted before it, and as it was."""

    predicted_seconds: float
    seconds: float
    num_planned: int = Field(description="examples that there was time for by the prediction")
    num_scored: int = Field(description="examples that were scored when the time was over")


class Rung(Record):
    """One strategy tried on one backbone."""

    backbone: str
    strategy: str
    outcome: Literal["first", "better", "not better", "skipped"]
    because: str = Field(description="one sentence")
    accuracy: float | None = Field(None, description="on examples that neither trained nor stopped it")
    gain: float | None = Field(None, description="over the best rung before it, paired by example")
    standard_error: float | None = Field(None, description="of the gain")
    loss_gain: float | None = Field(None, description="log loss saved an example, paired as well")
    loss_standard_error: float | None = Field(None, description="of the loss gain")
    num_examples: int = Field(0, description="examples that judged it")
    predicted_seconds: float | None = Field(None, description="expected, before it ran")
    most_seconds: float | None = Field(None, description="at most: every epoch, from a step of training that was timed")
    seconds: float | None = None


class Search(Record):
    """Everything that was tried, with the budget it had."""

    budget_seconds: float | None = Field(None, description="None where no deadline was given")
    seconds: float
    start_seconds: float = Field(0.0, description="of these, for loading the candidates and reading the data")
    num_examples: int = Field(description="examples that scored the backbones")
    scores: tuple[BackboneScore, ...]
    rungs: tuple[Rung, ...]
    costs: tuple[CandidateCost, ...] = Field((), description="predicted before the first pass")
    first_pass: PassTime | None = None
    probes: Probes | None = Field(None, description="of the chosen backbone; None where nothing was raced")
    power: Power | None = Field(None, description="None where energy was not asked for")
    limits: Limits | None = Field(None, description="None where no candidate had to keep to any")
    left_out: dict[str, str] = Field(default_factory=dict, description="candidates that were not tried, and why")
