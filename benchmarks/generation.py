"""Text generation by transfer: fine-tuning beside the untouched network and the same budget from scratch.

    python -m benchmarks.generation [--work FOLDER] [--only quijote-tatoeba] [--epochs 4] [--out generation.json]

Needs `../shared`. Small decoders are pretrained here, by `injerto fit --backbone plain`, on one corpus and then carried
to another; llama_260k is real and carried to Shakespeare. Every row is one `fit` with all controls; a row that is in
`--out` already, or a network that is in `--work`, is not made again. Gains are in bits per byte, above zero where the
fine-tuned model is better, with the 95 % interval of a paired bootstrap over test texts.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import torch

import injerto
from benchmarks.reporting import Report
from injerto.core.progress import Silent

SHARED = Path(__file__).resolve().parents[2] / "shared"
PLAIN = "plain:width=128,layers=3,vocabulary=1500,context=128"
STRATEGIES = ("lora:rank=16", "last-2", "norm-bias", "full")
CASES = ("llama-shakespeare", "quijote-tatoeba", "news-captions")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "injerto-generation")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--strategies", default=" ".join(STRATEGIES))
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    columns = (
        "case", "strategy", "bits_per_byte", "untouched", "gain_untouched", "low", "high",
        "scratch", "gain_scratch", "scratch_low", "scratch_high", "seconds",
    )  # fmt: skip
    report = Report("generation", columns, chosen.out, resumed=True)
    chosen.work.mkdir(parents=True, exist_ok=True)
    for case in chosen.only.split(","):
        backbone, texts = prepare(case, chosen.work)
        for strategy in chosen.strategies.split():
            name = {"case": case, "strategy": strategy}
            if not report.has(name):
                report.add(**name, **measure(texts, backbone, strategy, chosen.epochs))


def prepare(case: str, work: Path) -> tuple[str, Path]:
    """The network to start from, pretrained here where it is not real, and the few texts to carry it to."""
    data = SHARED / "data"
    if case == "llama-shakespeare":
        text = (data / "tinyshakespeare/input.txt").read_text(encoding="utf-8")
        return str(SHARED / "weights/llama_260k.aidreams"), write(work / "shakespeare.txt", text[:150_000])
    if case == "quijote-tatoeba":
        book = (data / "quijote/quijote.txt").read_text(encoding="utf-8")
        source = write(work / "quijote.txt", book[:1_000_000])
        target = rows(data / "tatoeba_en_es/pairs.jsonl", "es")
    else:
        news = (data / "ag_news/ag_news_7600.csv").read_text(encoding="utf-8")
        source = write(work / "news.txt", news[:1_000_000])
        target = rows(data / "multi30k/val.jsonl", "en")
    base = work / f"base-{case}"
    if not base.exists():
        options = injerto.DataOptions(task="text-generation")
        injerto.fit(source, backbone=PLAIN, options=options, epochs=4, out=base, reporter=Silent())
    return str(base / "backbone"), write(work / f"{case}.jsonl", "".join(target))


def rows(path: Path, column: str) -> list[str]:
    """Lines of JSON with one text each."""
    found = [json.loads(line)[column] for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in found]


def write(path: Path, text: str) -> Path:
    """The file, written."""
    path.write_text(text, encoding="utf-8")
    return path


def measure(texts: Path, backbone: str, strategy: str, epochs: int) -> dict[str, Any]:
    """One fit with all controls."""
    run: Any = injerto.fit(
        texts,
        backbone=backbone,
        strategy=strategy,
        epochs=epochs,
        options=injerto.DataOptions(task="text-generation"),
        controls="all",
    )
    found = {control.name: control for control in run.evidence.controls}
    return flat(run.evidence.metrics["bits_per_byte"].value, found, "bits_per_byte") | {"seconds": run.outcome.seconds}


def flat(value: float, controls: dict[str, Any], metric: str) -> dict[str, Any]:
    """The figures of one row."""
    untouched, scratch = controls["untouched"], controls["from-scratch"]
    own, other = untouched.gains[metric], scratch.gains[metric]
    return {
        metric: value,
        "untouched": untouched.metrics[metric],
        "gain_untouched": own.value,
        "low": own.low,
        "high": own.high,
        "scratch": scratch.metrics[metric],
        "gain_scratch": other.value,
        "scratch_low": other.low,
        "scratch_high": other.high,
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
