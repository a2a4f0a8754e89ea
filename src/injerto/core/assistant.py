"""What a voice assistant is told to do, and what it did."""

from enum import StrEnum

from pydantic import Field, model_validator

from injerto.core.record import Record


class Action(Record):
    """What is done when a command is heard; several things in this order."""

    print: str | None = Field(None, description="a line to write")
    say: str | None = Field(None, description="a line to speak, where the system has a voice, and to write")
    run: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
        description="`module:function` of Python, which must be allowed",
    )

    @model_validator(mode="after")
    def _does_something(self) -> "Action":
        if self.print is None and self.say is None and self.run is None:
            raise ValueError("an action needs one of print, say and run")
        return self


class ActionTable(Record):
    """A file of actions, by the command that each belongs to."""

    threshold: float = Field(0.8, ge=0, le=1, description="how sure a command has to be, as a calibrated probability")
    allow: tuple[str, ...] = Field((), description="the Python functions that actions may run, and no others")
    wake: str | None = Field(None, description="the command without which no other is obeyed")
    wake_seconds: float = Field(8.0, gt=0, description="how long after it others are")
    unknown: tuple[str, ...] = Field(
        ("unknown", "_unknown_", "other", "noise", "silence", "_silence_", "_background_noise_"),
        description="labels that stand for speech which is no command",
    )
    actions: dict[str, Action] = Field(min_length=1)

    @model_validator(mode="after")
    def _runs_only_what_is_allowed(self) -> "ActionTable":
        for name, action in self.actions.items():
            if action.run is not None and action.run not in self.allow:
                raise ValueError(f"action {name} runs {action.run}, which `allow` does not name")
        return self


class Response(StrEnum):
    """What became of something that was said."""

    DONE = "done"
    UNSURE = "unsure"
    """A command, but not sure enough."""
    UNKNOWN = "unknown"
    """Speech that is no command of the table."""
    ASLEEP = "asleep"
    """A command without the word that wakes."""
    FAILED = "failed"
    """The action raised an error."""


class Turn(Record):
    """One thing that was said, and what was done."""

    start: float
    end: float
    heard: str
    command: str | None
    confidence: float
    response: Response
    familiarity: float | None = Field(
        None, description="likeness to the commands' recordings, minus what is asked for; below zero it is foreign"
    )
    output: tuple[str, ...] = ()
