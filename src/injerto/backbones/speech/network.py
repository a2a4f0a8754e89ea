"""What every sound network must say: how many frames it makes of so many samples, and which layers belong together."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


class AbstractSpeechNetwork(nn.Module, ABC):
    """Samples, shape (batch, samples), to frames, shape (batch, frames, channels).

    What a recording gives does not depend on how far its batch is padded. Everything before the first layer that works
    on frames at the output rate lies in one submodule, so that a cut behind it crosses frames and nothing else.
    """

    sample_rate_hz: int
    full_scale: float = 1.0
    """Value of the loudest sample that can be: 1, or 32768 for what was trained on 16-bit integers."""
    fixed: tuple[str, ...] = ()
    """Tensors of a fixed front end, such as a filterbank: they are in the weights file and are no weights, so that a
    network with random weights has them too."""
    has_cuts: bool = True
    """Whether what crosses a cut is as long as the recording."""
    num_front_groups: int = 0
    """Layer groups at the input that the standard recipe keeps frozen: the convolutions of wav2vec 2.0."""

    @abstractmethod
    def num_frames(self, num_samples: int) -> int:
        """Frames that a recording of so many samples gives; at least 1."""

    @abstractmethod
    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        """Frames, shape (batch, frames, channels), zero where the mask, shape (batch, frames), is zero.

        `num_samples`, shape (batch, 1), says how many samples of each row are no padding.
        """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What rebuilds the network without its tensors; `architecture` names it."""

    @abstractmethod
    def groups(self) -> Mapping[str, str]:
        """The layer group of every parameter, by name."""

    def save(self, folder: str) -> bool:
        """Write the network in its own library's format; False where it has none."""
        return False
