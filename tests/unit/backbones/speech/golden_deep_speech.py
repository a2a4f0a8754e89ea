"""Independent arithmetic of the public DeepSpeech models, in NumPy with explicit loops, after their own sources.

TensorFlow: `core/kernels/mfcc_mel_filterbank.cc`, `mfcc_dct.cc`, `spectrogram.cc`, and the fused LSTM cell, whose gates
are input, candidate, forget, output. PaddlePaddle: `nn/layer/rnn.py`. PyTorch: the formulas of `nn.LSTM`'s page.
"""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def tensorflow_mfcc(samples: Array, *, rate: int = 16_000, coefficients: int = 26) -> Array:
    size, step, bands = rate * 32 // 1000, rate * 20 // 1000, 40
    window = np.array([0.5 - 0.5 * math.cos(2 * math.pi * i / size) for i in range(size)])
    rows = []
    for start in range(0, len(samples) - size + 1, step):
        squared = np.abs(np.fft.rfft(samples[start : start + size] * window, size)) ** 2
        logs = [math.log(max(value, 1e-12)) for value in _filterbank(squared, rate, bands)]
        scale = math.sqrt(2.0 / bands)
        row = [
            sum(scale * math.cos(i * math.pi / bands * (j + 0.5)) * logs[j] for j in range(bands))
            for i in range(coefficients)
        ]
        rows.append(row)
    return np.array(rows)


def _mel(hertz: float) -> float:
    return 1127.0 * math.log1p(hertz / 700.0)


def _filterbank(squared: Array, rate: int, bands: int) -> list[float]:
    low, high = _mel(20.0), _mel(rate / 2)
    spacing = (high - low) / (bands + 1)
    centres = [low + spacing * (i + 1) for i in range(bands + 1)]
    each = 0.5 * rate / (len(squared) - 1)
    first, last = int(1.5 + 20.0 / each), int(rate / 2 / each)
    output = [0.0] * bands
    for i in range(first, last + 1):
        mel, channel = _mel(i * each), 0
        while channel < bands and centres[channel] < mel:
            channel += 1
        channel -= 1
        if channel >= 0:
            weight = (centres[channel + 1] - mel) / (centres[channel + 1] - centres[channel])
        else:
            weight = (centres[0] - mel) / (centres[0] - low)
        value = math.sqrt(squared[i])
        if channel >= 0:
            output[channel] += weight * value
        if channel + 1 < bands:
            output[channel + 1] += value - weight * value
    return output


def tensorflow_lstm(inputs: Array, kernel: Array, bias: Array) -> Array:
    width = kernel.shape[1] // 4
    state, carry, outputs = np.zeros(width), np.zeros(width), []
    for row in inputs:
        enter, candidate, forget, leave = np.split(np.concatenate([row, state]) @ kernel + bias, 4)
        carry = _sigmoid(forget) * carry + _sigmoid(enter) * np.tanh(candidate)
        state = _sigmoid(leave) * np.tanh(carry)
        outputs.append(state)
    return np.array(outputs)


def mozilla_forward(samples: Array, tensors: dict[str, Array]) -> Array:
    """What layer 5 of DeepSpeech 0.9.3 gives."""
    cepstra = tensorflow_mfcc(samples)
    padded = np.pad(cepstra, ((9, 9), (0, 0)))
    x = np.array([padded[i : i + 19].ravel() for i in range(len(cepstra))])
    for name in ("layer_1", "layer_2", "layer_3"):
        x = np.clip(x @ tensors[f"{name}/weights"] + tensors[f"{name}/bias"], 0, 20)
    cell = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/"
    x = tensorflow_lstm(x, tensors[f"{cell}kernel"], tensors[f"{cell}bias"])
    return np.clip(x @ tensors["layer_5/weights"] + tensors["layer_5/bias"], 0, 20)


