"""Compares frozen features of the backbone, of random weights and of the teacher: `... evaluate --help`."""

import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from transformers import AutoConfig, AutoModel, AutoTokenizer

from pretraining.text.teacher import load_teacher, mean_pool

SETS = {
    "banking77": ("en", "banking77/train.csv", "banking77/test.csv"),
    "sst2": ("en", "sst2/train.csv", "sst2/test.csv"),
    "tweet_sentiment/spanish": ("es", "tweet_sentiment/spanish/train.csv", "tweet_sentiment/spanish/test.csv"),
}
NUM_RANDOM = 3
MAX_TRAIN = 5000
MAX_SEARCH = 2000
NUM_RESAMPLES = 5000
TABLE_HEAD = """\
| set | language | pretrained | random | teacher | gain over random, 95 % interval | n |
|---|---|---|---|---|---|---|"""
Embed = Callable[[list[str]], np.ndarray]
Rows = tuple[list[str], np.ndarray]


def main() -> None:
    """Print the table and write `figures.json` into the backbone's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", type=Path, required=True, help="folder that `train` wrote")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/pretrain_text/cache"))
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tune", action="store_true", help="judge on part of train instead of test; writes nothing")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    threadpool_limits(1)  # these fits are small: several threads of BLAS are slower, on a busy machine much slower
    teacher = load_teacher(options.cache)
    arms: dict[str, list[Embed]] = {
        "pretrained": [make_embed(options.backbone, random_seed=None)],
        "random": [make_embed(options.backbone, random_seed=seed) for seed in range(NUM_RANDOM)],
        "teacher": [teacher.embed],
    }
    if options.tune:
        del arms["teacher"]
    figures = []
    print(TABLE_HEAD)
    for name, (language, train_file, test_file) in SETS.items():
        train_rows = read_rows(options.shared / train_file)
        test_rows = read_rows(options.shared / test_file)
        if options.tune:
            train_rows, test_rows = _split(train_rows, len(train_rows[0]) // 3, options.seed)
        if len(train_rows[0]) > MAX_TRAIN:
            _, train_rows = _split(train_rows, MAX_TRAIN, options.seed)
        right = {
            arm: np.mean([judge(embed, train_rows, test_rows) for embed in embeds], axis=0)
            for arm, embeds in arms.items()
        }
        low, high = bootstrap(right["pretrained"] - right["random"], seed=options.seed)
        figure = {
            "set": name,
            "language": language,
            **{f"{arm}_accuracy": round(float(found.mean()), 4) for arm, found in right.items()},
            "gain": round(float((right["pretrained"] - right["random"]).mean()), 4),
            "gain_interval": [round(low, 4), round(high, 4)],
            "num_train": len(train_rows[0]),
            "num_test": len(test_rows[0]),
        }
        figures.append(figure)
        print(render_row(figure), flush=True)
    if not options.tune:
        record = {"figures": figures, "num_random_seeds": NUM_RANDOM, "num_resamples": NUM_RESAMPLES}
        text = json.dumps(record, indent=2, sort_keys=True) + "\n"
        (options.backbone / "figures.json").write_text(text, encoding="utf-8")


def render_row(figure: dict[str, Any]) -> str:
    """One line of the Markdown table."""
    low, high = figure["gain_interval"]
    teacher = figure.get("teacher_accuracy", "-")
    return (
        f"| {figure['set']} | {figure['language']} | {figure['pretrained_accuracy']} | {figure['random_accuracy']} "
        f"| {teacher} | {figure['gain']:+.4f} [{low:+.4f}, {high:+.4f}] | {figure['num_test']} |"
    )


def read_rows(path: Path) -> Rows:
    """Texts and labels of a two-column file with a header."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    return [row[0] for row in rows], np.array([row[1] for row in rows])


def _split(rows: Rows, num_held: int, seed: int) -> tuple[Rows, Rows]:
    texts, labels = rows
    kept, held = train_test_split(np.arange(len(texts)), test_size=num_held, stratify=labels, random_state=seed)
    return ([texts[i] for i in kept], labels[kept]), ([texts[i] for i in held], labels[held])


def make_embed(folder: Path, *, random_seed: int | None) -> Embed:
    """The mean-pooled features of the backbone, or of its architecture with random weights."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if random_seed is None:
        model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    else:
        torch.manual_seed(random_seed)
        model = AutoModel.from_config(AutoConfig.from_pretrained(folder)).to(torch.float32).eval()

    @torch.inference_mode()
    def embed(texts: list[str]) -> np.ndarray:
        by_length = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        features = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
        for start in range(0, len(texts), 64):
            chosen = by_length[start : start + 64]
            batch = tokenizer([texts[i] for i in chosen], padding=True, truncation=True, return_tensors="pt")
            states = model(**batch).last_hidden_state
            features[chosen] = mean_pool(states, batch["attention_mask"]).numpy()
        return features

    return embed


def judge(embed: Embed, train_rows: Rows, test_rows: Rows) -> np.ndarray:
    """Which test rows a logistic regression gets right; its C comes from cross-validation on train rows alone."""
    features, labels = embed(train_rows[0]), train_rows[1]
    search_rows = np.arange(len(labels))
    if len(labels) > MAX_SEARCH:
        search_rows, _ = train_test_split(search_rows, train_size=MAX_SEARCH, stratify=labels, random_state=0)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    grid = {"logisticregression__C": [0.0003, 0.003, 0.03, 0.3]}
    search = GridSearchCV(pipeline, grid, cv=folds, refit=False).fit(features[search_rows], labels[search_rows])
    pipeline.set_params(**search.best_params_).fit(features, labels)
    return (pipeline.predict(embed(test_rows[0])) == test_rows[1]).astype(float)


def bootstrap(differences: np.ndarray, *, seed: int) -> tuple[float, float]:
    """The 95 % percentile interval of the mean of paired differences, over test rows."""
    source = np.random.default_rng(seed)
    means = [source.choice(differences, len(differences)).mean() for _ in range(NUM_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
