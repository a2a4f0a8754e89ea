"""The tensors of public DeepSpeech checkpoints under the names of this package's networks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import torch
from torch import Tensor

from injerto.core.errors import ModelError

_LSTM_OF_MOZILLA: Final = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/"
_GATES: Final = 4


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Converted:
    """A network of this package: its settings and tensors, and the layer of letters that it was trained with."""

    settings: dict[str, Any]
    tensors: dict[str, Tensor]
    letters_weight: Tensor
    letters_bias: Tensor
    blank: int
    """The row of that layer which writes nothing."""


def from_mozilla(found: Mapping[str, Tensor], *, where: str) -> Converted:
    """Mozilla and Coqui, TensorFlow: dense weights are (inputs, outputs); one LSTM kernel holds inputs and state.

    Gates are input, candidate, forget, output in TensorFlow's fused cell, and input, forget, candidate, output here.
    """
    names = [f"layer_{n}" for n in (1, 2, 3, 5, 6)]
    take = _Taking(found, where)
    tensors: dict[str, Tensor] = {}
    for name in names[:-1]:
        tensors[f"{name}.linear.weight"] = take(f"{name}/weights").T.contiguous()
        tensors[f"{name}.linear.bias"] = take(f"{name}/bias")
    kernel, bias = take(f"{_LSTM_OF_MOZILLA}kernel"), take(f"{_LSTM_OF_MOZILLA}bias")
    width = kernel.shape[1] // _GATES
    if kernel.shape[1] % _GATES or kernel.shape[0] <= width:
        raise ModelError("checkpoint-unfit", path=where, why=f"an LSTM kernel of shape {tuple(kernel.shape)}")
    kernel, bias = _reorder(kernel), _reorder(bias[None])[0]
    num_inputs = kernel.shape[0] - width
    tensors["recurrent.lstm.weight_ih_l0"] = kernel[:num_inputs].T.contiguous()
    tensors["recurrent.lstm.weight_hh_l0"] = kernel[num_inputs:].T.contiguous()
    tensors["recurrent.lstm.bias_ih_l0"] = bias
    tensors["recurrent.lstm.bias_hh_l0"] = torch.zeros_like(bias)
    num_coefficients = 26
    context, rest = divmod(take("layer_1/weights").shape[0] // num_coefficients - 1, 2)
    if rest:
        raise ModelError("checkpoint-unfit", path=where, why="its first layer does not read 26 cepstra and neighbours")
    settings = {
        "architecture": "deep-speech-1",
        "width": width,
        "num_coefficients": num_coefficients,
        "context": context,
        "sample_rate_hz": 16_000,
    }
    letters_bias = take("layer_6/bias")
    return Converted(
        settings=settings,
        tensors=tensors,
        letters_weight=take("layer_6/weights").T.contiguous(),
        letters_bias=letters_bias,
        blank=len(letters_bias) - 1,
    )


def from_deepspeech_pytorch(found: Mapping[str, Tensor], *, where: str) -> Converted:
    """deepspeech.pytorch, version 3: already in PyTorch's order, under other names."""
    found = {name.removeprefix("model."): tensor for name, tensor in found.items()}
    take = _Taking(found, where)
    tensors: dict[str, Tensor] = {}
    for number in (0, 1, 3, 4):
        for part in ("weight", "bias", *(("running_mean", "running_var") if number in (1, 4) else ())):
            tensors[f"front.convs.{number}.{part}"] = take(f"conv.seq_module.{number}.{part}")
        if number in (1, 4):
            tensors[f"front.convs.{number}.num_batches_tracked"] = torch.tensor(0)
    num_layers, suffixes = _count_layers(found, r"rnns\.(\d+)\.rnn\.weight_hh_l0(_reverse)?$", where)
    for number in range(num_layers):
        for suffix in suffixes:
            for part in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
                own = take(f"rnns.{number}.rnn.{part}{suffix}")
                tensors[f"layers.{number}.recurrent.lstm.{part}{suffix}"] = own
        if number:
            tensors |= _norm(f"layers.{number}.before.norm", f"rnns.{number}.batch_norm.module", take)
    tensors |= _norm("norm.norm", "fc.0.module.0", take)
    settings = {
        "architecture": "deep-speech-2",
        "style": "deepspeech.pytorch",
        "width": take("rnns.0.rnn.weight_hh_l0").shape[1],
        "num_layers": num_layers,
        "num_channels": take("conv.seq_module.0.weight").shape[0],
        "bidirectional": len(suffixes) > 1,
        "sample_rate_hz": 16_000,
    }
    weight = take("fc.0.module.1.weight")
    return Converted(
        settings=settings, tensors=tensors, letters_weight=weight, letters_bias=torch.zeros(len(weight)), blank=0
    )