def lstm(inputs: Array, tensors: dict[str, Array], prefix: str, suffix: str = "") -> Array:
    """PyTorch's and PaddlePaddle's: gates are input, forget, candidate, output."""
    w_i, w_h = (tensors[f"{prefix}weight_{part}_l0{suffix}"] for part in ("ih", "hh"))
    bias = tensors[f"{prefix}bias_ih_l0{suffix}"] + tensors[f"{prefix}bias_hh_l0{suffix}"]
    width = w_h.shape[1]
    state, carry, outputs = np.zeros(width), np.zeros(width), []
    rows = inputs[::-1] if suffix else inputs
    for row in rows:
        enter, forget, candidate, leave = np.split(w_i @ row + w_h @ state + bias, 4)
        carry = _sigmoid(forget) * carry + _sigmoid(enter) * np.tanh(candidate)
        state = _sigmoid(leave) * np.tanh(carry)
        outputs.append(state)
    return np.array(outputs[::-1] if suffix else outputs)


def log_spectrogram(samples: Array, *, size: int = 320, step: int = 160) -> Array:
    """As librosa's centred STFT with a periodic Hamming window, then log1p, mean 0 and deviation 1 (unbiased)."""
    window = np.array([0.54 - 0.46 * math.cos(2 * math.pi * i / size) for i in range(size)])
    padded = np.pad(samples, size // 2)
    frames = [np.abs(np.fft.rfft(padded[i : i + size] * window)) for i in range(0, len(padded) - size + 1, step)]
    logs = np.log1p(np.array(frames)).T
    return (logs - logs.mean()) / logs.std(ddof=1)


def convolve(x: Array, weight: Array, bias: Array, stride: tuple[int, int], padding: tuple[int, int]) -> Array:
    """Channels, height, width."""
    x = np.pad(x, ((0, 0), (padding[0],) * 2, (padding[1],) * 2))
    _, _, height, width = weight.shape
    view = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))[:, :: stride[0], :: stride[1]]
    return np.einsum("chwij,ocij->ohw", view, weight) + bias[:, None, None]


def norm(x: Array, tensors: dict[str, Array], prefix: str, axis: int) -> Array:
    shape = [1] * x.ndim
    shape[axis] = -1
    mean, var, weight, bias = (
        tensors[f"{prefix}.{part}"].reshape(shape) for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / np.sqrt(var + 1e-5) * weight + bias


def deepspeech_pytorch_forward(samples: Array, tensors: dict[str, Array], *, num_layers: int) -> Array:
    """What reaches the layer of letters."""
    x = log_spectrogram(samples)[None]
    for conv, stride, padding in ((0, (2, 2), (20, 5)), (3, (2, 1), (10, 5))):
        name = f"conv.seq_module.{conv}"
        x = convolve(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], stride, padding)
        x = np.clip(norm(x, tensors, f"conv.seq_module.{conv + 1}", 0), 0, 20)
    x = x.reshape(-1, x.shape[2]).T
    for number in range(num_layers):
        if number:
            x = norm(x, tensors, f"rnns.{number}.batch_norm.module", 1)
        x = lstm(x, tensors, f"rnns.{number}.rnn.") + lstm(x, tensors, f"rnns.{number}.rnn.", "_reverse")
    return norm(x, tensors, "fc.0.module.0", 1)


def paddle_lstm_stack(x: Array, tensors: dict[str, Array], *, num_layers: int) -> Array:
    for number in range(num_layers):
        both = [lstm(x, tensors, f"encoder.rnn.{number}.", suffix) for suffix in ("", "_reverse")]
        x = np.concatenate(both, axis=1)
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        name = f"encoder.layernorm_list.{number}"
        x = (x - mean) / np.sqrt(var + 1e-5) * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]
    return x


def paddle_convolutions(features: Array, tensors: dict[str, Array]) -> Array:
    """Features, shape (windows, 161), to frames."""
    x = features[None]
    for number in (0, 2):
        name = f"encoder.conv.conv.{number}"
        x = np.maximum(convolve(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], (2, 2), (0, 0)), 0)
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))
