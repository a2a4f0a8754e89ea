"""How like data are to what a network has seen, or to a reference set."""

from pydantic import Field

from injerto.core.record import Record


class Similarity(Record):
    """How like the data are to what a network has seen, by what its weights carry, else to a reference set.

    A prior, and weak where measured. Everything is None where the weights carry nothing and no reference was given.
    """

    frechet: float | None = Field(
        None,
        description="Fréchet distance of channel statistics to the running ones, over their variance, mean of layers",
    )
    overlap: float | None = Field(None, description="of the same statistics: 1 equal, 0 strangers")
    num_layers: int = Field(0, description="batch norms, or taps beside a reference set, that were compared")
    known_words: float | None = Field(None, description="share of the words that are one token to the tokenizer")
    num_examples: int = Field(0, description="examples that were looked at")
    num_reference: int = Field(0, description="examples of the reference set that stands for the source; 0 where none")
