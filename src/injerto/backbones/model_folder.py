"""A folder that holds a model, read with suspicion: plain files inside it, bounded JSON, nothing that runs code."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from injerto.core.errors import ModelError

PICKLE_SUFFIXES: Final = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz"})
WEIGHTS_NAME: Final = "model.safetensors"
INDEX_NAME: Final = "model.safetensors.index.json"

_MAX_CONFIG_BYTES: Final = 4 << 20
_MAX_TOKENIZER_BYTES: Final = 256 << 20
# Files that transformers reads as settings; the larger tokenizer files are data.
_SETTINGS: Final = ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json")
_CLASS_KEYS: Final = frozenset(
    {"architectures", "feature_extractor_type", "image_processor_type", "model_type", "processor_class"}
    | {"architecture", "tokenizer_class"}
)
_ATTENTIONS: Final = frozenset({None, "eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention"})


@final
@dataclass(frozen=True)
class ModelFolder:
    """Access to the files of one model; every path is checked before anything opens it."""

    root: Path

    def holds(self, name: str) -> bool:
        """Whether there is something called `name`, a dangling link included."""
        path = self.root / name
        return path.is_symlink() or path.exists()

    def file(self, name: str) -> Path:
        """The path of a regular file of this folder; raises `ModelError` where it is missing or leads outside."""
        path = self.root / name
        if Path(name).name != name or name in (".", ".."):
            raise ModelError("model-file-outside", path=path)
        if not self.holds(name):
            raise ModelError("model-file-missing", path=path)
        if not path.is_file() or not self._is_inside(path):
            raise ModelError("model-file-outside", path=path)
        return path

    def read_json(self, name: str) -> dict[str, object]:
        """A JSON object of this folder, checked by `refuse_code` where it is a file of settings."""
        values = read_json(self.file(name))
        if name in _SETTINGS:
            refuse_code(values, where=str(self.root / name))
        return values

    def weight_files(self) -> tuple[Path, ...]:
        """The safetensors files of the weights, one or the shards of the index.

        Raises `ModelError` where there is none; a pickle beside it is named and left unread.
        """
        if self.holds(WEIGHTS_NAME):
            return (self.file(WEIGHTS_NAME),)
        if self.holds(INDEX_NAME):
            shards = self.read_json(INDEX_NAME).get("weight_map")
            if not isinstance(shards, dict) or not all(isinstance(shard, str) for shard in shards.values()):
                raise ModelError("model-json", path=self.root / INDEX_NAME, why="it has no weight_map of file names")
            return tuple(self.file(shard) for shard in sorted(set(shards.values())))
        pickles = sorted(path for path in self.root.iterdir() if path.suffix.lower() in PICKLE_SUFFIXES)
        if pickles:
            raise ModelError("weights-pickle", path=pickles[0])
        raise ModelError("model-file-missing", path=self.root / WEIGHTS_NAME)

    def check_settings(self) -> None:
        """Refuse the folder if one of its files of settings could make a library run code or read elsewhere."""
        for name in _SETTINGS:
            if self.holds(name):
                self.read_json(name)
        for path in sorted(self.root.iterdir()):
            if path.suffix.lower() in (".json", ".txt", ".model", ".jinja"):
                self.file(path.name)
                if path.stat().st_size > _MAX_TOKENIZER_BYTES:
                    raise ModelError("model-json", path=path, why="it is larger than 256 MiB")

    def _is_inside(self, path: Path) -> bool:
        target = path.resolve()
        roots = [self.root.resolve()]
        if self.root.parent.name == "snapshots":
            # The hub's cache: models--OWNER--NAME/snapshots/COMMIT/FILE links to models--OWNER--NAME/blobs/HASH.
            roots.append((self.root.parent.parent / "blobs").resolve())
        return any(target.is_relative_to(root) for root in roots)


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file; raises `ModelError` when it is too large, twice keyed, or no object."""
    size = path.stat().st_size
    if size > _MAX_CONFIG_BYTES and path.name != INDEX_NAME:
        raise ModelError("model-json", path=path, why=f"it has {size} bytes, more than {_MAX_CONFIG_BYTES}")
    try:
        values = json.loads(path.read_bytes(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ModelError("model-json", path=path, why=error) from error
    if not isinstance(values, dict):
        raise ModelError("model-json", path=path, why="it holds no JSON object")
    return values


def refuse_code(values: object, *, where: str) -> None:
    """Raise `ModelError` if settings name code to import or fetch, at any depth.

    `trust_remote_code` is no option of injerto; the keys below are the ways past it (CVE-2026-4372, CVE-2026-5241).
    """
    if isinstance(values, list):
        for value in values:
            refuse_code(value, where=where)
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        if _runs_code(key, value):
            raise ModelError("config-code", path=where, key=key)
        refuse_code(value, where=where)


def _runs_code(key: str, value: object) -> bool:
    if key in ("auto_map", "trust_remote_code") or (key.startswith("_") and key.endswith("_internal")):
        return True
    if key.startswith("custom_"):  # timm writes `custom_load: false` into every config.
        return value not in (None, False)
    if key.endswith(("attn_implementation", "experts_implementation")):
        return not (value is None or isinstance(value, str)) or value not in _ATTENTIONS
    if key in _CLASS_KEYS:
        names = value if isinstance(value, list) else [value]
        return any(isinstance(name, str) and re.search(r"[./\\:]", name) is not None for name in names)
    return False


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} occurs twice")
    return values
