"""What a model answers with: what a page shows of it, and what can be measured of it, depends on that."""

from enum import StrEnum


class AnswerKind(StrEnum):
    """The form of an answer."""

    LABELS = "labels"
    BOXES = "boxes"
    TRANSCRIPT = "transcript"
    TEXT = "text"
    """Written by a model of texts: a translation, a continuation."""
