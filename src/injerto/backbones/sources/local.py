"""`local:PATH`, or a path alone: a folder of timm or transformers, or one .safetensors file with an architecture."""

import os
from pathlib import Path
from typing import Final, final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.licences import allows_commercial_use, licence_of
from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.sources import SOURCES, AbstractSource, Request
from injerto.backbones.speech import ARCHITECTURES
from injerto.backbones.weights_file import refuse_pickle
from injerto.core.errors import ModelError, UsageError

# Ties the architecture to the path, so that the spec alone loads a single file again.
ARCH_MARK: Final = ".safetensors::"


@SOURCES.register
@final
class LocalSource(AbstractSource):
    """Files on this machine."""

    def load(self, request: Request) -> AbstractBackbone:
        request.refuse_revision()
        place, mark, arch = request.place.partition(ARCH_MARK)
        path = Path(place + mark.removesuffix("::")).expanduser().resolve()
        if not os.path.exists(path):  # unlike Path.exists, False for a name that is too long
            raise ModelError("backbone-missing", path=path)
        if path.is_dir():
            request.refuse_arch()
            return open_folder(ModelFolder(path), request, spec=str(path))
        refuse_pickle(path)
        return _open_file(path, request, arch=request.arch or arch)


def open_folder(folder: ModelFolder, request: Request, *, spec: str) -> AbstractBackbone:
    """A folder by its config.json: timm's names an `architecture`, transformers' a `model_type`. What its README.md
    says of its licence goes onto its card, where that says nothing."""
    made = _open_folder(folder, request, spec=spec)
    if made.card.license is None and (found := licence_of(folder)) is not None:
        update = {"license": found, "commercial_use": allows_commercial_use(found)}
        made.card = made.card.model_copy(update=update)
    return made


def _open_folder(folder: ModelFolder, request: Request, *, spec: str) -> AbstractBackbone:
    config = folder.read_json("config.json")
    if request.purpose != "features":
        if "architecture" in config:
            raise ModelError(f"language-no-{request.purpose}", where=spec, architecture=config["architecture"])
        from injerto.backbones.sequences.opening import open_sequence_network  # A second, for transformers.

        return open_sequence_network(
            folder,
            kind=request.purpose,
            pretrained=request.pretrained,
            seed=request.seed,
            spec=spec,
            card=request.card,
        )
    if config.get("library") == "injerto":
        from injerto.backbones.speech.opening import open_speech

        return open_speech(
            folder, config, pretrained=request.pretrained, seed=request.seed, spec=spec, card=request.card
        )
    if "architecture" not in config:
        from injerto.backbones.transformers_network import open_transformers  # A second, for transformers.

        return open_transformers(folder, pretrained=request.pretrained, seed=request.seed, spec=spec, card=request.card)
    from injerto.backbones.timm_network import describe_config, open_timm  # Seconds, for timm.

    return open_timm(
        describe_config(config, where=spec),
        files=folder.weight_files() if request.pretrained else (),
        seed=request.seed,
        spec=spec,
        card=request.card,
    )


def _open_speech_file(path: Path, request: Request, *, arch: str) -> AbstractBackbone:
    from injerto.backbones.speech.opening import default_contract, load_speech, make_network

    spec = f"{path.with_suffix('')}{ARCH_MARK}{arch}"
    network = make_network(arch, {}, seed=request.seed, where=spec)
    files = (path,) if request.pretrained or network.fixed else ()
    contract = default_contract(network)
    return load_speech(network, files, contract, pretrained=request.pretrained, spec=spec, card=request.card)


def _open_file(path: Path, request: Request, *, arch: str) -> AbstractBackbone:
    if not arch:
        raise UsageError("arch-missing", path=path)
    if arch in ARCHITECTURES:
        return _open_speech_file(path, request, arch=arch)
    from injerto.backbones.timm_network import describe_registered, open_timm

    spec = f"{path.with_suffix('')}{ARCH_MARK}{arch}"
    return open_timm(
        describe_registered(arch, where=spec),
        files=(path,) if request.pretrained else (),
        seed=request.seed,
        spec=spec,
        card=request.card,
    )
