"""Translation by transfer: fine-tuning beside the untouched network and the same budget from scratch.

    python -m benchmarks.translation [--work FOLDER] [--only es-en] [--epochs 20] [--out translation.json]

Needs `../shared`. Plain encoder-decoders are pretrained here on 15,000 captions, French to English and English to
French, and carried to Spanish to English (Tatoeba) and to English to Spanish and to German: parents and their children,
as in Zoph et al. 2016. Every row is one `fit` with all controls; rows in `--out` and networks in `--work` are not made
again.

Tatoeba has 1,000 pairs: five folds judge each of them once (200 a fold; 80 stop the training, 720 train), and the row
`mean` is the mean of the folds' gains. Its interval comes from the standard errors of the folds' bootstraps, which are
of different sentences; the folds' own rows show how much the training adds. Captions are judged once, by 200
sentences. Gains are in chrF, with the 95 % interval of a paired bootstrap over test sentences.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

import injerto
from benchmarks.generation import SHARED, flat, write
from benchmarks.reporting import Report
from injerto.core.progress import Silent

PLAIN: Final = "plain:width=128,layers=2,vocabulary=3000,context=64"
STRATEGIES: Final = ("full", "lora:rank=16", "last-2")
CHILDREN: Final = {"es-en": ("fr", "en"), "en-es": ("en", "fr"), "en-de": ("en", "fr")}
"""The languages of each child's parent."""
FOLDS: Final = 5
_STOPPING: Final = 80


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "injerto-translation")
    parser.add_argument("--only", default=",".join(CHILDREN))
    parser.add_argument("--strategies", default=" ".join(STRATEGIES))
    parser.add_argument("--parent-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--folds", default=",".join(map(str, range(FOLDS))), help="the folds of Tatoeba that are run")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    folds = [int(fold) for fold in chosen.folds.split(",") if fold]
    columns = (
        "case", "strategy", "epochs", "fold", "chrf", "untouched", "gain_untouched", "low", "high",
        "scratch", "gain_scratch", "scratch_low", "scratch_high", "bleu", "scratch_bleu", "seconds",
    )  # fmt: skip
    report = Report("translation", columns, chosen.out, resumed=True)
    chosen.work.mkdir(parents=True, exist_ok=True)
    for case in chosen.only.split(","):
        source, target = case.split("-")
        parent = make_parent(chosen.work, CHILDREN[case], chosen.parent_epochs, chosen.device)
        for strategy in chosen.strategies.split():
            row, rows = {"case": case, "strategy": strategy, "epochs": chosen.epochs}, []
            for fold in folds if "es" in (source, target) else (0,):
                name = row | {"fold": fold}
                if not report.has(name):
                    pairs = few_pairs(case, fold, chosen.work)
                    run = fit(pairs, parent, strategy, (source, target), chosen.epochs, device=chosen.device)
                    report.add(**name, **figures(run))
                rows.append(report.find(name))
            if len(rows) == FOLDS and not report.has(row | {"fold": "mean"}):
                report.add(**row, fold="mean", **mean_of(rows))


def make_parent(work: Path, languages: tuple[str, str], epochs: int, device: str) -> str:
    """A network from nothing, trained on captions in two languages."""
    folder = work / f"parent-{'-'.join(languages)}"
    if not folder.exists():
        # The captions that the child en-de learns from are not among them, and few of them test: beams take long.
        pairs = captions(work / "-".join(languages), 2000, 15_000, 60)
        fit(pairs, PLAIN, None, languages, epochs, controls="affordable", out=folder, device=device)
    return str(folder / "backbone")


def few_pairs(case: str, fold: int, work: Path) -> Path:
    """A folder with the child's pairs."""
    if case == "en-de":
        return captions(work / case, 0, 2000, 200)
    lines = (SHARED / "data/tatoeba_en_es/pairs.jsonl").read_text(encoding="utf-8").splitlines()
    order = np.random.default_rng(0).permutation(len(lines))
    test = order[fold::FOLDS]
    rest = np.setdiff1d(order, test, assume_unique=True)
    rest = rest[np.random.default_rng(fold + 1).permutation(len(rest))]
    folder = work / f"{case}-{fold}"
    folder.mkdir(exist_ok=True)
    for split, positions in (("test", test), ("val", rest[:_STOPPING]), ("train", rest[_STOPPING:])):
        write(folder / f"{split}.jsonl", "".join(f"{lines[i]}\n" for i in positions))
    return folder


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


def figures(run: Any) -> dict[str, Any]:
    """The row of one fit."""
    found = {control.name: control for control in run.evidence.controls}
    return flat(run.evidence.metrics["chrf"].value, found, "chrf") | {
        "bleu": run.evidence.metrics["bleu"].value,
        "scratch_bleu": found["from-scratch"].metrics["bleu"],
        "seconds": run.outcome.seconds,
    }


def mean_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over folds; the error of a mean gain is that of independent bootstraps."""
    made: dict[str, Any] = {
        name: float(np.mean([row[name] for row in rows]))
        for name in ("chrf", "untouched", "scratch", "gain_untouched", "gain_scratch", "bleu", "scratch_bleu")
    }
    for gain, low, high in (("gain_untouched", "low", "high"), ("gain_scratch", "scratch_low", "scratch_high")):
        half = float(np.sqrt(sum(((row[high] - row[low]) / 2) ** 2 for row in rows))) / len(rows)
        made |= {low: made[gain] - half, high: made[gain] + half}
    return made | {"seconds": sum(row["seconds"] for row in rows)}


def fit(
    pairs: Path,
    backbone: str,
    strategy: str | None,
    languages: tuple[str, str],
    epochs: int,
    *,
    controls: Any = "all",
    **more: Any,
) -> Any:
    """One run of `injerto fit`."""
    return injerto.fit(
        pairs,
        backbone=backbone,
        strategy=strategy,
        epochs=epochs,
        options=injerto.DataOptions(task="translation"),
        texts=injerto.SequenceOptions(source_language=languages[0], target_language=languages[1]),
        controls=controls,
        reporter=Silent(),
        **more,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