def from_paddlespeech(found: Mapping[str, Tensor], *, where: str) -> Converted:
    """PaddleSpeech's DeepSpeech 2: gates as in PyTorch; dense weights are (inputs, outputs)."""
    take = _Taking(found, where)
    tensors: dict[str, Tensor] = {}
    for number in (0, 2):
        for part in ("weight", "bias"):
            tensors[f"front.convs.{number}.{part}"] = take(f"encoder.conv.conv.{number}.{part}")
    num_layers, suffixes = _count_layers(found, r"encoder\.rnn\.(\d+)\.weight_hh_l0(_reverse)?$", where)
    for number in range(num_layers):
        for suffix in suffixes:
            for part in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
                own = take(f"encoder.rnn.{number}.{part}{suffix}")
                tensors[f"layers.{number}.recurrent.lstm.{part}{suffix}"] = own
        for part in ("weight", "bias"):
            tensors[f"layers.{number}.behind.{part}"] = take(f"encoder.layernorm_list.{number}.{part}")
    settings = {
        "architecture": "deep-speech-2",
        "style": "paddlespeech",
        "width": take("encoder.rnn.0.weight_hh_l0").shape[1],
        "num_layers": num_layers,
        "num_channels": take("encoder.conv.conv.0.weight").shape[0],
        "bidirectional": len(suffixes) > 1,
        "sample_rate_hz": 16_000,
    }
    return Converted(
        settings=settings,
        tensors=tensors,
        letters_weight=take("decoder.ctc_lo.weight").T.contiguous(),
        letters_bias=take("decoder.ctc_lo.bias"),
        blank=0,
    )


class _Taking:
    """Tensors by name, as single precision; a missing one is an error that names it."""

    def __init__(self, found: Mapping[str, Tensor], where: str) -> None:
        self._found = found
        self._where = where

    def __call__(self, name: str) -> Tensor:
        if name not in self._found:
            raise ModelError("checkpoint-unfit", path=self._where, why=f"the tensor {name} is missing")
        return self._found[name].float().contiguous()


def _norm(ours: str, theirs: str, take: _Taking) -> dict[str, Tensor]:
    parts = ("weight", "bias", "running_mean", "running_var")
    found = {f"{ours}.{part}": take(f"{theirs}.{part}") for part in parts}
    return {**found, f"{ours}.num_batches_tracked": torch.tensor(0)}


def _count_layers(found: Mapping[str, Tensor], pattern: str, where: str) -> tuple[int, tuple[str, ...]]:
    matches = [match for name in found if (match := re.search(pattern, name)) is not None]
    if not matches:
        raise ModelError("checkpoint-unfit", path=where, why="it holds no LSTM where this model has them")
    suffixes = ("", "_reverse") if any(match[2] for match in matches) else ("",)
    return 1 + max(int(match[1]) for match in matches), suffixes


def _reorder(columns: Tensor) -> Tensor:
    enter, candidate, forget, leave = columns.chunk(_GATES, dim=1)
    return torch.cat([enter, forget, candidate, leave], dim=1).contiguous()
