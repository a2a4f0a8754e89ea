"""One disagreement between an input and the preprocessing contract of the weights that read it."""

from pydantic import Field

from injerto.core.record import Record


class InputFinding(Record):
    """A fault of an input, found before anything is trained."""

    name: str = Field(description="stable name of the fault, such as `channel-order`")
    measured: dict[str, float] = Field(description="the numbers on which it rests")
    sentence: str = Field(description="one line: what, what was measured, what to do")
