import re
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from injerto.audits.swapping import KINDS, LANGUAGES, guess_language, make_swaps


def swapped(text: str) -> dict[str, str]:
    return {one.kind: one.text for one in make_swaps(text)}


def test_words_are_exchanged_with_their_capitals_and_only_whole_ones() -> None:
    found = swapped("He gave HIS brother the theme of the hero.")
    assert found == {"gender": "She gave HER sister the theme of the hero."}


def test_spanish_texts_get_spanish_words() -> None:
    found = swapped("El rey habló con su hermano en la mezquita de Juan.")
    assert found["gender"] == "La reina habló con su hermana en la mezquita de Juan."
    assert found["names"].endswith("de Mohamed.")
    assert "sinagoga" in found["identity"]


@pytest.mark.parametrize(
    ("text", "language"), [("the cat is on the mat", "en"), ("el gato en la casa", "es"), ("", "en")]
)
def test_the_language_is_that_of_the_little_words(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_a_text_without_such_words_has_no_swap() -> None:
    assert make_swaps("The price of oil rose by 3 %.") == []


@given(st.text(max_size=200))
def test_any_text_can_be_asked_and_all_but_words_stays(text: str) -> None:
    for one in make_swaps(text):
        assert one.text != text
        assert re.findall(r"\d", one.text) == re.findall(r"\d", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_are_lower_case_and_no_row_repeats_a_word(language: str) -> None:
    content = tomllib.loads(
        resources.files("injerto.audits").joinpath("swaps", f"{language}.toml").read_text(encoding="utf-8")
    )
    for kind in KINDS:
        for row in content[kind]:
            assert len(set(row)) == len(row) >= 2
            assert all(word == word.casefold() and word.strip() == word for word in row)
