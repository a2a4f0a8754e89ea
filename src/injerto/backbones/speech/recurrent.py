"""Recurrent layers over frames of which some are padding, and the clipped activation of DeepSpeech."""

# B batch, T frames, C channels.

from typing import Final, final

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CLIP: Final = 20.0


@final
class ClippedRelu(nn.Module):
    """min(max(x, 0), 20)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(0, CLIP)


@final
class RecurrentLayer(nn.Module):
    """One LSTM that reads no padding; two directions are summed or laid side by side."""

    def __init__(self, num_inputs: int, width: int, *, bidirectional: bool, summed: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(num_inputs, width, batch_first=True, bidirectional=bidirectional)
        self._summed = summed and bidirectional

    def forward(self, x_BTC: Tensor, mask_BT: Tensor) -> Tensor:
        lengths = mask_BT.sum(1).clamp_min(1).cpu()
        packed = pack_padded_sequence(x_BTC, lengths, batch_first=True, enforce_sorted=False)
        # Not called but run: what it gives is no tensor, and whoever watches modules at a cut looks for tensors.
        found, _ = pad_packed_sequence(self.lstm.forward(packed)[0], batch_first=True, total_length=x_BTC.shape[1])
        if self._summed:
            found = found[..., : self.lstm.hidden_size] + found[..., self.lstm.hidden_size :]
        masked: Tensor = found * mask_BT.unsqueeze(-1).to(found.dtype)
        return masked
