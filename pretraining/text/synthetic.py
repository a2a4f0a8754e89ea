"""Sentences made from the phrase lists beside this file and from WordNet's frequent words."""

import csv
import random
from pathlib import Path

PHRASES = Path(__file__).parent / "phrases"


def _read(name: str) -> list[list[str]]:
    with (PHRASES / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t"))


def _capitalise_some(text: str, source: random.Random) -> str:
    # The tokenizer is uncased; only the full stop and the question mark make a difference.
    return text + source.choice(("", "", ".", "!", "..."))


def make_phrase_pairs(num_combined: int, *, seed: int) -> list[tuple[str, str]]:
    """English-Spanish pairs: every listed word and phrase, and `num_combined` filled frames."""
    source = random.Random(seed)
    nouns, adjectives = _read("nouns"), _read("adjectives")
    pairs = [(en, es) for es, en in _read("phrases")]
    pairs += [(en, es) for es, en in nouns + adjectives]
    pairs += [(en, f"{es[:-1]}a") for es, en in adjectives if es.endswith("o")]
    frames = _read("frames")
    whole = _read("phrases")
    for _ in range(num_combined):
        kind, frame_es, frame_en = source.choice(frames)
        es, en = source.choice(adjectives if kind == "adjective" else nouns)
        adj_es, adj_en = source.choice(adjectives)
        if kind == "both" and es.startswith("la ") and adj_es.endswith("o"):
            adj_es = f"{adj_es[:-1]}a"
        pair = (
            frame_en.format(en=en, adj_en=adj_en),
            frame_es.format(es=es, adj_es=adj_es),
        )
        if source.random() < 0.4:  # two short thoughts in one line, as people write them
            other_es, other_en = source.choice(whole)
            pair = (f"{pair[0]}, {other_en}", f"{pair[1]}, {other_es}")
        pair = (pair[0], pair[1].replace(" de el ", " del "))
        pairs.append((_capitalise_some(pair[0], source), _capitalise_some(pair[1], source)))
    return pairs


def make_english(lemmas: dict[str, list[str]], num_questions: int, num_phrases: int, *, seed: int) -> list[str]:
    """Service questions, and opinion phrases whose words are drawn by falling frequency."""
    source = random.Random(seed)
    words: dict[str, list[str]] = {}
    for kind, word in _read("service_words"):
        words.setdefault(kind, []).append(word)
    texts = []
    questions = [row[0] for row in _read("questions")]
    for _ in range(num_questions):
        # Half of the nouns come from WordNet, so that the frames do not tie the verbs to a few things.
        noun = source.choice(words["noun"]) if source.random() < 0.5 else _draw(lemmas["noun"], source)
        verb = source.choice(words["verb"]) if source.random() < 0.7 else _draw(lemmas["verb"], source)
        texts.append(source.choice(questions).format(noun=noun, verb=verb, past=source.choice(words["past"])))
    shapes = (
        "a {a} and {b} {n}",
        "the {n} is {a} , {b} and {c}",
        "a {d} {a} {n} about {m} and {o}",
        "too {a} to be {b}",
        "the {n} {v}s the {m} , but the {o} is {d} {a}",
        "{d} {a} , with a {b} {n}",
        "it is neither {a} nor {b}",
        "not {a} enough to {v} the {n}",
        "one of the most {a} {n}s of the {m}",
        "this {n} made me {v} : {a} , {b} , {d} {c}",
    )
    for _ in range(num_phrases):
        a, b, c = (_draw(lemmas["adjective"], source) for _ in range(3))
        n, m, o = (_draw(lemmas["noun"], source) for _ in range(3))
        d, v = _draw(lemmas["adverb"], source), _draw(lemmas["verb"], source)
        texts.append(source.choice(shapes).format(a=a, b=b, c=c, d=d, m=m, n=n, o=o, v=v))
    return texts


def _draw(ranked: list[str], source: random.Random) -> str:
    """A word; the square pushes towards the frequent front of the list without forgetting the tail."""
    return ranked[int(len(ranked[:6000]) * source.random() ** 2)]
