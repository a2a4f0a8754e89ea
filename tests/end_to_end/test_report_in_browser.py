"""The report in a real browser: nothing on the console, nothing asked of a network."""

from pathlib import Path

from browser import look_at, needs_browser

import injerto

pytestmark = needs_browser


def test_the_report_says_nothing_on_the_console_and_asks_for_nothing(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    injerto.fit(pictures, backbone=str(network_folder), strategy="mlp-head", epochs=2, out=tmp_path / "m", device="cpu")
    page = injerto.report(tmp_path / "m", data=pictures)
    assert look_at(page, tmp_path) == ([], [])


def test_this_check_would_see_both(tmp_path: Path) -> None:
    page = tmp_path / "planted.html"
    page.write_text('<!doctype html><img src="http://planted.invalid/x.png"><script>console.error("planted")</script>')
    console, asked = look_at(page, tmp_path)
    assert any("planted" in line for line in console)
    assert asked == ["http://planted.invalid/x.png"]
