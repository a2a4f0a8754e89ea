"""What a comparison needs to know of one kind of data: who takes part, and what is written for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FLOPS = 75e9
"""Operations a second of one core."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One kind of data.

    Args:
        peers: files beside this one, injerto's own first.
        networks: what is compared without `--networks`.
        write_data: a folder, how many examples, and from where; gives the path that every peer reads.
        write_weights: a folder and a network's name; gives the folder that every peer loads.
        find_limit: weights, data; seconds on one core that no way of looking at every example can do without.
        takes: whether a peer has the network.
    """

    peers: tuple[str, ...]
    networks: tuple[str, ...]
    write_data: Callable[[Path, int, str], Path]
    write_weights: Callable[[Path, str], Path]
    find_limit: Callable[[Path, Path], float]
    takes: Callable[[str, str], bool]
