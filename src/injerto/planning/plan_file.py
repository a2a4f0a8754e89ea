"""A plan as a TOML file that a person reads, edits and runs again."""

import tomllib
from pathlib import Path
from typing import Final

import tomli_w
from pydantic import ValidationError

from injerto.core.atomic import write_file
from injerto.core.errors import UsageError
from injerto.core.plan import Plan

_HEADER: Final = """\
# A plan of injerto: `injerto fit DATA --plan THIS --out MODEL` runs it.
# Edit what you like. Where `backbone` or `strategy` is changed, the phases below are made anew to fit; any other
# change is taken as it stands. `reasons` and `search` say why and decide nothing.
"""
_MADE_FOR: Final = "phases_made_for"
_MOST_BYTES: Final = 4 << 20


def write_plan(plan: Plan, path: Path) -> None:
    """Write `path`, whole or not at all."""
    document = {_MADE_FOR: _subject(plan), **plan.model_dump(mode="json", exclude_none=True)}
    write_file(path, _HEADER + "\n" + tomli_w.dumps(document))


def read_plan(path: Path) -> tuple[Plan, bool]:
    """The plan, and whether its phases still belong to its backbone and strategy.

    Raises `UsageError` naming the line or the field that is wrong.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError("plan-unreadable", path=path, reason="it is larger than any plan")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError("plan-missing", path=path) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError("plan-unreadable", path=path, reason=reason) from error
    made_for = document.pop(_MADE_FOR, None)
    try:
        plan = Plan.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "plan"
        raise UsageError("plan-field", path=path, field=field, reason=first["msg"]) from error
    return plan, made_for in (None, _subject(plan))


def _subject(plan: Plan) -> str:
    return f"{plan.strategy} on {plan.backbone}"
