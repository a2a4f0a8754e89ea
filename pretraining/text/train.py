"""Distils the teacher into the student and writes the backbone's folder: `python -m pretraining.text.train --help`."""

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cosine_similarity

from pretraining.text.corpus import Corpus, read_corpus
from pretraining.text.model import Student, make_config, start_from_teacher
from pretraining.text.teacher import compute_embeddings, load_teacher, pad
from pretraining.text.tokenizer import make_tokenizer, save_tokenizer

MAX_TOKENS = 64
SPANISH_SHARE = 0.4
POOLER_WEIGHT = 0.2
LEARNING_RATE = 2e-3
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def main() -> None:
    """Parse, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the backbone, made if missing")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/pretrain_text/cache"), help="downloads, embeddings")
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"), help="the shared development data")
    parser.add_argument("--max-english", type=int, default=10**6, help="use fewer English lines, for a quick try")
    parser.add_argument("--steps", type=int, default=9000, help="steps of the whole student")
    parser.add_argument("--word-steps", type=int, default=1500, help="steps of the word embeddings alone, before")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    began = time.monotonic()

    corpus = read_corpus(options.cache, options.shared, seed=0).shortened(options.max_english)
    teacher = load_teacher(options.cache)
    targets = compute_embeddings(teacher, options.cache, corpus.english)
    tokenizer = make_tokenizer(corpus, vocabulary=options.vocabulary, seed=options.seed)
    student = Student(make_config(tokenizer.get_vocab_size()))
    start_from_teacher(student, teacher, tokenizer)
    print(f"prepared in {time.monotonic() - began:.0f} s; {corpus.origin}", flush=True)

    began = time.monotonic()
    batches = make_batches(corpus, targets, tokenizer, batch_size=options.batch_size, seed=options.seed)
    train(student, batches, options.word_steps, words_only=True)
    train(student, batches, options.steps, words_only=False)
    seconds = time.monotonic() - began
    save(student, tokenizer, options.out)
    facts: dict[str, object] = {"max_english": options.max_english, "steps": options.steps}
    facts |= {"word_steps": options.word_steps, "batch_size": options.batch_size}
    facts |= {"seconds": round(seconds), "threads": options.threads, "seed": options.seed, "corpus": corpus.origin}
    text = json.dumps(facts, indent=2, sort_keys=True) + "\n"
    (options.out / "training.json").write_text(text, encoding="utf-8")


def make_batches(
    corpus: Corpus, targets: np.ndarray, tokenizer: Tokenizer, *, batch_size: int, seed: int
) -> Iterator[Batch]:
    """Endless batches of similar length, with a fixed share of Spanish texts."""
    source = random.Random(seed)
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = [encoding.ids for encoding in tokenizer.encode_batch(corpus.texts)]
    tokenizer.no_truncation()
    num_english = len(corpus.english)
    orders = [_endless(range(num_english), source), _endless(range(num_english, len(rows)), source)]
    while True:
        # Sorting a pool of 50 batches spares most of the padding and keeps the batches varied.
        pool = [next(orders[source.random() < SPANISH_SHARE]) for _ in range(50 * batch_size)]
        pool.sort(key=lambda number: len(rows[number]))
        starts = list(range(0, len(pool), batch_size))
        source.shuffle(starts)
        for start in starts:
            chosen = pool[start : start + batch_size]
            ids, mask = pad([rows[number] for number in chosen])
            aims = targets[[corpus.targets[number] for number in chosen]].astype(np.float32)
            yield ids, mask, torch.from_numpy(aims)


def _endless(numbers: range, source: random.Random) -> Iterator[int]:
    order = list(numbers)
    while True:
        source.shuffle(order)
        yield from order


def train(student: Student, batches: Iterator[Batch], steps: int, *, words_only: bool) -> None:
    """Minimise one minus the cosine to the teacher; warm-up over 3 % of the steps, then a cosine down to zero."""
    optimizer = torch.optim.AdamW(student.parameters(), lr=LEARNING_RATE, weight_decay=0.01, betas=(0.9, 0.98))
    warm = max(1, steps * 3 // 100)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * step / max(1, steps))))
    )
    # Dropout would only slow down a student that sees each text a few times; the saved configuration keeps it.
    student.eval()
    recent: list[float] = []
    began = time.monotonic()
    for step in range(1, steps + 1):
        ids, mask, aims = next(batches)
        if words_only:
            loss = (1 - cosine_similarity(student.guess_from_words(ids, mask), aims)).mean()
            recent.append(loss.item())
        else:
            mean_guess, pooler_guess = student(ids, mask)
            mean_loss = (1 - cosine_similarity(mean_guess, aims)).mean()
            loss = mean_loss + POOLER_WEIGHT * (1 - cosine_similarity(pooler_guess, aims)).mean()
            recent.append(mean_loss.item())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            seconds = time.monotonic() - began
            print(f"step {step} of {steps}: loss {sum(recent) / len(recent):.4f}, {seconds:.0f} s", flush=True)
            recent.clear()


def save(student: Student, tokenizer: Tokenizer, folder: Path) -> None:
    """Weights as float16; the configuration says float32, in which they are to be used."""
    folder.mkdir(parents=True, exist_ok=True)
    student.bert.to(torch.float16).save_pretrained(folder)
    student.bert.to(torch.float32)
    (folder / "model.safetensors").chmod(0o644)  # it is written for the owner alone
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"dtype": "float32"}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    save_tokenizer(tokenizer, folder)


if __name__ == "__main__":
    main()
