"""Open a sound network from a checked folder: ours by its `architecture`, transformers' by its `model_type`."""

import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError
from torch import Tensor

from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.near_names import nearest
from injerto.backbones.speech import ARCHITECTURES
from injerto.backbones.speech.letters import SourceLetters
from injerto.backbones.speech.network import AbstractSpeechNetwork
from injerto.backbones.speech.transformers_speech import TransformersSpeech
from injerto.backbones.speech.whisper_encoder import WhisperEncoder
from injerto.backbones.speech_backbone import CONTRACT_NAME, SpeechBackbone
from injerto.backbones.weights_file import check_names, read_weights
from injerto.core.errors import ModelError
from injerto.core.provenance import BackboneCard
from injerto.core.seeds import seeded
from injerto.core.speech_contract import SpeechContract
from injerto.core.survey import Modality

_PROCESSOR: Final = "preprocessor_config.json"
_LARGEST: Final = 1 << 16
"""Of any setting: what a file asks for costs no more memory than its tensors can fill."""


def open_speech(
    folder: ModelFolder, config: Mapping[str, Any], *, pretrained: bool, seed: int, spec: str, card: BackboneCard | None
) -> SpeechBackbone:
    """A network of this package from its folder; random weights of `seed` where not `pretrained`."""
    settings = {name: value for name, value in config.items() if name not in ("library", "architecture")}
    network = make_network(str(config.get("architecture")), settings, seed=seed, where=spec)
    files = folder.weight_files() if pretrained or network.fixed else ()
    contract = _read_contract(folder, network, spec)
    backbone = load_speech(network, files, contract, pretrained=pretrained, spec=spec, card=card)
    if pretrained:
        width = backbone.num_features("mean")
        backbone.source_letters = SourceLetters.read(folder, num_features=width, where=spec)
    return backbone


def open_transformers_speech(
    folder: ModelFolder,
    network: Any,
    weights: Mapping[str, Tensor],
    *,
    pretrained: bool,
    spec: str,
    card: BackboneCard | None,
) -> SpeechBackbone:
    """A network of transformers with its weights, and the contract that lies beside it."""
    contract = SpeechContract()
    files = {}
    if folder.holds(_PROCESSOR):
        settings = folder.read_json(_PROCESSOR)
        contract = SpeechContract.model_validate(
            {
                "sample_rate_hz": settings.get("sampling_rate", 16_000),
                "standardise": bool(settings.get("do_normalize", True)),
            }
        )
        files[_PROCESSOR] = json.dumps(settings, indent=1, sort_keys=True) + "\n"
    parts: AbstractSpeechNetwork
    if network.config.model_type == "whisper":
        parts = WhisperEncoder(network)
        contract = SpeechContract(sample_rate_hz=parts.sample_rate_hz, longest_seconds=parts.longest_seconds)
    else:
        parts = TransformersSpeech(network, sample_rate_hz=contract.sample_rate_hz)
    made = _card(parts, contract, card, spec=spec)
    backbone = SpeechBackbone(parts, spec=spec, card=made, contract=contract, pretrained=pretrained, files=files)
    width = backbone.num_features("mean")
    backbone.source_letters = SourceLetters.of_transformers(folder, network.config, weights, num_features=width)
    return backbone


def load_speech(
    network: AbstractSpeechNetwork,
    files: tuple[Any, ...],
    contract: SpeechContract,
    *,
    pretrained: bool,
    spec: str,
    card: BackboneCard | None,
) -> SpeechBackbone:
    """The network with the tensors of the files, as a backbone; without pretrained ones, with its fixed ones alone."""
    if files:
        tensors = {
            name: value.float() if value.is_floating_point() else value for name, value in read_weights(files).items()
        }
        own = network.state_dict()
        check_names(
            spec,
            missing=own.keys() - tensors.keys(),
            misshapen=[name for name in own.keys() & tensors.keys() if own[name].shape != tensors[name].shape],
            unknown=tensors.keys() - own.keys(),
        )
        chosen = tensors if pretrained else {name: tensors[name] for name in network.fixed}
        network.load_state_dict(chosen, strict=pretrained)
    made = _card(network, contract, card, spec=spec)
    return SpeechBackbone(network, spec=spec, card=made, contract=contract, pretrained=pretrained)


def _card(
    network: AbstractSpeechNetwork, contract: SpeechContract, card: BackboneCard | None, *, spec: str
) -> BackboneCard:
    num_parameters = sum(parameter.numel() for parameter in network.parameters())
    phrase = f"{contract.sample_rate_hz / 1000:g} kHz sound"
    made = card or BackboneCard(
        name=spec,
        spec=spec,
        modality=Modality.AUDIO,
        architecture=str(network.settings().get("architecture") or network.settings().get("model_type")),
        input=phrase,
    )
    return made.model_copy(update={"num_parameters": num_parameters})


def make_network(name: str, settings: Mapping[str, Any], *, seed: int, where: str) -> AbstractSpeechNetwork:
    """A network with random weights; raises `ModelError` for a name or settings that it does not know."""
    if name not in ARCHITECTURES:
        near = nearest(name, list(ARCHITECTURES))
        raise ModelError("architecture-unknown", where=where, name=name, library="injerto", near=near)
    for key, value in settings.items():
        if isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
            raise ModelError("architecture-unfit", where=where, why=f"its config.json has {key} = {value}")
    try:
        with seeded(seed):
            return _find_class(name)(**settings)
    except (TypeError, ValueError, RuntimeError, ZeroDivisionError) as error:
        raise ModelError("architecture-unfit", where=where, why=error) from error


def _find_class(name: str) -> Callable[..., AbstractSpeechNetwork]:
    module, _, kind = ARCHITECTURES[name].partition(":")
    found: Callable[..., AbstractSpeechNetwork] = getattr(importlib.import_module(module), kind)
    return found


def default_contract(network: AbstractSpeechNetwork) -> SpeechContract:
    """What a network's own code says of its input."""
    return SpeechContract(sample_rate_hz=network.sample_rate_hz, full_scale=network.full_scale)


def _read_contract(folder: ModelFolder, network: AbstractSpeechNetwork, spec: str) -> SpeechContract:
    if not folder.holds(CONTRACT_NAME):
        return default_contract(network)
    try:
        return SpeechContract.model_validate(folder.read_json(CONTRACT_NAME))
    except ValidationError as error:
        raise ModelError(
            "contract-unfit", where=spec, setting=f"{CONTRACT_NAME}: {error.errors()[0]['msg']}"
        ) from error
