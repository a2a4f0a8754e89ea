"""The pretraining corpus: English texts to embed, Spanish texts that share their meaning, and Spanish running text."""

import csv
import json
import random
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pretraining.text import sources, synthetic

MAX_WORDS = 45


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """`english` is what the teacher embeds; a student text (of any language) points to one of those lines.

    `texts[i]` is to be embedded like `english[targets[i]]`; the first `len(english)` texts are the lines themselves.
    `running` is Spanish without a translation. `origin` counts the English lines and pairs by source, for the card.
    """

    english: list[str]
    texts: list[str]
    targets: list[int]
    running: list[str]
    origin: dict[str, int]

    def shortened(self, num_english: int) -> "Corpus":
        """Only the first English lines and what points to them, for a quick try."""
        kept = [(text, target) for text, target in zip(self.texts, self.targets, strict=True) if target < num_english]
        return replace(
            self,
            english=self.english[:num_english],
            texts=[text for text, _ in kept],
            targets=[target for _, target in kept],
        )


def _clean(text: str) -> str:
    return " ".join(re.sub(r"\s+", " ", text).split()[:MAX_WORDS])


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9áéíóúñ ]", "", text.lower()).strip()


def read_evaluation_keys(shared: Path) -> set[str]:
    """Normalised texts of the evaluation sets; no line of the corpus may equal one of them."""
    keys = set()
    for folder in ("banking77", "sst2", "tweet_sentiment/spanish"):
        for path in sorted((shared / folder).glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                keys |= {_key(row[0]) for row in csv.reader(lines)}
    return keys


def read_corpus(cache: Path, shared: Path, *, seed: int) -> Corpus:
    """Fetch what is missing, then build the corpus once; the same seed gives the same corpus.

    The English lines are in random order, so a prefix of them is a fair sample. Delete `corpus-SEED.json` in the cache
    after a change to this code.
    """
    built = cache / f"corpus-{seed}.json"
    if not built.exists():
        sources.fetch_sources(cache)
        built.write_text(json.dumps(asdict(_build(cache, shared, seed))), encoding="utf-8")
    return Corpus(**json.loads(built.read_text(encoding="utf-8")))


def _build(cache: Path, shared: Path, seed: int) -> Corpus:
    source = random.Random(seed)
    glosses, examples, lemmas = sources.read_wordnet(cache)
    shared_english, tatoeba, quijote = sources.read_shared(shared)
    emoji_pairs, emoji_names = sources.read_emoji(cache)
    chat_english, chat_spanish = sources.read_chatterbot(cache)
    bible = sources.read_bible(cache)
    lines = {
        "wordnet glosses": source.sample(glosses, 60_000),
        "wordnet examples": examples,
        "wordnet frequent words": [word for ranked in lemmas.values() for word in ranked[:4000]],
        "shakespeare, winobias, winogender, identity templates": source.sample(shared_english, 16_000),
        "chatterbot english": chat_english,
        "made from templates": synthetic.make_english(lemmas, 16_000, 30_000, seed=seed),
    }
    pairs = {
        "home assistant": sources.read_home_assistant(cache),
        "bible": source.sample(bible, 14_000),
        "tatoeba": tatoeba,
        "emoji names": emoji_pairs,
        "emoji signs": [(name, sign) for sign, name in emoji_names.items()],
        "locale names": sources.read_locale_names(cache),
        "phrase list": synthetic.make_phrase_pairs(16_000, seed=seed),
    }
    return _join(lines, pairs, quijote + chat_spanish, read_evaluation_keys(shared), source)


def _join(
    lines: dict[str, list[str]],
    pairs: dict[str, list[sources.Pair]],
    running: list[str],
    banned: set[str],
    source: random.Random,
) -> Corpus:
    english_of: dict[str, str] = {}  # line -> source, without repeats
    translations: list[tuple[str, str]] = []
    for name, found in lines.items():
        for line in map(_clean, found):
            if line and _key(line) not in banned:
                english_of.setdefault(line, name)
    for name, aligned in pairs.items():
        for en, es in ((_clean(en), _clean(es)) for en, es in aligned):
            if en and es and _key(en) not in banned and (not _key(es) or _key(es) not in banned):
                english_of.setdefault(en, name)
                translations.append((en, es))
    english = sorted(english_of)
    source.shuffle(english)
    place = {line: number for number, line in enumerate(english)}
    translations = sorted(set(translations))
    origin: dict[str, int] = {}
    for name in english_of.values():
        origin[name] = origin.get(name, 0) + 1
    return Corpus(
        english=english,
        texts=english + [es for _, es in translations],
        targets=list(range(len(english))) + [place[en] for en, _ in translations],
        running=[line for line in map(_clean, running) if len(line.split()) > 2 and _key(line) not in banned],
        origin=origin | {"translations": len(translations)},
    )
