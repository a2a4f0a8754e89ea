"""Open a transformers model from a checked folder: architecture by its own classes, weights by our reading."""

from typing import Any, Final

import torch
from torch import Tensor, nn

# Before any other part of transformers.
from injerto.backbones.transformers_reading import load_network, read_config, unfit  # isort: skip

from transformers import AutoTokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_OBJECT_DETECTION_MAPPING, MODEL_MAPPING

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.contracts import transformers_contract
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.source_head import SourceHead
from injerto.backbones.speech.opening import open_transformers_speech
from injerto.backbones.speech.transformers_speech import MODEL_TYPES
from injerto.backbones.text_preparation import text_contract
from injerto.backbones.transformers_backbone import TransformersBackbone
from injerto.backbones.transformers_detector import TransformersDetector, detector_contract
from injerto.backbones.transformers_encoder import load_encoder, make_encoder
from injerto.backbones.transformers_image_backbone import TransformersImageBackbone
from injerto.backbones.transformers_layers import drop_pooler
from injerto.backbones.weights_file import read_weights
from injerto.core.errors import ModelError
from injerto.core.messages import say
from injerto.core.provenance import BackboneCard
from injerto.core.seeds import seeded
from injerto.core.survey import Modality

_PROCESSOR: Final = "preprocessor_config.json"
_SENTENCE_SETTINGS: Final = "sentence_bert_config.json"
_CLASSIFIERS: Final = {
    "mobilenet_v1": ("classifier",),
    "mobilenet_v2": ("classifier",),
    "vit": ("classifier",),
}
"""Where the classifier of an image network lies that reads just our pooled features: the mean of the last map, or the
class token. Others have a layer between, which is not part of a backbone."""
_WITH_DECODER: Final = ("t5", "mt5", "umt5", "marian", "bart", "mbart", "m2m_100", "pegasus", "longt5")
_DETECTORS: Final = frozenset(
    {"conditional_detr", "d_fine", "dab-detr", "deformable_detr", "detr", "rt_detr", "rt_detr_v2", "yolos"}
)


def open_transformers(
    folder: ModelFolder, *, pretrained: bool, seed: int, spec: str, card: BackboneCard | None
) -> AbstractBackbone:
    """The backbone in a folder that `save_pretrained` wrote; random weights of `seed` where not `pretrained`."""
    folder.check_settings()
    config = _read_config(folder, spec=spec)
    with quiet_transformers():
        weights = read_weights(folder.weight_files()) if pretrained else {}
        if _is_detector(config):
            return _open_detector(folder, config, weights, pretrained=pretrained, seed=seed, spec=spec, card=card)
        network = _load(config, weights, spec=spec) if pretrained else _initialise(config, seed=seed, spec=spec)
        drop_pooler(network)
        if config.model_type in (*MODEL_TYPES, "whisper"):
            return open_transformers_speech(folder, network, weights, pretrained=pretrained, spec=spec, card=card)
        if folder.holds(_PROCESSOR):
            image = _open_image(folder, network, pretrained=pretrained, spec=spec, card=card)
            names = _CLASSIFIERS.get(config.model_type, ())
            image.source_head = SourceHead.find(weights, names, num_features=image.num_features())
            return image
        return _open_text(folder, network, pretrained=pretrained, spec=spec, card=card)


def _open_image(
    folder: ModelFolder, network: Any, *, pretrained: bool, spec: str, card: BackboneCard | None
) -> TransformersImageBackbone:
    processor = folder.read_json(_PROCESSOR)
    contract = transformers_contract(processor, num_channels=network.config.num_channels, where=spec)
    return TransformersImageBackbone(
        network,
        processor=processor,
        spec=spec,
        card=describe_network(network, card, spec=spec, modality=Modality.IMAGE, phrase=f"{contract.height} px"),
        contract=contract,
        pretrained=pretrained,
    )


def _is_detector(config: Any) -> bool:
    """Whether it is of a family whose queries give boxes."""
    return config.model_type in _DETECTORS


def _open_detector(
    folder: ModelFolder,
    config: Any,
    weights: dict[str, Tensor],
    *,
    pretrained: bool,
    seed: int,
    spec: str,
    card: BackboneCard | None,
) -> TransformersDetector:
    kind = MODEL_FOR_OBJECT_DETECTION_MAPPING[type(config)]
    if pretrained:
        network = _load(config, weights, spec=spec, kind=kind)
    else:
        config.dtype = torch.float32
        with unfit(spec), seeded(seed):
            network = kind(config)
    processor = folder.read_json(_PROCESSOR)
    with unfit(spec):
        return TransformersDetector(
            network,
            processor=processor,
            spec=spec,
            card=describe_network(
                network, card, spec=spec, modality=Modality.IMAGE, phrase=say("backbones.whole-pictures")
            ),
            contract=detector_contract(processor, num_channels=int(getattr(config, "num_channels", 3))),
            pretrained=pretrained,
        )


