"""Where injerto keeps what it can make again: `INJERTO_HOME`, else the platform's cache folder."""

import os
from pathlib import Path


def injerto_home() -> Path:
    """The folder of caches. `INJERTO_HOME` is the only environment variable of ours, and it changes no result."""
    if chosen := os.environ.get("INJERTO_HOME"):
        return Path(chosen).expanduser().resolve()
    from platformdirs import user_cache_path

    return user_cache_path("injerto", appauthor=False)


def is_inside(path: Path, root: Path) -> bool:
    """Whether `path`, with links and `..` resolved, lies in `root`."""
    return path.resolve().is_relative_to(root.resolve())
