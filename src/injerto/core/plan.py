"""What will be done and why: a plan, its phases, the reason of each choice, and the freeze plan as a table."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from injerto.core.arithmetic import Arithmetic
from injerto.core.record import Record
from injerto.core.search import Search

Pool = Literal["pooled", "flatten", "taps", "mean", "cls", "last", "gem", "maps", "queries", "tokens", "frames"]
"""What of a backbone a head reads: its own pooled features; all of its output; the pooled features of every tap; or its
output pooled in another way: the mean, the class token, the last token, the generalised mean; for detection its maps of
several sizes side by side, or what each query of a detector found; `tokens`, what a network that writes texts gives for
each token; or every frame of a recording."""


class Basis(StrEnum):
    """What a choice rests on; the first three are the textbook's considerations."""

    DATA_QUANTITY = "data quantity"
    SIMILARITY = "similarity"
    COMPUTE = "compute"
    MEASUREMENT = "measurement"
    USER = "asked for"
    DEFAULT = "default"


class Reason(Record):
    """Why one line of a plan says what it says."""

    field: str
    choice: str
    basis: Basis
    because: str


class Phase(Record):
    """What trains, how and for how long; everything else is frozen.

    `trains` names the part of the backbone that learns beside the head:

    - `head`: nothing of it;
    - `last`: the last `num_groups` layer groups;
    - `norm-bias`: normalisation layers and biases;
    - `lora`: inserted low-rank updates;
    - `all`: everything.
    """

    name: str
    trains: Literal["head", "last", "norm-bias", "lora", "all"] = "head"
    num_groups: int = Field(0, ge=0, description="layer groups that train, counted from the head, when trains=last")
    solver: Literal["closed-form", "estimator", "gradient"] = "gradient"
    objective: Literal["labels", "pairs", "groups"] = Field(
        "labels",
        description="what a gradient phase learns: the labels, which examples share one (the head waits), or the labels"
        " of the groups that are answered worst",
    )
    epochs: int = Field(0, ge=0, description="passes over the training split, 0 for a solver without passes")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="peak rate of the head")
    backbone_rate: float = Field(1e-4, gt=0, le=10, description="peak rate of the last trained layer group")
    layer_decay: float = Field(1.0, gt=0, le=1, description="factor on the rate for each group further from the head")
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    weight_decay: float = Field(1e-4, ge=0, le=1)
    warmup: float = Field(0.1, ge=0, le=1, description="share of the steps in which the rate rises")
    schedule: Literal["cosine", "constant"] = "cosine"
    batch_size: int = Field(32, ge=1, le=65536)
    batch_norm: Literal["frozen", "update"] = Field("frozen", description="statistics of trained batch norms")
    augment: Literal["none", "crop", "crop-flip", "scale-flip"] = "none"
    views: int = Field(
        0, ge=0, le=64, description="augmented views of each training example that are stored; 0 makes one an epoch"
    )
    mixup: float = Field(0.0, ge=0, le=10, description="of stored values: both parameters of the beta distribution")
    noise: float = Field(0.0, ge=0, le=10, description="on stored values, in standard deviations of a batch")
    clip_norm: float = Field(1.0, gt=0, description="largest gradient norm")
    patience: int = Field(5, ge=1, description="epochs without a better tune loss before the phase stops")
    keep: Literal["best", "last"] = Field(
        "best",
        description="weights of the epoch of least tune loss, or those at the end of the schedule, which is then run",
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1)


class FreezeRow(Record):
    """One layer group in the freeze plan of a phase."""

    group: str
    trained: bool
    learning_rate: float | None
    batch_norm: Literal["none", "frozen", "update"]
    num_parameters: int
    num_trained: int


class FreezePlan(Record):
    """The freeze plan of one phase: what the user sees before training starts."""

    phase: str
    cut: str = Field(description="the layer group at which the frozen prefix ends, or why there is none")
    rows: tuple[FreezeRow, ...]
    has_head: bool = Field(True, description="whether a new head learns beside the groups")


class Plan(Record):
    """Everything that decides a run; the same plan, data and seed give the same result."""

    task: str
    backbone: str
    strategy: str
    head: str = Field(description="name of the head; `output layer` where the network comes with its own")
    phases: tuple[Phase, ...]
    seed: int = 0
    device: str = "cpu"
    head_options: dict[str, float | int | str | bool] = Field(default_factory=dict)
    pool: Pool = Field("pooled", description="what of the backbone the head reads")
    from_scratch: bool = Field(False, description="random weights instead of the pretrained ones")
    activation_precision: Literal["fp32", "fp16"] = Field(
        "fp16", description="how activations at a cut are stored; features of a whole backbone stay fp32"
    )
    arithmetic: Arithmetic = Field(
        "close",
        description="how coarsely frozen layers may be computed: exact (float32, and so is training), close (half "
        "precision too, where it is nearly equal) or int8 (integers too, where their error is measured and not large)",
    )
    lora_rank: int = Field(8, ge=1, le=256, description="rank of the low-rank update, when a phase trains lora")
    input_size: tuple[int, int] | None = Field(
        None, description="width and height in which whole pictures are read, for detection; else the backbone's own"
    )
    minimum_effect: float = Field(
        0.01, ge=0, lt=1, description="least gain in accuracy that counts as help; fixed before the test split is read"
    )
    reasons: tuple[Reason, ...] = ()
    search: Search | None = Field(None, description="what was measured before choosing; decides nothing any more")
