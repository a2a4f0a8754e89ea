"""Translation by transfer: fine-tuning beside the untouched network and the same budget from scratch.

    python -m benchmarks.translation [--work FOLDER] [--only fr-es] [--epochs 8] [--out translation.json]

Needs `../shared`. A plain encoder-decoder is pretrained here on 15,000 captions, English to French, and carried to
English to Spanish (800 sentences of Tatoeba train it) and to English to German (2,000 captions): a parent and its
children, as in Zoph et al. 2016. Every row is one `fit` with all controls; rows in `--out` and networks in `--work` are
not made again. Gains are in chrF (and BLEU), with the 95 % interval of a paired bootstrap over test sentences.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import torch

import injerto
from benchmarks.generation import SHARED, flat, write
from benchmarks.reporting import Report
from injerto.core.progress import Silent

PLAIN = "plain:width=128,layers=2,vocabulary=3000,context=64"
STRATEGIES = ("full", "lora:rank=16", "last-2")
CHILDREN = {"fr-es": ("en", "es"), "fr-de": ("en", "de")}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "injerto-translation")
    parser.add_argument("--only", default=",".join(CHILDREN))
    parser.add_argument("--strategies", default=" ".join(STRATEGIES))
    parser.add_argument("--parent-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    columns = (
        "case", "strategy", "chrf", "untouched", "gain_untouched", "low", "high",
        "scratch", "gain_scratch", "scratch_low", "scratch_high", "bleu", "scratch_bleu", "seconds",
    )  # fmt: skip
    report = Report("translation", columns, chosen.out, resumed=True)
    chosen.work.mkdir(parents=True, exist_ok=True)
    parent = make_parent(chosen.work, chosen.parent_epochs)
    for case in chosen.only.split(","):
        source, target = CHILDREN[case]
        pairs = few_pairs(case, chosen.work)
        for strategy in chosen.strategies.split():
            name = {"case": case, "strategy": strategy}
            if not report.has(name):
                report.add(**name, **measure(pairs, parent, strategy, (source, target), chosen.epochs))


def make_parent(work: Path, epochs: int) -> str:
    """English to French, from nothing."""
    folder = work / "parent"
    if not folder.exists():
        # The captions that the child en-de learns from are not among them, and few of them test: beams take long.
        fit(captions(work / "en-fr", 2000, 15_000, 200), PLAIN, None, ("en", "fr"), epochs, out=folder)
    return str(folder / "backbone")


def few_pairs(case: str, work: Path) -> Path:
    """A folder with the child's pairs."""
    data = SHARED / "data"
    if case == "fr-es":
        return data / "tatoeba_en_es/pairs.jsonl"
    return captions(work / case, 0, 2000, 400)


def captions(folder: Path, start: int, number: int, judging: int) -> Path:
    """A folder with some captions to train on, and as many to tune and to test by."""
    folder.mkdir(exist_ok=True)
    for name, split, first, most in (
        ("train", "train", start, number),
        ("val", "val", 0, judging),
        ("test_2016_flickr", "test", 0, judging),
    ):
        lines = (SHARED / f"data/multi30k/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        write(folder / f"{split}.jsonl", "".join(f"{line}\n" for line in lines[first : first + most]))
    return folder


def measure(pairs: Path, parent: str, strategy: str, languages: tuple[str, str], epochs: int) -> dict[str, Any]:
    """One fit with all controls."""
    run = fit(pairs, parent, strategy, languages, epochs)
    found = {control.name: control for control in run.evidence.controls}
    return flat(run.evidence.metrics["chrf"].value, found, "chrf") | {
        "bleu": run.evidence.metrics["bleu"].value,
        "scratch_bleu": found["from-scratch"].metrics["bleu"],
        "seconds": run.outcome.seconds,
    }


def fit(pairs: Path, backbone: str, strategy: str | None, languages: tuple[str, str], epochs: int, **more: Any) -> Any:
    """One run of `injerto fit`."""
    return injerto.fit(
        pairs,
        backbone=backbone,
        strategy=strategy,
        epochs=epochs,
        options=injerto.DataOptions(task="translation"),
        texts=injerto.SequenceOptions(source_language=languages[0], target_language=languages[1]),
        controls="all",
        reporter=Silent(),
        **more,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
