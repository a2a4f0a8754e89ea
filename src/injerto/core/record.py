"""The base of every record that travels between rooms or comes from outside."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value whose unknown fields are refused, so that a misspelt key is an error and not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_json(self) -> str:
        """Indented JSON with a final newline; stable, so that two equal records give equal files."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote; raises `pydantic.ValidationError` on anything else."""
        return cls.model_validate_json(text)
