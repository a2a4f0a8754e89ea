"""What is known of the people, places and languages in the data that a network was pretrained on."""

from typing import Generic, TypeVar

from pydantic import Field

from injerto.core.record import Record

Said = TypeVar("Said")


class Statement(Record, Generic[Said]):
    """What somebody published, and who."""

    what: Said
    source: str


class Coverage(Record):
    """One data set. None is what nobody published, or nobody told us."""

    name: str
    backbones: tuple[str, ...] = Field((), description="networks that have seen it, by their `spec`")
    languages: Statement[tuple[str, ...]] | None = Field(
        None, description="codes of ISO 639; empty where there is no language"
    )
    accents: Statement[str] | None = Field(None, description="varieties of speech")
    places: Statement[str] | None = None
    people: Statement[str] | None = None
    skin_tone: Statement[str] | None = None
