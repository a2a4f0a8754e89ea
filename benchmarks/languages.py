"""How often the language of a text is told, left open, and told wrong, on texts whose language is known.

    python -m benchmarks.languages [--most 2000] [--out languages.json]

Needs `../shared`: tweets, captions, sentences, news, reviews, messages and a novel, the first `--most` of each but the
tweets, which are all there. `other` are languages that had a twentieth of a set and ten texts, so that SM003 would have
said that the data are in them. A file is of one language as far as its makers say: German tweets have English in them.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.regret.cases import DATA
from benchmarks.reporting import Report
from injerto.artifacts.covered import main_languages
from injerto.data.languages import UNDETERMINED, count_languages

TWEETS: Final = {"en": "english", "es": "spanish", "fr": "french", "de": "german"}


def main() -> None:
    """A row a set of texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    report = Report("languages", ("texts", "language", "number", "right", "unsure", "wrong", "other"), chosen.out)
    for name, language, texts in sets():
        counts = count_languages(texts if name == "tweets" else islice(texts, chosen.most))
        number = sum(counts.values())
        right, unsure = counts.get(language, 0), counts.get(UNDETERMINED, 0)
        shares = {"right": right, "unsure": unsure, "wrong": number - right - unsure}
        other = [code for code in main_languages(counts) if code != language]
        report.add(
            texts=name,
            language=language,
            number=number,
            **{key: 100 * value / number for key, value in shares.items()},
            other=", ".join(other) or "none",
        )


def sets() -> Iterator[tuple[str, str, Iterator[str]]]:
    """Name, language and texts."""
    for code, name in TWEETS.items():
        folder = DATA / "tweet_sentiment" / name
        yield "tweets", code, (text for part in ("train", "val", "test") for text in column(folder / f"{part}.csv"))
    for code in ("en", "de", "fr"):
        yield "captions", code, field(DATA / "multi30k" / "test_2016_flickr.jsonl", code)
    for code in ("en", "es"):
        yield "sentences", code, field(DATA / "tatoeba_en_es" / "pairs.jsonl", code)
    yield "news", "en", column(DATA / "ag_news" / "ag_news_7600.csv", "title", "description")
    yield "reviews", "en", column(DATA / "sst2" / "test.csv")
    yield "messages", "en", column(DATA / "banking77" / "test.csv")
    lines = (DATA / "quijote" / "quijote.txt").read_text(encoding="utf-8").splitlines()
    yield "novel", "es", (line for line in lines if line.strip())


def column(file: Path, *names: str) -> Iterator[str]:
    """The cells of one column, `text` without a name, or of several with a space between them."""
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield " ".join(row[name] for name in names or ("text",))


def field(file: Path, name: str) -> Iterator[str]:
    """One field of every line."""
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)[name]


if __name__ == "__main__":
    main()
