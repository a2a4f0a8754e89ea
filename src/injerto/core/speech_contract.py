"""How a recording becomes the samples that the weights were trained on."""

from typing import Literal

from pydantic import Field

from injerto.core.record import Record


class SpeechContract(Record):
    """One channel of floating-point samples at one rate, full scale at 1; bound to the weights' digest."""

    kind: Literal["speech"] = "speech"
    sample_rate_hz: int = Field(16_000, ge=1_000, le=384_000)
    full_scale: float = Field(1.0, gt=0, description="value of the loudest sample that can be: 1, or 32768 for int16")
    loudness_dbfs: float | None = Field(
        None, le=0, description="root mean square that every recording is brought to; None leaves it as recorded"
    )
    standardise: bool = Field(False, description="whether every recording has its mean and variance taken to 0 and 1")
    longest_seconds: float = Field(30.0, gt=0, le=3600, description="of a longer recording, the beginning is heard")
