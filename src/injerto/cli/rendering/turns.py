"""What an assistant heard and did, a line each."""

from rich.text import Text

from injerto.core.assistant import Response, Turn
from injerto.core.messages import say

_STYLES = {Response.DONE: "bold green", Response.FAILED: "bold red"}


def render_turn(turn: Turn) -> Text:
    """Time, what was heard, how sure, and what became of it."""
    line = say(
        f"assistant.{turn.response}",
        start=f"{turn.start:.1f}",
        heard=turn.heard or "–",
        command=turn.command or "–",
        confidence=f"{100 * turn.confidence:.0f}",
        output="; ".join(turn.output),
    )
    return Text(line, style=_STYLES.get(turn.response, ""))
