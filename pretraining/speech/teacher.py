"""A teacher: Google's small speech embedding, Apache-2.0, from `../shared/weights/speech_embedding.google`.

Only its answers to generated nonsense are used, as `pretraining/image` uses an Apache-2.0 image network.
"""

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from injerto.backbones.speech.speech_embedding import SpeechEmbedding

WIDTH: Final = 96


def load_teacher(folder: Path) -> nn.Module:
    """The teacher, frozen."""
    network = SpeechEmbedding()
    network.load_own_state(load_file(folder / "model.safetensors"))
    return network.eval().requires_grad_(False)


@torch.no_grad()
def ask(teacher: nn.Module, samples: Tensor) -> Tensor:
    """What it says of whole windows of 0.76 s, every 80 ms, shape (batch, windows, 96)."""
    assert isinstance(teacher, SpeechEmbedding)
    return teacher.embed(teacher.mel_frames(samples * 32768.0))
