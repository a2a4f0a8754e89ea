"""What a search looked at before it chose: backbones with their scores, strategies with their gains."""

from typing import Literal

from pydantic import Field

from injerto.core.record import Record


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


class Rung(Record):
    """One strategy tried on one backbone."""

    backbone: str
    strategy: str
    outcome: Literal["first", "better", "not better", "skipped"]
    because: str = Field(description="one sentence")
    accuracy: float | None = Field(None, description="on examples that neither trained nor stopped it")
    gain: float | None = Field(None, description="over the best rung before it, paired by example")
    standard_error: float | None = Field(None, description="of the gain")
    num_examples: int = Field(0, description="examples that judged it")
    predicted_seconds: float | None = Field(None, description="at most, from a step of training that was timed")
    seconds: float | None = None


class Search(Record):
    """Everything that was tried, with the budget it had."""

    budget_seconds: float | None = Field(None, description="None where no deadline was given")
    seconds: float
    num_examples: int = Field(description="examples that scored the backbones")
    scores: tuple[BackboneScore, ...]
    rungs: tuple[Rung, ...]
    left_out: dict[str, str] = Field(default_factory=dict, description="candidates that were not tried, and why")
