"""Files of the Hugging Face hub: the cache first, then the network; a miss is one line that says how to get them.

HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_ENDPOINT and HF_TOKEN are the hub client's and mean what they mean there.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from huggingface_hub import constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from injerto.backbones.model_folder import INDEX_NAME, WEIGHTS_NAME, read_json
from injerto.core.errors import HubError

# What a model needs beside its weights; anything else of a repository is never fetched.
_SETTINGS: Final = (
    "README.md",
    "added_tokens.json",
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "merges.txt",
    "preprocessor_config.json",
    "sentence_bert_config.json",
    "sentencepiece.bpe.model",
    "source.spm",
    "special_tokens_map.json",
    "spiece.model",
    "target.spm",
    "target_vocab.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)
# One of these makes a transformers model usable; a timm model has its preprocessing in config.json.
_PREPARATION: Final = (
    "preprocessor_config.json",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
)
_WEIGHTS: Final = (WEIGHTS_NAME, INDEX_NAME, "model-*.safetensors")


def fetch_file(repo: str, name: str, *, revision: str | None) -> tuple[Path, str]:
    """One file of a repository and the commit that it is of."""
    with _explained(repo, revision, include=name):
        try:
            path = hf_hub_download(repo, name, revision=revision, local_files_only=True)
        except LocalEntryNotFoundError:
            path = hf_hub_download(repo, name, revision=revision, library_name="injerto")
    # …/snapshots/COMMIT/FILE
    return Path(path), Path(path).parent.name


def fetch_model(repo: str, *, revision: str | None, needs_weights: bool) -> tuple[Path, str]:
    """A folder with the files of a model, and the commit that they are of."""
    with _explained(repo, revision, include="'*.json' '*.txt' '*.model' '*.spm' '*.safetensors'"):
        folder = _cached_model(repo, revision, needs_weights=needs_weights)
        if folder is None:
            patterns = [*_SETTINGS, *(_WEIGHTS if needs_weights else ())]
            folder = Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, library_name="injerto"))
        if needs_weights and not _has_weights(folder):
            # Offline the hub client gives the part that is cached; asking for the file tells which of both it is.
            hf_hub_download(repo, WEIGHTS_NAME, revision=revision)
    return folder, folder.name


def _cached_model(repo: str, revision: str | None, *, needs_weights: bool) -> Path | None:
    try:
        config = hf_hub_download(repo, "config.json", revision=revision, local_files_only=True)
    except LocalEntryNotFoundError:
        return None
    folder = Path(config).parent
    is_whole = any((folder / name).exists() for name in _PREPARATION) or "architecture" in read_json(Path(config))
    return folder if is_whole and (_has_weights(folder) or not needs_weights) else None


def _has_weights(folder: Path) -> bool:
    return any((folder / name).exists() for name in (WEIGHTS_NAME, INDEX_NAME))


@contextmanager
def _explained(repo: str, revision: str | None, *, include: str) -> Iterator[None]:
    """Turn what the hub client raises into one line for each cause."""
    had_bars = not are_progress_bars_disabled()
    disable_progress_bars()
    # The client logs every retry; what comes of them is said once, by the error.
    client = logging.getLogger("huggingface_hub")
    level = client.level
    client.setLevel(logging.ERROR)
    command = f"hf download {repo}" + (f" --revision {revision}" if revision else "") + f" --include {include}"
    try:
        yield
    except GatedRepoError as error:
        raise HubError("hub-gated", repo=repo) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise HubError("hub-unknown", repo=repo, revision=revision or "main") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        why = "HF_HUB_OFFLINE is set" if constants.is_offline_mode() else "the hub cannot be reached"
        cache = constants.HF_HUB_CACHE
        raise HubError("hub-absent", repo=repo, why=why, command=command, cache=cache) from error
    except EntryNotFoundError as error:
        raise HubError("hub-no-safetensors", repo=repo, revision=revision or "main") from error
    except (HTTPError, OSError) as error:
        cache = constants.HF_HUB_CACHE
        raise HubError("hub-absent", repo=repo, why=error, command=command, cache=cache) from error
    finally:
        client.setLevel(level)
        if had_bars:
            enable_progress_bars()
