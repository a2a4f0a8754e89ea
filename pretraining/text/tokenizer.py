"""The student's WordPiece vocabulary: lower case, accents stripped, every emoji a token of its own."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from pretraining.text.corpus import Corpus

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_LENGTH = 256
# Faces, gestures, hearts and the other signs people put in messages; the rest of Unicode's emoji become [UNK].
EMOJI = [*range(0x1F440, 0x1F4B0), *range(0x1F600, 0x1F650), *range(0x1F910, 0x1F930), *range(0x1F970, 0x1F977)]
EMOJI += [*range(0x1F380, 0x1F390), 0x2764, 0x2665, 0x263A, 0x2728, 0x26BD, 0x1F525, 0x1F389, 0x1F3C6, 0x1F3B6]


def make_tokenizer(corpus: Corpus, *, vocabulary: int, seed: int) -> Tokenizer:
    """Train the vocabulary on an even mix of English and Spanish lines."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    signs = "".join(map(chr, sorted(set(EMOJI))))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        # Split first: in "jaja😂😂" the signs would otherwise join the word and make all of it unknown.
        [pre_tokenizers.Split(Regex(f"[{signs}]"), behavior="isolated"), pre_tokenizers.BertPreTokenizer()]
    )
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=SPECIAL,
        limit_alphabet=len(signs) + 150,
        initial_alphabet=list(signs),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_mixed_lines(corpus, random.Random(seed)), trainer)
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _mixed_lines(corpus: Corpus, source: random.Random) -> Iterator[str]:
    english = [line.partition(": ")[2] or line for line in corpus.english]  # without the rare names before glosses
    spanish = corpus.texts[len(corpus.english) :] + corpus.running
    # Spanish words have more forms, and there are fewer Spanish lines.
    yield from source.sample(english, min(len(english), len(spanish) * 3 // 2))
    yield from spanish


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the files that `AutoTokenizer` reads."""
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_LENGTH,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
    wrapped.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["tokenizer_class"] = "PreTrainedTokenizerFast"  # the name that transformers 4 knows as well
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
