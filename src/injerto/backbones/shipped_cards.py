"""The backbones that come with the package: whatever folders lie in `shipped`, by their card.json; imports no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, Field, ValidationError

from injerto.backbones.licences import allows_commercial_use
from injerto.backbones.model_folder import ModelFolder
from injerto.core.errors import ModelError, UsageError
from injerto.core.provenance import BackboneCard
from injerto.core.record import Record
from injerto.core.survey import Modality

SHIPPED_FOLDER: Final = Path(__file__).parent / "shipped"
_CARD: Final = "card.json"


class _CardFile(Record):
    """What card.json must say; what else it says is for its readers."""

    model_config = ConfigDict(extra="ignore")

    modality: Modality
    architecture: str
    parameters: int = Field(ge=1)
    license: str
    origin: str
    note: str = ""
    pretraining_flop: float | None = Field(None, gt=0)
    pretraining_source: str | None = None
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """One shipped backbone: its folder, its card, and the SHA-256 of its weights file."""

    folder: Path
    card: BackboneCard
    sha256: str


def list_shipped(root: Path = SHIPPED_FOLDER) -> tuple[Shipped, ...]:
    """Every folder of `root` that has a card, by name."""
    if not root.is_dir():
        return ()
    return tuple(_read(path) for path in sorted(root.iterdir()) if (path / _CARD).is_file())


def find_shipped(name: str, root: Path = SHIPPED_FOLDER) -> Shipped:
    """The shipped backbone called `name`; raises `UsageError` when there is none."""
    found = {shipped.card.name: shipped for shipped in list_shipped(root)}
    if name not in found:
        raise UsageError("unknown-name", kind="shipped backbone", name=name, near="", names=", ".join(found))
    return found[name]


def _read(path: Path) -> Shipped:
    folder = ModelFolder(path)
    try:
        said = _CardFile.model_validate(folder.read_json(_CARD))
    except ValidationError as error:
        raise ModelError("model-json", path=path / _CARD, why=error) from error
    card = BackboneCard(
        name=path.name,
        spec=f"shipped:{path.name}",
        modality=said.modality,
        architecture=said.architecture,
        num_parameters=said.parameters,
        input=_input_phrase(folder),
        license=said.license,
        commercial_use=allows_commercial_use(said.license),
        origin=said.origin,
        note=said.note,
        pretraining_flop=said.pretraining_flop,
        pretraining_source=said.pretraining_source,
    )
    return Shipped(folder=path, card=card, sha256=said.sha256)


def _input_phrase(folder: ModelFolder) -> str:
    config = folder.read_json("config.json")
    image = config.get("pretrained_cfg")
    if isinstance(image, dict) and isinstance(image.get("input_size"), list):
        return f"{image['input_size'][-1]} px RGB"
    if isinstance(rate := config.get("sample_rate_hz"), int):
        return f"{rate / 1000:g} kHz sound"
    return f"{config.get('max_position_embeddings', 'any number of')} tokens"
