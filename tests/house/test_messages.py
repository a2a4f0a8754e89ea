"""Every sentence that the source says is given the values that its text has places for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import injerto
from injerto.core.messages import keys, placeholders

ROOT = Path(injerto.__file__).parent


def said(tree: ast.AST) -> Iterator[tuple[int, str, set[str]]]:
    """Line, key and values of each message whose key is written out and whose values are all named."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args or any(value.arg is None for value in call.keywords):
            continue
        key = call.args[0]
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        given = {str(value.arg) for value in call.keywords}
        if name in ("say", "note"):
            yield call.lineno, key.value, given
        elif f"errors.{key.value}.what" in keys() and name.endswith("Error"):
            yield from ((call.lineno, f"errors.{key.value}.{part}", given) for part in ("what", "do"))


def lacking(key: str, given: set[str]) -> list[str]:
    """Values that the text of a key has places for and is not given; the text itself where there is none."""
    return sorted(placeholders(key) - given) if key in keys() else ["a text"]


@pytest.mark.parametrize("room", sorted(path.name for path in ROOT.iterdir() if path.name != "__pycache__"))
def test_every_message_gets_its_values(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py")) or [ROOT / room]
    missing = [
        f"{file.relative_to(ROOT)}:{line}: {key} lacks {lacking(key, given)}"
        for file in files
        if file.suffix == ".py"
        for line, key, given in said(ast.parse(file.read_text(encoding="utf-8")))
        if lacking(key, given)
    ]
    assert missing == []
