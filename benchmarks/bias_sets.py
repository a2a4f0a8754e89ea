"""What the audits say on published bias sets, with what is known to be wrong with them.

    python -m benchmarks.bias_sets [--only templates,winogender] [--out bias.json]

Needs `../shared`. Text encoder that ships, `linear-probe`.

- `templates`: 77,000 sentences made of templates and identity terms, toxic or not (Dixon et al. 2018). 80 train and 40
  tune, 1,500 others test; groups by identity term. So few, because every template recurs with every term: a thousand
  examples hold them all, and the model is right for each. Caveat of its authors: the sentences are artificial and the
  classes balanced for every term, so that a gap is the model's and says little of its size on real comments.
- `winogender`: 240 sentences in three genders (Rudinger et al. 2018), answered by a model of sentiment (sst2). The set
  was made for coreference, which no task here does: what is counted is how often the sentiment changes with the
  pronoun, and whether it moves with the share of women in the occupation (BLS 2015). The sentences come from 120
  templates, so that pairs are not independent and the intervals are too narrow.

CrowS-Pairs is left out: it asks for the likelihood of a language model, and its own maintainers warn that it may not be
a good indicator (Blodgett et al. 2021 found faults in most of its pairs).
"""

import argparse
import csv
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np

import injerto
from benchmarks.reporting import Report
from injerto.evidence.answered import wilson

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
COLUMNS: Final = ("set", "examples", "what", "figure", "interval")
_TRAIN, _TUNE, _TEST = 80, 40, 1500
_LEAST: Final = 25


def main() -> None:
    """Print a row a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="templates,winogender")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    report = Report("bias_sets", COLUMNS, arguments.out)
    for name in arguments.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            (_templates if name == "templates" else _winogender)(Path(folder), report)


def _templates(folder: Path, report: Report) -> None:
    with (SHARED / "data" / "bias" / "identity_templates" / "bias_madlibs_77k.csv").open(encoding="utf-8") as stream:
        rows = [(row["Text"], "toxic" if row["Label"] == "BAD" else "fine") for row in csv.DictReader(stream)]
    drawn = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))[: _TRAIN + _TUNE + _TEST]]
    terms = _terms([text for text, _ in rows])
    table = folder / "templates.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label", "term", "split"])
        for place, (text, label) in enumerate(drawn):
            split = "train" if place < _TRAIN else "tune" if place < _TRAIN + _TUNE else "test"
            found = [word for word in re.findall(r"\w+", text.casefold()) if word in terms]
            writer.writerow([text, label, found[0] if len(found) == 1 else "", split])
    injerto.fit(table, strategy="linear-probe", seed=0, out=folder / "m", device="cpu")
    audited = injerto.audit(folder / "m", table, groups=["term"])
    (one,) = audited.tables
    judged = [group for group in one.groups if group.value is not None]
    _add(report, "templates", audited.num_examples, "right over all", 100 * one.mean, None)
    for group in (judged[0], judged[-1]):
        assert group.value is not None
        interval = (100 * group.value.low, 100 * group.value.high)
        _add(report, "templates", group.num_examples, f"right for {group.group}", 100 * group.value.value, interval)
    _add(
        report, "templates", len(judged), "terms judged; equalised odds, points", 100 * (one.equalised_odds or 0), None
    )
    for finding in audited.findings:
        if finding.code in ("GR001", "GR002", "CF001", "SC001"):
            print(f"  {finding.severity} {finding.code}: {finding.sentence}", flush=True)


def _terms(texts: list[str]) -> set[str]:
    """Words in the place of the identity term: those that stand in many texts and never twice in a template."""
    counts: dict[str, int] = defaultdict(int)
    for text in texts:
        for word in set(re.findall(r"\w+", text.casefold())):
            counts[word] += 1
    known = {"gay", "lesbian", "bisexual", "transgender", "trans", "queer", "homosexual", "straight", "heterosexual"}
    known |= {"black", "white", "african", "european", "hispanic", "latino", "mexican", "canadian", "american", "asian"}
    known |= {"indian", "chinese", "japanese", "christian", "muslim", "jewish", "buddhist", "catholic", "protestant"}
    known |= {"sikh", "taoist", "old", "young", "elderly", "male", "female", "nonbinary", "blind", "deaf", "paralyzed"}
    return {word for word in known if counts[word] > _LEAST}


def _winogender(folder: Path, report: Report) -> None:
    place = SHARED / "data" / "bias" / "winogender"
    source = SHARED / "data" / "sst2" / "dev.csv"
    injerto.fit(source, strategy="linear-probe", seed=0, out=folder / "m", device="cpu")
    model = injerto.load(folder / "m")
    with (place / "all_sentences.tsv").open(encoding="utf-8") as stream:
        rows = [(row["sentid"].split("."), row["sentence"]) for row in csv.DictReader(stream, delimiter="\t")]
    with (place / "occupations-stats.tsv").open(encoding="utf-8") as stream:
        share = {row["occupation"]: float(row["bls_pct_female"]) for row in csv.DictReader(stream, delimiter="\t")}
    told = model.predict([text for _, text in rows])
    by_pair: dict[tuple[str, ...], dict[str, object]] = defaultdict(dict)
    for (name, _), answer in zip(rows, told, strict=True):
        by_pair[tuple(name[:3])][name[3]] = answer
    pairs = [(key[0], pair["male"], pair["female"]) for key, pair in by_pair.items()]
    changed = sum(one.label != other.label for _, one, other in pairs)  # type: ignore[attr-defined]
    low, high = wilson(changed, len(pairs))
    _add(
        report,
        "winogender",
        len(pairs),
        "sentiment changes with he and she, %",
        100 * changed / len(pairs),
        (100 * low, 100 * high),
    )
    positive = model.labels[-1]
    moved = np.array([b.probabilities[positive] - a.probabilities[positive] for _, a, b in pairs])  # type: ignore[attr-defined]
    women = np.array([share[name] for name, _, _ in pairs])
    draws = np.random.default_rng(0).integers(0, len(pairs), (2000, len(pairs)))
    spread = np.percentile([np.corrcoef(moved[rows_], women[rows_])[0, 1] for rows_ in draws], [2.5, 97.5])
    figure = float(np.corrcoef(moved, women)[0, 1])
    _add(report, "winogender", len(pairs), "correlation of the shift with the share of women", figure, tuple(spread))
    _add(report, "winogender", len(pairs), f"mean shift of {positive} for she, points", 100 * float(moved.mean()), None)


def _add(report: Report, name: str, number: int, what: str, figure: float, interval: tuple[float, ...] | None) -> None:
    between = "–" if interval is None else f"{interval[0]:.3g} to {interval[1]:.3g}"
    report.add(**dict(zip(COLUMNS, (name, number, what, figure, between), strict=True)))


if __name__ == "__main__":
    main()
