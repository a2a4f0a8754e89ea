"""A model of texts in a language that its encoder never saw says so: audit, card and command line."""

import csv
import json
from pathlib import Path

import pytest

import injerto
from injerto.cli import main
from injerto.core.finding import Severity

TWEETS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "tweet_sentiment"


@pytest.mark.skipif(not TWEETS.is_dir(), reason="needs ../shared/data/tweet_sentiment")
@pytest.mark.parametrize(("folder", "language"), [("french", "French"), ("spanish", None)])
def test_a_language_that_was_never_seen_is_named(
    folder: str, language: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (TWEETS / folder / "train.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))[:150]
    data = tmp_path / "tweets.csv"
    with data.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["text", "label"])
        writer.writeheader()
        writer.writerows(rows)
    injerto.fit(data, strategy="linear-probe", out=tmp_path / "model", device="cpu")
    found = [one for one in injerto.audit(tmp_path / "model").findings if one.code == "SM003"]
    unseen = [one for one in found if one.severity is Severity.WARNING]
    assert [language is not None] == [bool(unseen)]
    card = (tmp_path / "model" / "README.md").read_text("utf-8")
    assert "languages: English, Spanish" in card
    assert f'language: ["{folder[:2] if language else "es"}"]' in card
    if language is not None:
        assert language in unseen[0].sentence
        with pytest.raises(SystemExit) as left:
            main(["audit", str(tmp_path / "model"), "--json", "--fail-on", "warning"])
        assert left.value.code == 7
        assert json.loads(capsys.readouterr().out)["gates"][0]["passed"] is False
