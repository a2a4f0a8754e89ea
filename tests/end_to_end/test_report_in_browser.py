"""The report in a real browser: nothing on the console, nothing asked of a network."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import injerto

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")
_QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def look_at(page: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Lines on the console, and addresses that the page itself asked for."""
    assert BROWSER is not None
    log, profile = folder / "net.json", folder / "profile"
    done = subprocess.run(
        [
            BROWSER,
            *_QUIET,
            f"--user-data-dir={profile}",
            "--enable-logging=stderr",
            f"--log-net-log={log}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "</html>" in done.stdout
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    events = json.loads(log.read_text())["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {}) and "url" in event["params"]]
    # What the browser asks for by itself has no origin; what a page asks for has one, if only an opaque one.
    return console, [one["url"] for one in asked if one["initiator"] != "not an origin" and one["url"][:5] != "file:"]


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
