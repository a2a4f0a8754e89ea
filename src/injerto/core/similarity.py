"""How like data are to what a network has seen."""

from pydantic import Field

from injerto.core.record import Record


class Similarity(Record):
    """How like the data are to what a network has seen, by what its weights carry; a prior, and weak where measured.

    Everything is None where the weights carry nothing of their source.
    """

    frechet: float | None = Field(
        None,
        description="Fréchet distance of channel statistics to the running ones, over their variance, mean of layers",
    )
    overlap: float | None = Field(None, description="of the same statistics: 1 equal, 0 strangers")
    num_layers: int = Field(0, description="batch norms that were compared")
    known_words: float | None = Field(None, description="share of the words that are one token to the tokenizer")
    num_examples: int = Field(0, description="examples that were looked at")
