"""Short texts in two tables, and a BERT of MiniLM's size with random weights and a tokenizer made from those texts."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import torch
import transformers
from tokenizers import BertWordPieceTokenizer
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.peers._job import FLOPS, Job
from injerto.core.seeds import seeded

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
Row = tuple[str, str]

_SIZES = {"minilm-l6": (6, 384, 12, 1536), "bert-base": (12, 768, 12, 3072)}
"""Layers, width, heads, inner width."""


def write_tables(folder: Path, texts: int, source: str) -> Path:
    """`train.csv` and `test.csv` with the columns text and label; no text twice, every label in train."""
    rows = sorted(set(_read(source, texts)))
    random.Random(0).shuffle(rows)
    seen: set[str] = set()
    rows = [row for row in rows if not (row[0].strip().lower() in seen or seen.add(row[0].strip().lower()))][:texts]
    if len(rows) < texts:
        raise SystemExit(f"{source} has {len(rows)} different texts, not {texts}")
    test = rows[: texts // 5]
    known = {label for _, label in rows[texts // 5 :]}
    target = folder / "texts"
    target.mkdir(parents=True)
    for split, some in (("train", rows[texts // 5 :]), ("test", [row for row in test if row[1] in known])):
        with (target / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *some])
    return target


def _read(source: str, texts: int) -> Iterator[Row]:
    """Rows of a set in `../shared`, or generated ones where it is not there."""
    if source == "banking77" and (SHARED / source).is_dir():
        for name in ("train.csv", "test.csv"):
            yield from ((row["text"], row["category"]) for row in _rows(SHARED / source / name))
    elif source == "ag_news" and (SHARED / source).is_dir():
        for row in _rows(SHARED / source / "ag_news_7600.csv"):
            yield f"{row['title']} {row['description']}", row["label"]
    else:
        yield from _generated(2 * texts)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _generated(number: int) -> Iterator[Row]:
    """Texts of 4 to 24 words out of 2,000, of which each of ten labels has 20 that it favours."""
    words = ["".join(random.Random(seed).choices("aeioubcdfglmnprst", k=3 + seed % 7)) for seed in range(2000)]
    draw = random.Random(1)
    for _ in range(number):
        label = draw.randrange(10)
        length = draw.randint(4, 24)
        own = words[20 * label : 20 * label + 20]
        yield " ".join(draw.choice(own if draw.random() < 0.2 else words) for _ in range(length)), f"topic {label}"


def write_weights(folder: Path, network: str) -> Path:
    """Random weights, a WordPiece tokenizer of at most 30,522 entries and 256 tokens, as their library writes them."""
    layers, width, heads, inner = _SIZES[network]
    with seeded(0):
        config = transformers.BertConfig(
            num_hidden_layers=layers, hidden_size=width, num_attention_heads=heads, intermediate_size=inner
        )
        transformers.BertModel(config).save_pretrained(folder)
    pieces = BertWordPieceTokenizer()
    texts = [text for name in ("banking77", "ag_news") for text, _ in _read(name, 1000)]
    pieces.train_from_iterator(texts, vocab_size=config.vocab_size, show_progress=False)
    names = {name: f"[{name[:-6].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token")}
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer, model_max_length=256, mask_token="[MASK]", **names
    )
    tokenizer.save_pretrained(folder)
    return folder


def find_limit(weights: Path, tables: Path) -> float:
    """Seconds of one forward pass over all texts at the peak, none of them padded; reading costs nothing beside it."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(weights)
    texts = [row["text"] for name in ("train.csv", "test.csv") for row in _rows(tables / name)]
    lengths = [len(ids) for ids in tokenizer(texts)["input_ids"]]
    mean = round(sum(lengths) / len(lengths))
    counter = FlopCounterMode(display=False)
    model = transformers.AutoModel.from_pretrained(weights, attn_implementation="eager").eval()
    with counter, torch.no_grad():
        model(input_ids=torch.zeros(1, mean, dtype=torch.long))
    return len(texts) * counter.get_total_flops() / FLOPS


JOB = Job(
    peers=(
        "injerto_engine",
        "injerto_fit",
        "sklearn_texts",
        "sentence_features",
        "setfit_head",
        "hf_trainer_texts",
        "setfit_epochs",
    ),
    networks=("minilm-l6",),
    write_data=write_tables,
    write_weights=write_weights,
    find_limit=find_limit,
    takes=lambda peer, network: True,
)
