"""Open a network that writes texts from a checked folder, its weights by our reading; and what does not fit, said."""

from typing import Any, Final

import torch
from torch import Tensor
from transformers import AutoTokenizer
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING,
)

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.sequences.causal import CausalBackbone
from injerto.backbones.sequences.encoder_decoder import EncoderDecoderBackbone
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.whisper import WhisperBackbone
from injerto.backbones.text_preparation import digest_tokenizer
from injerto.backbones.transformers_network import describe_network
from injerto.backbones.transformers_reading import load_network, read_config, unfit
from injerto.backbones.weights_file import read_weights
from injerto.core.errors import ModelError
from injerto.core.provenance import BackboneCard, TextContract
from injerto.core.seeds import derive_seed, seeded
from injerto.core.sequences import NetworkKind
from injerto.core.survey import Modality

_MAPPINGS: Final[dict[str, Any]] = {
    "causal": MODEL_FOR_CAUSAL_LM_MAPPING,
    "encoder-decoder": MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    "dictation": MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING,
}
_CLASSES: Final[dict[str, type[AbstractSequenceBackbone]]] = {
    "causal": CausalBackbone,
    "encoder-decoder": EncoderDecoderBackbone,
    "dictation": WhisperBackbone,
}
_LONGEST: Final = 8192
_LONGEST_RELATIVE: Final = 512
"""Of a network with relative positions (T5), which says no limit: what it was pretrained with."""


def open_sequence_network(
    folder: ModelFolder, *, kind: NetworkKind, pretrained: bool, seed: int, spec: str, card: BackboneCard | None
) -> AbstractSequenceBackbone:
    """The network in a folder that `save_pretrained` wrote, with its output layer; random weights where not
    `pretrained`.

    Raises `ModelError` for a network of another kind, one without an output layer, or a tokenizer that does not fit.
    """
    folder.check_settings()
    config = _read_config(folder, kind=kind, spec=spec)
    with quiet_transformers():
        tokenizer = read_tokenizer(folder, spec=spec)
        network = _load(config, folder, kind, spec=spec) if pretrained else _initialise(config, kind, seed, spec=spec)
        return wrap_network(network, tokenizer, kind=kind, spec=spec, card=card, pretrained=pretrained, seed=seed)


def wrap_network(
    network: Any,
    tokenizer: Any,
    *,
    kind: NetworkKind,
    spec: str,
    card: BackboneCard | None,
    pretrained: bool,
    seed: int = 0,
) -> AbstractSequenceBackbone:
    """A loaded network with its tokenizer as a backbone."""
    if kind == "causal" and not _looks_back_only(network):
        raise ModelError("language-not-causal", where=spec, architecture=network.config.model_type)
    num_known = network.get_input_embeddings().num_embeddings
    num_new = max(0, len(tokenizer) - num_known)
    if num_new:
        # Tokens that somebody added to the tokenizer: their rows start near the mean of the others (Hewitt 2021).
        with seeded(derive_seed(seed, "new tokens")):
            network.resize_token_embeddings(len(tokenizer))
    network.generation_config.max_length = None
    contract = TextContract(
        tokenizer_digest=digest_tokenizer(tokenizer),
        lowercase=tokenizer("INJERTO Ñ")["input_ids"] == tokenizer("injerto ñ")["input_ids"],
        max_length=_longest(network.config, tokenizer),
        padding_side="right",
        vocabulary_size=network.get_input_embeddings().num_embeddings,
    )
    made = _CLASSES[kind](
        network,
        tokenizer=tokenizer,
        spec=spec,
        card=describe_network(network, card, spec=spec, modality=Modality.TEXT, phrase=f"{contract.max_length} tokens"),
        contract=contract,
        pretrained=pretrained,
    )
    made.num_new_tokens = num_new
    return made


def read_tokenizer(folder: ModelFolder, *, spec: str) -> Any:
    """The tokenizer of a folder, slow ones included: Marian has no other."""
    try:
        return AutoTokenizer.from_pretrained(folder.root, local_files_only=True, trust_remote_code=False)
    except ImportError as error:
        raise ModelError("tokenizer-extra", where=spec, why=str(error).strip().split("\n")[0]) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        raise ModelError("tokenizer-unfit", where=spec, why=str(error).strip().split("\n")[0]) from error


def _read_config(folder: ModelFolder, *, kind: NetworkKind, spec: str) -> Any:
    config = read_config(folder, spec=spec)
    is_pair = bool(getattr(config, "is_encoder_decoder", False))
    is_other = kind == "dictation" and config.model_type != "whisper"  # Others are given other things to begin with.
    if is_pair != (kind != "causal") or type(config) not in _MAPPINGS[kind] or is_other:
        raise ModelError(f"language-no-{kind}", where=spec, architecture=config.model_type)
    return config


def _load(config: Any, folder: ModelFolder, kind: NetworkKind, *, spec: str) -> Any:
    def lacking(network: Any, names: list[str]) -> list[str]:
        missing = _really_missing(network, names)
        if output := set(missing) & {name for name, _ in _output_tensors(network)}:
            raise ModelError("language-no-head", where=spec, names=", ".join(sorted(output)))
        return missing

    weights = read_weights(folder.weight_files())
    return load_network(_MAPPINGS[kind][type(config)], config, weights, spec=spec, lacking=lacking)


def _really_missing(network: Any, names: list[str]) -> list[str]:
    """Missing tensors that are not another name of one that is there, and that training ever made."""
    shared: dict[int, set[str]] = {}
    for name, parameter in network.named_parameters(remove_duplicate=False):
        shared.setdefault(id(parameter), set()).add(name)
    lacking = set(names)
    computed = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    found = []
    for name in names:
        others = next((group for group in shared.values() if name in group), {name})
        if others <= lacking and name not in computed and name != "final_logits_bias":
            found.append(name)
    return found


def _output_tensors(network: Any) -> list[tuple[str, Tensor]]:
    layer = network.get_output_embeddings()
    own = {id(parameter) for parameter in layer.parameters()} if layer is not None else set()
    every = network.named_parameters(remove_duplicate=False)
    return [(name, parameter) for name, parameter in every if id(parameter) in own]


def _initialise(config: Any, kind: NetworkKind, seed: int, *, spec: str) -> Any:
    config.dtype = torch.float32
    with unfit(spec), seeded(seed):
        return _MAPPINGS[kind][type(config)](config)


def _looks_back_only(network: Any) -> bool:
    """Whether no score changes with what comes later. Measured: BERT, too, is listed as a language model."""
    ids = torch.tensor([[1, 1, 0], [1, 1, 1]])
    network.eval()
    with torch.no_grad():
        first, second = network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    return torch.allclose(first[:2], second[:2], atol=1e-6)


def _longest(config: Any, tokenizer: Any) -> int:
    names = ("max_position_embeddings", "n_positions", "max_target_positions")
    positions = next((found for name in names if (found := getattr(config, name, None))), None)
    own = int(positions) if positions else _LONGEST_RELATIVE
    return min(int(tokenizer.model_max_length), own, _LONGEST)
