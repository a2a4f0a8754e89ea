import ast
import pickle
import re
from pathlib import Path

import pytest

import injerto
from injerto.core import errors
from injerto.core.errors import DataError, InjertoError, error_keys
from injerto.core.messages import keys, placeholders, plain, say

SOURCES = sorted(Path(injerto.__file__).parent.rglob("*.py"))
FAMILIES = {kind.family: kind for kind in InjertoError.__subclasses__()}


def test_every_error_has_a_code_of_a_known_family_and_both_sentences() -> None:
    for key in error_keys():
        code = say(f"errors.{key}.code")
        assert re.fullmatch(r"[A-Z]\d{3}", code), key
        assert code[0] in FAMILIES, key
        assert {f"errors.{key}.what", f"errors.{key}.do"} <= keys(), key


def test_codes_are_not_used_twice() -> None:
    codes = [say(f"errors.{key}.code") for key in error_keys()]
    assert sorted(set(codes)) == sorted(codes)


def test_sentences_have_no_final_stop_because_the_printer_adds_it() -> None:
    for key in error_keys():
        for part in ("what", "do"):
            template = "".join(str(p) for p in _template(f"errors.{key}.{part}"))
            assert not template.endswith("."), key


def _template(key: str) -> str:
    names = placeholders(key)
    return say(key, **dict.fromkeys(names, "x"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(SOURCES[0].parent)))
def test_every_raised_key_is_in_the_catalogue_with_the_right_family(path: Path) -> None:
    for call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(call.func, "id", "")
        kind = getattr(errors, name, None)
        if not (isinstance(kind, type) and issubclass(kind, InjertoError)) or not call.args:
            continue
        key = call.args[0]
        if isinstance(key, ast.Constant):
            assert key.value in error_keys(), f"{path.name}:{call.lineno} {key.value}"
            assert say(f"errors.{key.value}.code")[0] == kind.family, f"{path.name}:{call.lineno}"
            given = {keyword.arg for keyword in call.keywords}
            wanted = placeholders(f"errors.{key.value}.what") | placeholders(f"errors.{key.value}.do")
            assert None in given or wanted <= given, f"{path.name}:{call.lineno} lacks {wanted - given}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(SOURCES[0].parent)))
def test_every_said_key_is_in_the_catalogue(path: Path) -> None:
    for call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
        if getattr(call.func, "id", "") == "say" and call.args and isinstance(call.args[0], ast.Constant):
            key = call.args[0].value
            assert key in keys(), f"{path.name}:{call.lineno} {key}"
            given = {keyword.arg for keyword in call.keywords}
            assert None in given or placeholders(key) <= given, f"{path.name}:{call.lineno} {key}"


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_names_from_files_keep_a_message_on_one_line() -> None:
    error = DataError("path-missing", path="a\nb\x1b[31m")
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert "a\\nb" in str(error)


def test_long_values_are_cut() -> None:
    assert len(plain("x" * 10_000)) == 300


def test_an_error_survives_a_worker_process() -> None:
    copy = pickle.loads(pickle.dumps(DataError("path-missing", path="here")))  # noqa: S301 - made in this line
    assert str(copy) == str(DataError("path-missing", path="here"))
