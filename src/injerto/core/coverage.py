"""What is known of the people, places and languages in the data that a network was pretrained on."""

from pydantic import Field, model_validator

from injerto.core.record import Record


class Coverage(Record):
    """One data set. None is what nobody published, or nobody told us; each statement has its source."""

    name: str
    backbones: tuple[str, ...] = Field((), description="networks that have seen it, by their `spec`")
    languages: tuple[str, ...] | None = Field(None, description="codes of ISO 639; empty where there is no language")
    languages_source: str | None = None
    accents: str | None = Field(None, description="varieties of speech")
    accents_source: str | None = None
    places: str | None = None
    places_source: str | None = None
    people: str | None = None
    people_source: str | None = None
    skin_tone: str | None = None
    skin_tone_source: str | None = None

    @model_validator(mode="after")
    def _sources(self) -> "Coverage":
        """What is stated has a source, and a source states something."""
        stated = {
            "languages": (self.languages, self.languages_source),
            "accents": (self.accents, self.accents_source),
            "places": (self.places, self.places_source),
            "people": (self.people, self.people_source),
            "skin_tone": (self.skin_tone, self.skin_tone_source),
        }
        if wrong := [name for name, (what, source) in stated.items() if (what is None) != (source is None)]:
            raise ValueError(f"{', '.join(wrong)} of {self.name}: a statement and its source come together")
        return self
