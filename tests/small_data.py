"""Texts that tests of the processor and of the GPU train on."""

import json
from pathlib import Path


def write_texts(folder: Path) -> Path:
    """Thirty short texts of uneven length in two classes, as JSON lines."""
    folder.mkdir(exist_ok=True)
    words = {"cat": "the cat sat on the mat", "dog": "a dog ran far away from home"}
    rows = [
        {"text": f"{text} {'home ' * (n % 4)}{n}", "label": label} for n in range(15) for label, text in words.items()
    ]
    (folder / "d.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder / "d.jsonl"
