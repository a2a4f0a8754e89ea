"""Small pictures of discs and squares with known boxes, that tests of detection read and train on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 128, 96
CATEGORIES = [{"id": 1, "name": "disc"}, {"id": 7, "name": "square"}]


def write_cells(folder: Path, *, num_images: int = 24, seed: int = 0, splits: bool = True) -> Path:
    """COCO files and `images/`; every eighth picture is a negative. Read only."""
    generator = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    documents: dict[str, dict[str, Any]] = {}
    for number in range(1, num_images + 1):
        name = f"cell{number:03d}.png"
        split = ("train", "train", "val", "test")[number % 4] if splits else "all"
        document = documents.setdefault(split, {"images": [], "annotations": [], "categories": CATEGORIES})
        noise = generator.normal(150, 12, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8)
        image = Image.fromarray(noise)
        document["images"].append(
            {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT, "site": "ab"[number // 4 % 2]}
        )
        for _ in range(0 if number % 8 == 0 else int(generator.integers(1, 4))):
            _add_object(ImageDraw.Draw(image), document["annotations"], number, generator)
        image.save(folder / "images" / name)
    for split, document in documents.items():
        (folder / f"annotations_{split}.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def _add_object(
    draw: ImageDraw.ImageDraw, annotations: list[dict[str, Any]], image: int, generator: np.random.Generator
) -> None:
    category = int(generator.choice([1, 7]))
    side = int(generator.integers(18, 44))
    left, top = int(generator.integers(0, WIDTH - side)), int(generator.integers(0, HEIGHT - side))
    paint = draw.ellipse if category == 1 else draw.rectangle
    paint((left, top, left + side - 1, top + side - 1), fill=(30, 30, 200) if category == 1 else (200, 40, 30))
    annotations.append(
        {
            "id": len(annotations) + 1,
            "image_id": image,
            "category_id": category,
            "bbox": [left, top, side, side],
            "area": side * side,
            "iscrowd": 0,
        }
    )
