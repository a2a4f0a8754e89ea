"""Where a backbone comes from and how its input must look: cards and preprocessing contracts."""

from typing import Annotated, Literal

from pydantic import Field

from injerto.core.record import Record
from injerto.core.speech_contract import SpeechContract
from injerto.core.survey import Modality


class ImageContract(Record):
    """How an image becomes the tensor that the weights were trained on; bound to the weights' digest."""

    kind: Literal["image"] = "image"
    height: int = Field(ge=1, le=4096)
    width: int = Field(ge=1, le=4096)
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bicubic"
    crop_mode: Literal["center", "squash", "border"] = Field(
        "center",
        description="short side resized and the long one cut; both resized; long side resized, short one padded",
    )
    crop_fraction: float = Field(1.0, gt=0, le=1, description="side of the centre crop over the resized side")
    mean: tuple[float, ...]
    std: tuple[float, ...]
    value_range: tuple[float, float] = (0.0, 1.0)
    channel_order: Literal["rgb", "bgr", "grey"] = "rgb"


class TextContract(Record):
    """How a text becomes token ids; the tokenizer itself is named by its digest."""

    kind: Literal["text"] = "text"
    tokenizer_digest: str
    lowercase: bool
    max_length: int = Field(ge=1, description="longest input in tokens, special tokens included")
    padding_side: Literal["left", "right"] = "right"
    vocabulary_size: int


Contract = Annotated[ImageContract | TextContract | SpeechContract, Field(discriminator="kind")]


class BackboneCard(Record):
    """One entry of the catalogue: what is known of a pretrained model before it is loaded. None means unknown."""

    name: str = Field(description="the short name users type")
    spec: str = Field(description="where it is loaded from: `shipped:…`, `timm:…`, `hf:…`")
    modality: Modality
    architecture: str
    num_parameters: int | None = None
    input: str = Field(description="one phrase: `224 px RGB`, `512 tokens, lower-cased English`")
    license: str | None = None
    commercial_use: bool | None = Field(None, description="False where the licence forbids it, None if unknown")
    origin: str | None = Field(None, description="what it was pretrained on")
    revision: str | None = None
    digest: str | None = None
    note: str = ""
    pretraining_flop: float | None = Field(None, gt=0, description="by the recipe that its makers published")
    pretraining_source: str | None = Field(None, description="where that recipe stands, and how it was counted")


class Provenance(Record):
    """What an artifact says of the backbone it grew on."""

    card: BackboneCard
    digest: str = Field(description="SHA-256 over names, shapes and values of the loaded weights")
    pretrained: bool
    contract: Contract
