"""Build a timm network from a description that may come from a stranger, and give it its weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from torch import Tensor, nn

from injerto.backbones.lean_imports import without_compiler

with without_compiler():  # Here first: whoever imports timm later finds it.
    import timm
    from timm.models.vgg import VGG

from injerto.backbones.contracts import timm_contract
from injerto.backbones.licences import allows_commercial_use
from injerto.backbones.near_names import nearest
from injerto.backbones.source_head import SourceHead
from injerto.backbones.timm_backbone import TimmBackbone
from injerto.backbones.vgg_layers import THIN, drop_fully_connected
from injerto.backbones.weights_file import check_names, read_weights
from injerto.backbones.without_random_values import WithoutRandomValues
from injerto.core.errors import ModelError
from injerto.core.provenance import BackboneCard
from injerto.core.seeds import seeded
from injerto.core.survey import Modality

# What says where weights are read from, and what makes the network other than a classifier's trunk.
_SOURCES: Final = frozenset({"url", "file", "state_dict", "hf_hub_id", "hf_hub_filename", "source", "custom_load"})
_NOT_ARCHITECTURE: Final = frozenset(
    {"pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "pretrained_strict", "checkpoint_path", "cache_dir"}
    | {"features_only", "num_classes", "scriptable", "exportable", "no_jit", "device", "dtype", "aux_logits"}
)
# Layers of checkpoints that lie behind the features and are not part of a backbone.
_HEADS: Final = ("head.", "head_dist.", "fc.", "classifier.", "pre_logits.", "AuxLogits.", "last_linear.")


@dataclass(frozen=True, kw_only=True)
class TimmDescription:
    """An architecture of timm with its settings: what a timm `config.json` or its registry says."""

    architecture: str
    model_args: Mapping[str, Any] = field(default_factory=dict)
    pretrained_cfg: Mapping[str, Any] = field(default_factory=dict)


def describe_registered(name: str, *, where: str) -> TimmDescription:
    """The description that timm itself holds of `architecture` or `architecture.tag`; raises `ModelError` if none."""
    architecture, _, tag = name.partition(".")
    _check_architecture(architecture, where=where)
    tagged = timm.list_pretrained(f"{architecture}.*")
    if tag and name not in tagged:
        raise ModelError("architecture-unknown", where=where, name=name, library="timm", near=nearest(name, tagged))
    known = timm.models.get_pretrained_cfg(name)
    return TimmDescription(architecture=architecture, pretrained_cfg=known.to_dict() if known else {})


def describe_config(config: Mapping[str, Any], *, where: str) -> TimmDescription:
    """The description in a timm `config.json`, in its present or its older flat form."""
    architecture = config.get("architecture")
    _check_architecture(architecture, where=where)
    pretrained_cfg = dict(config.get("pretrained_cfg", config))
    model_args = dict(config.get("model_args", {}))
    channels, height, width = pretrained_cfg.get("input_size") or (3, 224, 224)
    if model_args.get("img_size") is not None:
        size = model_args["img_size"]
        height, width = (size, size) if isinstance(size, int) else size
    pretrained_cfg["input_size"] = (model_args.get("in_chans", channels), height, width)
    pretrained_cfg["num_classes"] = config.get("num_classes", pretrained_cfg.get("num_classes", 0))
    return TimmDescription(architecture=str(architecture), model_args=model_args, pretrained_cfg=pretrained_cfg)


def open_timm(
    description: TimmDescription, *, files: Sequence[Path], seed: int, spec: str, card: BackboneCard | None
) -> TimmBackbone:
    """The backbone, with the weights of `files`; with no file it keeps the random weights of `seed`.

    Raises `ModelError` when a tensor of the trunk is missing or of another shape, or one is left over.
    """
    contract = timm_contract(description.pretrained_cfg, where=spec)
    description = replace(
        description,
        model_args={k: v for k, v in description.model_args.items() if k not in _NOT_ARCHITECTURE},
        pretrained_cfg={k: v for k, v in description.pretrained_cfg.items() if k not in _SOURCES},
    )
    network = _build(description, seed=seed, spec=spec, is_loaded=bool(files))
    weights = _load(network, files, where=spec) if files else {}
    num_parameters = sum(parameter.numel() for parameter in network.parameters())
    card = card or _card(description, spec=spec, input_phrase=f"{contract.height} px")
    backbone = TimmBackbone(
        network,
        spec=spec,
        card=card.model_copy(update={"architecture": description.architecture, "num_parameters": num_parameters}),
        contract=contract,
        pretrained=bool(files),
        model_args=_without_thin(description.model_args) if isinstance(network, VGG) else description.model_args,
    )
    # timm's networks end in this one layer, on what `forward_head(pre_logits=True)` gives; VGG's end in three.
    names = () if isinstance(network, VGG) else _classifiers(description)
    backbone.source_head = SourceHead.find(weights, names, num_features=backbone.num_features())
    return backbone


def _classifiers(description: TimmDescription) -> tuple[str, ...]:
    registered = timm.models.get_pretrained_cfg(description.architecture)
    found = description.pretrained_cfg.get("classifier") or (registered and registered.classifier)
    return (found,) if isinstance(found, str) else ()


def _build(description: TimmDescription, *, seed: int, spec: str, is_loaded: bool) -> nn.Module:
    # `vgg11` to `vgg19_bn`; `repvgg` is another family.
    thin = THIN if description.architecture.startswith("vgg") else {}
    model_args = dict(description.model_args) | thin | {"num_classes": 0}
    try:
        with WithoutRandomValues() if is_loaded else seeded(seed):
            network: nn.Module = timm.create_model(
                description.architecture, pretrained_cfg=dict(description.pretrained_cfg), **model_args
            )
    except (TypeError, ValueError, AssertionError, RuntimeError, KeyError) as error:
        # timm's constructors check their arguments in all these ways; the settings may come from a file.
        raise ModelError("architecture-unfit", where=spec, why=error) from error
    if isinstance(network, VGG):
        drop_fully_connected(network)
    return network


def _without_thin(model_args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in model_args.items() if name not in THIN}


def _load(network: nn.Module, files: Sequence[Path], *, where: str) -> dict[str, Tensor]:
    """All tensors of the files, those of a head among them."""
    weights: dict[str, Tensor] = timm.models.clean_state_dict(read_weights(files))
    trunk = network.state_dict()
    needed = {name for name in trunk if not name.endswith("num_batches_tracked")}
    check_names(
        where,
        missing=needed - weights.keys(),
        misshapen=[name for name in needed & weights.keys() if weights[name].shape != trunk[name].shape],
        unknown=[name for name in weights if name not in trunk and not name.startswith(_HEADS)],
    )
    # Names were compared above; torch itself is lenient only with the counters of old batch norms.
    network.load_state_dict({name: tensor for name, tensor in weights.items() if name in trunk})
    return weights


def _card(description: TimmDescription, *, spec: str, input_phrase: str) -> BackboneCard:
    license_id = description.pretrained_cfg.get("license")
    return BackboneCard(
        name=spec,
        spec=spec,
        modality=Modality.IMAGE,
        architecture=description.architecture,
        input=input_phrase,
        license=license_id,
        commercial_use=allows_commercial_use(license_id),
        origin=description.pretrained_cfg.get("description"),
    )


def _check_architecture(name: object, *, where: str) -> None:
    if not isinstance(name, str) or not timm.is_model(name):
        near = nearest(str(name), timm.list_models())
        raise ModelError("architecture-unknown", where=where, name=name, library="timm", near=near)
