"""`shipped:NAME`: a small backbone that the project pretrained itself and that comes with the package."""

from typing import final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.model_folder import WEIGHTS_NAME, ModelFolder
from injerto.backbones.shipped_cards import find_shipped
from injerto.backbones.sources import SOURCES, AbstractSource, Request
from injerto.backbones.sources.local import open_folder
from injerto.core.errors import ModelError
from injerto.core.hashing import digest_file


@SOURCES.register
@final
class ShippedSource(AbstractSource):
    """The package's own weights."""

    def load(self, request: Request) -> AbstractBackbone:
        request.refuse_arch()
        request.refuse_revision()
        shipped = find_shipped(request.place)
        folder = ModelFolder(shipped.folder)
        if request.pretrained:
            path = folder.file(WEIGHTS_NAME)
            found = digest_file(path)
            if found != shipped.sha256:
                raise ModelError("shipped-changed", path=path, found=found[:12], expected=shipped.sha256[:12])
        return open_folder(folder, request, spec=f"shipped:{request.place}")
