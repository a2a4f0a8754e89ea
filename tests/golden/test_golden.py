"""The texts of the program as they were last read by a person; `write.py` makes them anew."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("golden_write", Path(__file__).with_name("write.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
write = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(write)


@pytest.mark.parametrize("name", write.COMMANDS)
def test_the_program_says_what_it_said(name: str) -> None:
    expected = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8")
    assert write.output_of(write.COMMANDS[name]) == expected


@pytest.mark.parametrize("name", write.COMMANDS)
def test_no_line_is_wider_than_a_terminal(name: str) -> None:
    lines = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", [name for name in write.COMMANDS if name.startswith("help-")])
def test_every_command_shows_an_example(name: str) -> None:
    assert "Example: injerto" in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8")
