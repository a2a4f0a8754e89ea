"""Content digests: SHA-256 everywhere, so that a name of content means the same on every machine."""

import hashlib
import json
from pathlib import Path

_CHUNK_BYTES = 1 << 20


def digest_bytes(*parts: bytes | memoryview) -> str:
    """Hex SHA-256 of the parts, each preceded by its length so that ("ab", "c") and ("a", "bc") differ."""
    state = hashlib.sha256()
    for part in parts:
        size = part.nbytes if isinstance(part, memoryview) else len(part)
        state.update(size.to_bytes(8, "little"))
        state.update(part)
    return state.hexdigest()


def digest_text(*parts: str) -> str:
    """Hex SHA-256 of texts; see `digest_bytes`."""
    return digest_bytes(*(part.encode("utf-8", "surrogatepass") for part in parts))


def digest_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes: what `sha256sum` prints."""
    state = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            state.update(chunk)
    return state.hexdigest()


def digest_json(value: object) -> str:
    """Hex SHA-256 of a JSON value, independent of key order and white space."""
    return digest_text(json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False))
