"""A page in a real browser: what it says on the console, and what it asks of a network."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
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


needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")
