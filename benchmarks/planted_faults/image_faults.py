"""Image faults, planted by torchvision and Pillow in a pipeline that does not know the guard."""

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from timm.data import create_transform
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms import functional as TF

from benchmarks.planted_faults.trial import SHARED, Planter, Trial
from injerto.backbones.image_preparation import prepare_images
from injerto.backbones.input_guard.checking import check_inputs
from injerto.backbones.loading import load_backbone
from injerto.core.provenance import ImageContract
from injerto.data.items import ImageBytes, ImageFile

DATA = ("hymenoptera", "flowers128", "omniglot_small", "photos", "brain_mri")
NUM_EXAMPLES = 16
MODES = {
    "nearest": InterpolationMode.NEAREST,
    "box": InterpolationMode.BOX,
    "bilinear": InterpolationMode.BILINEAR,
    "hamming": InterpolationMode.HAMMING,
    "bicubic": InterpolationMode.BICUBIC,
    "lanczos": InterpolationMode.LANCZOS,
}
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
TURNS = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
EXIF = {Image.Transpose.ROTATE_90: 6, Image.Transpose.ROTATE_180: 3, Image.Transpose.ROTATE_270: 8}


@dataclass(frozen=True)
class Pipeline:
    """A pipeline of torchvision; by default as the contract says."""

    contract: ImageContract
    resize: Callable[[Image.Image], Image.Image] | None = None
    filter: str = ""
    turn: Callable[[int, Image.Image], Image.Image] = lambda _, image: image
    scale: float = 1.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    swap: str = ""
    precision: torch.dtype = torch.float32

    def __call__(self, files: list[Any]) -> Tensor:
        return torch.stack([self._one(number, file) for number, file in enumerate(files)]).to(self.precision)

    def _one(self, number: int, file: Any) -> Tensor:
        image = self.turn(number, _open(file))
        image = self.resize(image) if self.resize else _resize(image, self.contract, self.filter)
        x = TF.to_tensor(image) * self.scale
        if self.swap == "before":
            x = x.flip(0)
        x = TF.normalize(x, self.mean or self.contract.mean, self.std or self.contract.std)
        return x.flip(0) if self.swap == "after" else x


def planters() -> dict[str, Planter]:
    """By fault."""
    return {
        "healthy": healthy,
        "value-range": lambda g: _trial(g, value_range),
        "mean-std": lambda g: _trial(g, mean_std),
        "channel-order": lambda g: _trial(g, channel_order),
        "interpolation": lambda g: _trial(g, interpolation),
        "crop": lambda g: _trial(g, crop),
        "rotation": rotation,
    }


def value_range(right: Pipeline, generator: np.random.Generator) -> tuple[str, Pipeline]:
    """Not divided by 255, divided twice, or raw."""
    raw = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
    variants = {
        "0..255, normalised": replace(right, scale=255.0),
        "0..255, raw": replace(right, scale=255.0, **raw),
        "divided twice": replace(right, scale=1 / 255),
    }
    return _draw(variants, generator)


def mean_std(right: Pipeline, generator: np.random.Generator) -> tuple[str, Pipeline]:
    """Other constants, or none."""
    constants = {"none": ((0.0,) * 3, (1.0,) * 3), "imagenet": IMAGENET, "half": HALF, "clip": CLIP}
    own = (right.contract.mean, right.contract.std)
    return _draw(
        {name: replace(right, mean=mean, std=std) for name, (mean, std) in constants.items() if (mean, std) != own},
        generator,
    )


def channel_order(right: Pipeline, generator: np.random.Generator) -> tuple[str, Pipeline]:
    """Before mean and std, or behind them."""
    return _draw({when: replace(right, swap=when) for when in ("before", "after")}, generator)


def interpolation(right: Pipeline, generator: np.random.Generator) -> tuple[str, Pipeline]:
    """Another filter of Pillow, or torch without antialiasing."""
    own = right.contract.interpolation
    variants = {name: replace(right, filter=name) for name in MODES if name != own}
    for mode in ("bilinear", "bicubic"):
        variants[f"{mode}, no antialias"] = replace(
            right, resize=functools.partial(_resize_unsmoothed, contract=right.contract, mode=mode)
        )
    return _draw(variants, generator)


