"""Training labels that the other examples contradict."""

from pydantic import Field

from injerto.core.record import Record


class SuspectLabel(Record):
    """One training example whose label is far less likely than another."""

    where: str = Field(description="file, or file and row; below the data's own folder where it lies there")
    label: str
    likelier: str
    probability: float = Field(description="of the given label, by a head that has not seen the example")
    likelier_probability: float


class SuspectLabels(Record):
    """The most suspect training labels, and about how many may be wrong."""

    suspects: tuple[SuspectLabel, ...] = Field(description="at most 20, the most suspect first")
    num_suspect: int
    num_examples: int = Field(description="training examples that were judged")
    share: float = Field(description="of wrong labels, by the confident joint; hard examples raise it")
    low: float
    high: float
    sentence: str
