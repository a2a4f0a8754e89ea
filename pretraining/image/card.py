"""Writes README.md and card.json beside trained weights: `python -m pretraining.image.card FOLDER`."""

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pretraining.image.evaluate import Figure, render_row
from pretraining.image.fonts import FONT_PACKAGES
from pretraining.image.model import ARCHITECTURE, load_backbone


@dataclass(frozen=True, kw_only=True, slots=True)
class CardText:
    """What only a person can say about a recipe."""

    origin: str
    note: str
    material: str
    limits: str
    command: str
    tags: tuple[str, ...]


GLYPH_MATERIAL = """\
* 62,184 glyph pictures: 5,600 characters of many scripts, each drawn by up to 40 freely licensed fonts.
* 1,200 invented characters of two to four Bezier pen strokes, redrawn by a new unsteady hand every time.
* All of them are warped, thickened or thinned, blurred, lowered in resolution, coloured and made noisy on the fly.

No photograph, no handwriting of a person and no data set was used. Korean, Balinese, Aramaic and Phoenician were never
printed, so three alphabets of omniglot_small were unseen even as characters; **Latin and Greek letters and the digits
0-9 were seen in print**, only not by hand."""

TEXTS: dict[str, CardText] = {
    "glyphs": CardText(
        origin="Rendered glyphs of freely licensed fonts and invented pen-stroke characters; no data set, no photos.",
        note="Good for handwritten or printed characters, symbols and line drawings; on photographs it hurts.",
        material=GLYPH_MATERIAL,
        limits="A narrow source: it knows strokes, not objects, colours or textures. **Do not use it for photographs\n"
        "or scans**: on flowers128 and hymenoptera it is worse than random weights, the intervals excluding zero, and\n"
        "on brain_mri there is no difference to see. It sees single characters without context: it is no OCR system.",
        command="python -m pretraining.image.train --recipe glyphs --steps 1800 --out FOLDER/injerto-glyphs-r10",
        tags=("image-feature-extraction", "handwriting", "glyphs", "synthetic"),
    ),
    "mix": CardText(
        origin="Continues injerto-glyphs-r10 on rendered characters plus generated scenes and crops of 14 Apache-2.0 "
        "photos and MIT blood-cell fields, distilled from an Apache-2.0 ImageNet MobileNetV2.",
        note="Good for characters and symbols; a little better than random weights on photographs, for which a real "
        "ImageNet network is far better.",
        material=GLYPH_MATERIAL.replace("No photograph, no handwriting of a person and no data set was used. ", "")
        + """

Starting from `injerto-glyphs-r10`, which knows all of the above, it went on with it and with 40,000 scenes (textures,
dead leaves, shaded solids, collages, and random crops of 14 photographs [google-coral/test_data, Apache-2.0] and of 182
blood-cell fields [BCCD, MIT]). For these it copied an ImageNet MobileNetV2 (`mobilenetv2_100`, google-coral/test_data,
Apache-2.0): its class opinion, last features and middle maps. The teacher learned from labelled ImageNet photographs,
so this backbone knows of ImageNet at second hand. The batch-norm statistics of that teacher had been measured on
hymenoptera photographs (without labels), in a way that leaves its evaluation mode, the only one used, unchanged.""",
        limits="Its photographs are 14 and its input 64 pixels: on photographs the gain over random weights is small\n"
        "or not clear, on scans there is none to see (table above). Take a real ImageNet network for them. Never for\n"
        "clinical use. Not an OCR system.\n\n"
        "It was trained in two stretches. After the first, of 1,300 steps, flowers128 stood at +0.006 (-0.012 to\n"
        "+0.024): the second was run because of it, the one choice that these figures had a part in.",
        command="python -m pretraining.image.train --recipe mix --start FOLDER/injerto-glyphs-r10 --steps 1300 "
        "--out FOLDER/first`,\n`python -m pretraining.image.train --recipe mix --start FOLDER/first --seed 1 "
        "--steps {steps} --out FOLDER/injerto-mix-r10",
        tags=("image-feature-extraction", "handwriting", "distillation", "synthetic"),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with model.safetensors, training.json and figures.json")
    folder: Path = parser.parse_args().folder
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    figures = [Figure(**row) for row in json.loads((folder / "figures.json").read_text(encoding="utf-8"))]
    text = TEXTS[training["recipe"]]
    card: dict[str, str | int] = {
        "name": folder.name,
        "library": "timm",
        "modality": "image",
        "architecture": ARCHITECTURE,
        "parameters": sum(parameter.numel() for parameter in load_backbone(folder).parameters()),
        "license": "apache-2.0",
        "origin": text.origin,
        "recipe": "pretraining/image",
        "note": text.note,
        "sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(render_readme(card, text, training, figures), encoding="utf-8")


def render_readme(
    card: dict[str, str | int], text: CardText, training: dict[str, str | int | float], figures: list[Figure]
) -> str:
    """The model card, front matter first."""
    tags = "\n".join(f"- {tag}" for tag in ("timm", "injerto", *text.tags))
    fonts = ", ".join(f"{package.removeprefix('fonts-')} ({licence})" for package, licence in FONT_PACKAGES.items())
    rows = "\n".join(render_row(figure) for figure in figures)
    return f"""---
license: apache-2.0
library_name: timm
tags:
{tags}
---

# {card["name"]}

{card["note"]}

A ResNet with one basic block per stage (32, 64, 128, 256 channels; {card["parameters"]:,} parameters), RGB, 64 pixels,
256 features, no classifier; stored as fp16. Load it with `timm.create_model("local-dir:FOLDER", pretrained=True)`.

## Pretrained on

{text.material}

Fonts, by Debian 12 package: {fonts}.

## Recipe

`{text.command.format(steps=training["steps"])}`, then `python -m pretraining.image.evaluate` and
`python -m pretraining.image.card` with that folder; see `{card["recipe"]}`.

Compute of the last command: {training["steps"]} steps, {training["pictures"]:,} pictures,
{training["minutes"]} minutes on {training["threads"]} thread of a shared Xeon CPU, no GPU; seed {training["seed"]}.

## Figures

Accuracy of frozen features with a ridge head (strength by leave-one-out), mean of {figures[0].num_splits} splits.
Control: same network, random weights, new for every split, the best of four variants (see `evaluate.py`). Gain:
pretrained minus control, 95 % interval by a paired bootstrap over splits and test pictures. Raw pixels: grey, 16 x 16,
same head. Omniglot trains on ten drawers and tests on ten others.

| set | train/test | pretrained | random (best variant) | gain (95 % interval) | raw pixels |
|---|---|---|---|---|---|
{rows}

None of these sets was pretrained on; the augmentation was written knowing them (8-pixel pictures, black-and-white ink).
flowers128 has some label noise; brain_mri is small and has near-duplicates that a random split does not separate.

## Limits

{text.limits}

One training run with one seed: how much another seed would differ was not measured.
"""


if __name__ == "__main__":
    main()
