"""`timm:MODEL.TAG`: a model of timm's registry, its weights from the hub or the hub's cache."""

from typing import final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.hub import fetch_file
from injerto.backbones.model_folder import WEIGHTS_NAME
from injerto.backbones.sources import SOURCES, AbstractSource, Request
from injerto.backbones.timm_network import describe_registered, open_timm
from injerto.core.errors import ModelError


@SOURCES.register
@final
class TimmSource(AbstractSource):
    """timm's own models."""

    def load(self, request: Request) -> AbstractBackbone:
        request.refuse_arch()
        name, _, pinned = request.place.partition("@")
        spec = f"timm:{name}"
        description = describe_registered(name, where=spec)
        if not request.pretrained:
            return open_timm(description, files=(), seed=request.seed, spec=spec, card=request.card)
        repo = description.pretrained_cfg.get("hf_hub_id")
        if not repo:
            raise ModelError("architecture-unfit", where=spec, why="timm offers no weights for it")
        path, commit = fetch_file(str(repo), WEIGHTS_NAME, revision=request.revision or pinned or None)
        spec = f"{spec}@{commit}"
        return open_timm(description, files=(path,), seed=request.seed, spec=spec, card=request.card)
