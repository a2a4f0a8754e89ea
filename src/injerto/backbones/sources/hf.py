"""`hf:OWNER/NAME`: a repository of the Hugging Face hub, or its copy in the hub's cache."""

from typing import final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.hub import fetch_model
from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.sources import SOURCES, AbstractSource, Request
from injerto.backbones.sources.local import open_folder


@SOURCES.register
@final
class HubSource(AbstractSource):
    """Any public or admitted repository with config.json and safetensors weights."""

    def load(self, request: Request) -> AbstractBackbone:
        request.refuse_arch()
        repo, _, pinned = request.place.partition("@")
        revision = request.revision or pinned or None
        folder, commit = fetch_model(repo, revision=revision, needs_weights=request.pretrained)
        return open_folder(ModelFolder(folder), request, spec=f"hf:{repo}@{commit}")
