"""How frozen layers are run, where there was a choice."""

from collections.abc import Iterable

from rich.console import RenderableType

from injerto.cli.rendering.tables import sentence
from injerto.core.messages import say
from injerto.core.outcome import RuntimeChoice


def render_runtime(choice: RuntimeChoice) -> Iterable[RenderableType]:
    """One sentence where something else than the plain way was taken; else nothing."""
    speed = choice.items_per_second.get(f"{choice.runtime} x{choice.lanes}")
    if speed is None or choice.runtime in ("eager", "folded"):
        return
    yield sentence(
        say(
            "runtime.shown",
            title=choice.title,
            lanes=say("runtime.lanes", number=choice.lanes) if choice.lanes > 1 else "",
            speed=f"{speed:,.0f}",
            reason=choice.reason,
            difference=f"{choice.difference:.0e}",
        )
    )