def _open_text(
    folder: ModelFolder, network: Any, *, pretrained: bool, spec: str, card: BackboneCard | None
) -> TransformersBackbone:
    tokenizer = _read_tokenizer(folder, spec=spec, model_type=network.config.model_type)
    vocabulary_size = network.get_input_embeddings().num_embeddings
    longest = _longest_input(folder, network)
    contract = text_contract(tokenizer, longest=longest, vocabulary_size=vocabulary_size, where=spec)
    # Kept with the tokenizer, so that a saved network opens with the same contract.
    tokenizer.model_max_length = contract.max_length
    tokenizer.padding_side = "right"
    return TransformersBackbone(
        network,
        tokenizer=tokenizer,
        spec=spec,
        card=describe_network(network, card, spec=spec, modality=Modality.TEXT, phrase=f"{contract.max_length} tokens"),
        contract=contract,
        pretrained=pretrained,
    )


def _read_config(folder: ModelFolder, *, spec: str) -> Any:
    config = read_config(folder, spec=spec)
    if _is_detector(config):
        # A convolutional trunk by name would be fetched from a hub: its weights are in the file.
        config.use_pretrained_backbone = False
        return config
    if not isinstance(MODEL_MAPPING.get(type(config), None), type):
        raise ModelError(
            "architecture-unfit", where=spec, why=f"transformers has no plain network for {config.model_type}"
        )
    return config


def _load(config: Any, weights: dict[str, Tensor], *, spec: str, kind: Any = None) -> Any:
    if kind is None and _has_decoder(config):
        with unfit(spec):
            return load_encoder(config, weights, spec=spec)
    return load_network(kind or MODEL_MAPPING[type(config)], config, weights, spec=spec, lacking=_without_pooler)


def _without_pooler(network: Any, names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith("pooler.")]


def _initialise(config: Any, *, seed: int, spec: str) -> Any:
    config.dtype = torch.float32
    if _has_decoder(config):
        with unfit(spec):
            return make_encoder(config, seed=seed)
    with unfit(spec), seeded(seed):
        return MODEL_MAPPING[type(config)](config)


def _has_decoder(config: Any) -> bool:
    """Whether features are those of the encoder in front of a decoder. An encoder saved alone says so no more."""
    if config.model_type == "whisper":
        return False  # Its backbone takes the encoder by itself.
    return bool(getattr(config, "is_encoder_decoder", False)) or config.model_type in _WITH_DECODER


def _read_tokenizer(folder: ModelFolder, *, spec: str, model_type: str) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder.root, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, TypeError, KeyError, ImportError, AttributeError) as error:
        raise ModelError("tokenizer-unfit", where=spec, why=error) from error
    if not tokenizer.is_fast and model_type != "marian":  # Marian's has no other.
        raise ModelError("tokenizer-unfit", where=spec, why="it has no fast form (tokenizer.json)")
    return tokenizer


def _longest_input(folder: ModelFolder, network: Any) -> int:
    """The most tokens that the network can read; a sentence encoder says what it was trained with."""
    limits = [int(getattr(network.config, "max_position_embeddings", None) or 2**31)]
    for module in network.modules():
        positions = getattr(module, "position_embeddings", None)
        if isinstance(positions, nn.Embedding) and positions.padding_idx is not None:
            # RoBERTa counts positions from behind the padding's: 514 of them read 512 tokens.
            limits.append(positions.num_embeddings - positions.padding_idx - 1)
    if folder.holds(_SENTENCE_SETTINGS):
        length = folder.read_json(_SENTENCE_SETTINGS).get("max_seq_length")
        if isinstance(length, int) and length > 0:
            limits.append(length)
    return min(limits)


def describe_network(
    network: Any, card: BackboneCard | None, *, spec: str, modality: Modality, phrase: str
) -> BackboneCard:
    """The card of the catalogue, or one from what the network itself tells."""
    num_parameters = sum(parameter.numel() for parameter in network.parameters())
    if card is not None:
        return card.model_copy(update={"num_parameters": num_parameters})
    return BackboneCard(
        name=spec,
        spec=spec,
        modality=modality,
        architecture=network.config.model_type,
        num_parameters=num_parameters,
        input=phrase,
    )
