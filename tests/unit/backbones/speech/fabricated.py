"""Checkpoints of the three public formats, made by the tests: a bundle of TensorFlow without TensorFlow among them."""

import pickle
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

Arrays = dict[str, npt.NDArray[np.float32]]
_CELL = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/"


def draw(shapes: dict[str, tuple[int, ...]], *, seed: int = 0, scale: float = 0.3) -> Arrays:
    generator = np.random.default_rng(seed)
    found = {name: (scale * generator.normal(0, 1, shape)).astype(np.float32) for name, shape in shapes.items()}
    return {name: np.abs(value) + 0.5 if name.endswith("running_var") else value for name, value in found.items()}


def mozilla_arrays(width: int = 6, letters: int = 5) -> Arrays:
    shapes: dict[str, tuple[int, ...]] = {
        "layer_1/weights": (26 * 19, width),
        "layer_6/weights": (width, letters),
        "layer_6/bias": (letters,),
        f"{_CELL}kernel": (2 * width, 4 * width),
        f"{_CELL}bias": (4 * width,),
    }
    shapes |= {f"layer_{n}/weights": (width, width) for n in (2, 3, 5)}
    shapes |= {f"layer_{n}/bias": (width,) for n in (1, 2, 3, 5)}
    arrays = draw(shapes)
    arrays["layer_1/weights"] *= 0.1
    return arrays


def deepspeech_pytorch_arrays(width: int = 5, layers: int = 2, channels: int = 3, letters: int = 4) -> Arrays:
    shapes: dict[str, tuple[int, ...]] = {
        "conv.seq_module.0.weight": (channels, 1, 41, 11),
        "conv.seq_module.3.weight": (channels, channels, 21, 11),
        "fc.0.module.1.weight": (letters, width),
    }
    for number in (0, 3):
        shapes[f"conv.seq_module.{number}.bias"] = (channels,)
    parts = ("weight", "bias", "running_mean", "running_var")
    shapes |= {f"conv.seq_module.{number}.{part}": (channels,) for number in (1, 4) for part in parts}
    for number in range(layers):
        inputs = 41 * channels if number == 0 else width
        for suffix in ("", "_reverse"):
            shapes[f"rnns.{number}.rnn.weight_ih_l0{suffix}"] = (4 * width, inputs)
            shapes[f"rnns.{number}.rnn.weight_hh_l0{suffix}"] = (4 * width, width)
            shapes |= {f"rnns.{number}.rnn.bias_{part}_l0{suffix}": (4 * width,) for part in ("ih", "hh")}
        if number:
            shapes |= {f"rnns.{number}.batch_norm.module.{part}": (width,) for part in parts}
    shapes |= {f"fc.0.module.0.{part}": (width,) for part in parts}
    return draw(shapes, scale=0.1)


def paddle_arrays(width: int = 5, layers: int = 2, channels: int = 2, letters: int = 4) -> Arrays:
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.conv.conv.0.weight": (channels, 1, 3, 3),
        "encoder.conv.conv.2.weight": (channels, channels, 3, 3),
        "encoder.conv.conv.0.bias": (channels,),
        "encoder.conv.conv.2.bias": (channels,),
        "decoder.ctc_lo.weight": (2 * width, letters),
        "decoder.ctc_lo.bias": (letters,),
    }
    for number in range(layers):
        inputs = 39 * channels if number == 0 else 2 * width
        for suffix in ("", "_reverse"):
            shapes[f"encoder.rnn.{number}.weight_ih_l0{suffix}"] = (4 * width, inputs)
            shapes[f"encoder.rnn.{number}.weight_hh_l0{suffix}"] = (4 * width, width)
            shapes |= {f"encoder.rnn.{number}.bias_{part}_l0{suffix}": (4 * width,) for part in ("ih", "hh")}
        shapes |= {f"encoder.layernorm_list.{number}.{part}": (2 * width,) for part in ("weight", "bias")}
    return draw(shapes)


def write_lightning(path: Path, arrays: Arrays) -> Path:
    """As PyTorch Lightning saves, with settings that name a class of another library."""
    state = {name: torch.from_numpy(value) for name, value in arrays.items()}
    torch.save(
        {"epoch": 3, "state_dict": state, "hyper_parameters": {"path": Path("x"), "labels": ["_", "A", "B", " "]}}, path
    )
    return path


def write_paddle(path: Path, arrays: Arrays) -> Path:
    path.write_bytes(pickle.dumps({**arrays, "StructuredToParameterName@@": {"a": "b"}}, protocol=4))
    return path


def write_bundle(stem: Path, arrays: Arrays) -> Path:
    """The index by hand: one data block with shared key prefixes, an index block, a footer."""
    data, entries = b"", {b"": _varint_field(1, 1)}
    for name, value in sorted(arrays.items()):
        dimensions = b"".join(_bytes_field(2, _varint_field(1, size)) for size in value.shape)
        entry = _varint_field(1, 1) + _bytes_field(2, dimensions) + _varint_field(4, len(data))
        entries[name.encode()] = entry + _varint_field(5, value.nbytes) + struct.pack("<BI", (6 << 3) | 5, 7)
        data += value.tobytes()
    block = _block(entries)
    meta = _block({})
    index = _block({b"\xff": _varint(0) + _varint(len(block) - 5)})
    handles = _varint(len(block)) + _varint(len(meta) - 5) + _varint(len(block) + len(meta)) + _varint(len(index) - 5)
    footer = handles.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    Path(f"{stem}.index").write_bytes(block + meta + index + footer)
    Path(f"{stem}.data-00000-of-00001").write_bytes(data)
    return Path(f"{stem}.index")


def _block(entries: dict[bytes, bytes]) -> bytes:
    content, last = b"", b""
    for key, value in sorted(entries.items()):
        shared = next((i for i, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        content += _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value
        last = key
    return content + struct.pack("<II", 0, 1) + b"\0" + b"\0\0\0\0"


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint((number << 3) | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])
