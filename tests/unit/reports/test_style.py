import re
from importlib import resources

import pytest

STYLE = resources.files("injerto.reports").joinpath("style.css").read_text(encoding="utf-8")
_ROOTS = re.findall(r":root \{(.*?)\}", STYLE, flags=re.S)
LIGHT, DARK, PRINT = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", text)) for text in _ROOTS)
ON_PAPER = ("ink", "soft", "leaf", "blue", "orange", "good", "open", "bad")
ON_WASH = ("good", "open", "bad")


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Between 1 and 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)  # the grey of WCAG's own examples


@pytest.mark.parametrize(("name", "colours"), [("light", LIGHT), ("dark", DARK), ("print", PRINT)])
def test_every_text_can_be_read_in_light_dark_and_print(name: str, colours: dict[str, str]) -> None:
    for ground in ("paper", "card"):
        for text in ON_PAPER:
            assert contrast(colours[text], colours[ground]) >= 4.5, (name, text, ground)
    for text in ON_WASH:
        assert contrast(colours[text], colours[f"{text}-wash"]) >= 4.5, (name, text)
    assert contrast(colours["soft"], colours["track"]) >= 4.5


def test_the_style_asks_for_nothing_and_cannot_end_its_element() -> None:
    assert "@import" not in STYLE
    assert "</" not in STYLE
    assert "url(" not in STYLE


def test_dark_and_print_set_every_colour_that_light_has() -> None:
    assert set(LIGHT) == set(DARK) == set(PRINT)