def crop(right: Pipeline, generator: np.random.Generator) -> tuple[str, Pipeline]:
    """Squashed, whole, or another share."""
    contract = right.contract
    side = contract.height
    mode = MODES[contract.interpolation]
    edges = {1.0, 256 / 224, 232 / 224, 1.25, float(generator.uniform(1.02, 1.4))}
    own = int(side / contract.crop_fraction)
    variants: dict[str, Pipeline] = {
        f"edge {edge:.3f}": replace(right, resize=functools.partial(_cut, edge=int(side * edge), side=side, mode=mode))
        for edge in sorted(edges)
        if abs(int(side * edge) - own) > 2
    }
    variants["squashed"] = replace(right, resize=lambda image: TF.resize(image, [side, side], mode))
    return _draw(variants, generator)


def rotation(generator: np.random.Generator) -> Trial | None:
    """All turned, or a quarter of them carries an EXIF orientation that the pipeline ignores."""
    name, contract, files = _draw_data(generator)
    turn = TURNS[generator.integers(3)]
    if generator.random() < 0.5:
        right = Pipeline(contract)
        wrong = replace(right, turn=lambda _, image: image.transpose(turn))
        return _compare(f"{name}, all {turn.name}", contract, files, right, wrong)
    turned = set(generator.permutation(len(files))[: len(files) // 4].tolist())
    encoded = [_with_exif(_open(file), turn if n in turned else None) for n, file in enumerate(files)]
    # `ImageOps.exif_transpose` is what the healthy pipeline does in `_open`.
    wrong = [
        TF.normalize(TF.to_tensor(_resize(_open_raw(e), contract, "")), contract.mean, contract.std) for e in encoded
    ]
    given = torch.stack(wrong)
    if (given - Pipeline(contract)(encoded)).abs().max() < 1e-3:
        return None
    items = [ImageBytes(e, f"{n}") for n, e in enumerate(encoded)]
    return Trial(f"{name}, EXIF of a quarter {turn.name}", lambda: check_inputs(contract, items, given))


def healthy(generator: np.random.Generator) -> Trial:
    """The same in other libraries and precisions."""
    name, contract, files = _draw_data(generator)
    right = Pipeline(contract)
    items = [ImageFile(file) for file in files]
    size = contract.height
    ways: dict[str, Callable[[], Tensor]] = {
        "torchvision": lambda: right(files),
        "half precision": lambda: replace(right, precision=torch.float16)(files),
        "bfloat16": lambda: replace(right, precision=torch.bfloat16)(files),
        "timm": lambda: torch.stack([_timm(contract)(_open(file)) for file in files]),
        "injerto": lambda: prepare_images(items, contract),
        "tensors": lambda: torch.stack([_by_tensors(_open(file), contract, size) for file in files]),
        "JPEG again": lambda: right([_jpeg(_open(file)) for file in files]),
        "uint8 once": lambda: _rounded(right(files), contract),
    }
    way = list(ways)[generator.integers(len(ways))]
    given = ways[way]()
    return Trial(f"{name}, {way}", lambda: check_inputs(contract, items, given))


def _trial(
    generator: np.random.Generator, spoil: Callable[[Pipeline, np.random.Generator], tuple[str, Pipeline]]
) -> Trial | None:
    name, contract, files = _draw_data(generator)
    right = Pipeline(contract)
    variant, wrong = spoil(right, generator)
    return _compare(f"{name}, {variant}", contract, files, right, wrong)


def _compare(what: str, contract: ImageContract, files: list[Any], right: Pipeline, wrong: Pipeline) -> Trial | None:
    given = wrong(files)
    if (given - right(files)).abs().max() < 1e-3:
        return None
    items = [ImageFile(file) for file in files]
    return Trial(what, lambda: check_inputs(contract, items, given))


@functools.cache
def contracts() -> dict[str, ImageContract]:
    """Of real and shipped weights, and the two most frequent of timm."""
    weights = {
        name: SHARED / "weights" / name for name in ("mobilenetv2_100.imagenet", "mobilenet_v1_0.25_128.imagenet")
    }
    found = {name: load_backbone(str(folder)).contract for name, folder in weights.items()}
    found["mix"] = load_backbone("shipped:injerto-mix-r10").contract
    found["timm"] = ImageContract(height=224, width=224, crop_fraction=0.875, mean=IMAGENET[0], std=IMAGENET[1])
    found["timm 0.95"] = ImageContract(height=224, width=224, crop_fraction=0.95, mean=IMAGENET[0], std=IMAGENET[1])
    return {name: contract for name, contract in found.items() if isinstance(contract, ImageContract)}


@functools.cache
def _files(name: str) -> tuple[Any, ...]:
    folder = SHARED / "data" / name
    return tuple(sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")))


def _draw_data(generator: np.random.Generator) -> tuple[str, ImageContract, list[Any]]:
    data = DATA[generator.integers(len(DATA))]
    name = list(contracts())[generator.integers(len(contracts()))]
    files = _files(data)
    chosen = generator.permutation(len(files))[:NUM_EXAMPLES]
    return f"{data}, {name}", contracts()[name], [files[n] for n in chosen]


def _draw(variants: dict[str, Pipeline], generator: np.random.Generator) -> tuple[str, Pipeline]:
    name = list(variants)[generator.integers(len(variants))]
    return name, variants[name]


def _open(file: Any) -> Image.Image:
    with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def _open_raw(file: Any) -> Image.Image:
    with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file) as image:
        return image.convert("RGB")


def _resize(image: Image.Image, contract: ImageContract, name: str) -> Image.Image:
    edge = int(contract.height / contract.crop_fraction)
    return _cut(image, edge=edge, side=contract.height, mode=MODES[name or contract.interpolation])


def _cut(image: Image.Image, *, edge: int, side: int, mode: InterpolationMode) -> Image.Image:
    return TF.center_crop(TF.resize(image, edge, mode), [side, side])


def _resize_unsmoothed(image: Image.Image, *, contract: ImageContract, mode: str) -> Image.Image:
    edge = int(contract.height / contract.crop_fraction)
    width, height = image.size
    size = (edge, int(edge * width / height)) if height <= width else (int(edge * height / width), edge)
    pixels = TF.pil_to_tensor(image)[None].float()
    small = F.interpolate(pixels, size, mode=mode, align_corners=False).round().clamp(0, 255).byte()[0]
    return TF.center_crop(TF.to_pil_image(small), [contract.height, contract.width])


def _by_tensors(image: Image.Image, contract: ImageContract, size: int) -> Tensor:
    steps = [
        v2.Resize(int(size / contract.crop_fraction), MODES[contract.interpolation], antialias=True),
        v2.CenterCrop(size),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(contract.mean, contract.std),
    ]
    return v2.Compose(steps)(TF.pil_to_tensor(image))


def _timm(contract: ImageContract) -> Callable[[Image.Image], Tensor]:
    return create_transform(
        (3, contract.height, contract.width),
        is_training=False,
        interpolation=contract.interpolation,
        mean=contract.mean,
        std=contract.std,
        crop_pct=contract.crop_fraction,
    )


def _rounded(x: Tensor, contract: ImageContract) -> Tensor:
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (contract.mean, contract.std))
    return ((x * std + mean) * 255).round().div(255).sub(mean).div(std)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _with_exif(image: Image.Image, turn: Image.Transpose | None) -> bytes:
    """The picture stored on its side, with the EXIF number that turns it upright again."""
    buffer = io.BytesIO()
    exif = Image.Exif()
    if turn is not None:
        image = image.transpose(turn)
        exif[0x0112] = EXIF[turn]
    image.save(buffer, "PNG", exif=exif)
    return buffer.getvalue()
