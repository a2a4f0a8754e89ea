"""`convert_checkpoint`: a public DeepSpeech checkpoint becomes a folder that `--backbone` takes."""

import json
from pathlib import Path
from typing import Any, Literal

from safetensors.torch import save_file
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.converting.alphabets import find_letters
from injerto.backbones.converting.deep_speech import (
    Converted,
    from_deepspeech_pytorch,
    from_mozilla,
    from_paddlespeech,
)
from injerto.backbones.converting.paddle_checkpoint import read_paddle_checkpoint
from injerto.backbones.converting.tensorflow_bundle import read_bundle
from injerto.backbones.converting.torch_checkpoint import read_torch_checkpoint
from injerto.backbones.loading import load_backbone
from injerto.backbones.model_folder import WEIGHTS_NAME
from injerto.backbones.speech.opening import make_network
from injerto.backbones.weights_file import check_names
from injerto.core.atomic import new_folder
from injerto.core.errors import DataError, ModelError

Format = Literal["deepspeech.pytorch", "paddlespeech", "mozilla"]


def convert_checkpoint(source: Path, out: Path, *, overwrite: bool = False) -> AbstractBackbone:
    """Read a checkpoint without running anything of it, and write a folder of safetensors.

    Args:
        source: `.ckpt` or `.pth` of deepspeech.pytorch, `.pdparams` of PaddleSpeech, or the `.index` of a TensorFlow
            checkpoint of Mozilla or Coqui.
        out: a new folder: `config.json`, `model.safetensors`, and, where its alphabet is known, the layer of letters.
        overwrite: replace an earlier result.

    Returns:
        The backbone in that folder; `source_letters` are what it writes without training.

    Raises:
        DataError: there is no such file.
        ModelError: it is none of these, or damaged.
    """
    beside = Path(f"{source}.index")
    if not source.exists() and not beside.exists():
        raise DataError("path-missing", path=source)
    found, kept = _read(source, beside)
    _check(found, source)
    letters = find_letters(found, source, kept)
    with new_folder(out, overwrite=overwrite) as folder:
        # Cloned: parts of one kernel share its memory, which the format refuses.
        save_file(_cloned(found.tensors), folder / WEIGHTS_NAME, metadata={"format": "pt"})
        if letters is not None:
            letters.write(folder)
        config = json.dumps({"library": "injerto", **found.settings}, indent=1, sort_keys=True)
        (folder / "config.json").write_text(config + "\n", encoding="utf-8")
    return load_backbone(str(out))


def _read(source: Path, beside: Path) -> tuple[Converted, dict[str, Any]]:
    """The network, and what else the checkpoint holds."""
    where = str(source)
    if source.suffix == ".index" or beside.exists() or ".data-" in source.name:
        return from_mozilla(read_bundle(beside if beside.exists() else source), where=where), {}
    if not source.is_file():
        raise ModelError("checkpoint-unfit", path=source, why="it is no plain file")
    with source.open("rb") as stream:
        head = stream.read(4)
    if head[:2] == b"PK":
        tensors, kept = read_torch_checkpoint(source)
        return from_deepspeech_pytorch(tensors, where=where), kept
    if head[:1] == b"\x80":
        return from_paddlespeech(read_paddle_checkpoint(source), where=where), {}
    raise ModelError("checkpoint-unfit", path=source, why="it is no checkpoint of PyTorch, PaddlePaddle or TensorFlow")


def _check(found: Converted, source: Path) -> None:
    """Every tensor has the place and the shape that the network gives it."""
    settings = {name: value for name, value in found.settings.items() if name != "architecture"}
    network = make_network(str(found.settings["architecture"]), settings, seed=0, where=str(source))
    own = network.state_dict()
    check_names(
        str(source),
        missing=own.keys() - found.tensors.keys(),
        misshapen=[name for name in own.keys() & found.tensors.keys() if own[name].shape != found.tensors[name].shape],
        unknown=found.tensors.keys() - own.keys(),
    )


def _cloned(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
