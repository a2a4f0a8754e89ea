"""A sound network as a backbone: mean and spread of its frames, or the frames with a column that marks them."""

# B batch, N samples, T frames, C channels.

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, final

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.item_checks import check_augment, check_taps, recording_items
from injerto.backbones.layer_groups import find_tap_modules, make_layer_groups, tapped, trace_forward
from injerto.backbones.model_folder import WEIGHTS_NAME
from injerto.backbones.pooling import check_pool, pool_tokens
from injerto.backbones.speech.network import AbstractSpeechNetwork
from injerto.core.provenance import BackboneCard
from injerto.core.speech_contract import SpeechContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording
from injerto.data.sound_decoding import resample

_TRACED_SECONDS: Final = 1.0
_LEAST_VARIANCE: Final = 1e-5
"""Under the root, whose slope at 0 is infinite."""
CONTRACT_NAME: Final = "contract.json"


@final
class SpeechBackbone(AbstractBackbone):
    """Any sound network. `pool=frames` gives every frame and, as last column, 1 where there is one and 0 in padding."""

    contract: SpeechContract
    network: AbstractSpeechNetwork

    def __init__(
        self,
        network: AbstractSpeechNetwork,
        *,
        spec: str,
        card: BackboneCard,
        contract: SpeechContract,
        pretrained: bool,
        files: dict[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.network = network.eval()
        self.spec = spec
        self.card = card
        self.contract = contract
        self.modality = Modality.AUDIO
        self.pretrained = pretrained
        self.pools = ("pooled", "taps", "frames", "mean")
        self.num_front_groups = network.num_front_groups
        self.has_cuts = network.has_cuts
        self._files = files or {}
        self._digest = digest_network(network, network.settings())
        number = network.num_frames(round(_TRACED_SECONDS * contract.sample_rate_hz))
        inputs = self._placeholder([number, number - 1])
        trace = trace_forward(
            network, lambda: self._frames(inputs), lambda frames: self._pool(frames, inputs), batch_size=2
        )
        names = network.groups()
        numbers = {name: index for index, name in enumerate(dict.fromkeys(names.values()))}
        self.layer_groups = make_layer_groups(
            network,
            trace,
            {parameter: numbers[group] for parameter, group in names.items()},
            names={number: name for name, number in numbers.items()},
        )
        self._width = trace.features[-1]
        # Maps with time behind the channels are no frames.
        modules = find_tap_modules(self.layer_groups, trace)
        self._tap_modules = {tap: name for tap, name in modules.items() if trace.shapes[name][1:2] == (number,)}
        self._taps = {tap: 2 * trace.shapes[name][-1] for tap, name in self._tap_modules.items()}
        self._taps["pooled"] = 2 * self._width

    @property
    def digest(self) -> str:
        return self._digest

    def num_features(self, pool: Pool = "pooled") -> int:
        check_pool(pool, self.pools, spec=self.spec)
        if pool == "taps":
            return sum(self._taps.values())
        return {"pooled": 2 * self._width, "frames": self._width + 1}.get(pool, self._width)

    @property
    def taps(self) -> dict[str, int]:
        return dict(self._taps)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        check_augment(augment, seeds, num_items=len(items), modality=self.modality)
        rows = [self._read(item) for item in recording_items(items, spec=self.spec)]
        samples = np.zeros((len(rows), max(map(len, rows), default=0)), np.float32)
        for row, values in zip(samples, rows, strict=True):
            row[: len(values)] = values
        mask = _mask([self.network.num_frames(len(row)) for row in rows])
        num_samples = torch.tensor([[len(row)] for row in rows])
        return {"frame_mask": mask, "samples": torch.from_numpy(samples), "num_samples": num_samples}

    def lengths(self, items: Sequence[AbstractItem]) -> list[int]:
        return [self.network.num_frames(self._num_samples(item)) for item in recording_items(items, spec=self.spec)]

    def row_counts(self, inputs: Inputs) -> list[int]:
        return [int(number) for number in inputs["frame_mask"].sum(1)]

    def inputs_of_rows(self, counts: Sequence[int]) -> Inputs:
        return self._placeholder(counts)

    def forward(self, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        if pool == "taps":
            return self._read_all_taps(inputs)
        frames = self._frames(inputs)
        if pool == "frames":
            return torch.cat([frames, inputs["frame_mask"].unsqueeze(-1).to(frames.dtype)], dim=2)
        return self._pool(frames, inputs, pool)

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        check_taps(taps, self._taps, spec=self.spec)
        modules = {tap: self._tap_modules[tap] for tap in taps if tap != "pooled"}
        with tapped(self.network, modules, lambda _tap, frames: self._pool(frames, inputs)) as found:
            found["pooled"] = self(inputs)
        return {tap: found[tap] for tap in taps}

    def save_network(self, folder: str) -> None:
        """Write network and contract: in transformers' format where the network is of that library, else in ours."""
        root = Path(folder)
        if not self.network.save(folder):
            # Shared tensors, such as tied weights, are refused by the format.
            state = {
                name: value.detach().cpu().clone().contiguous() for name, value in self.network.state_dict().items()
            }
            save_file(state, root / WEIGHTS_NAME, metadata={"format": "pt"})
            settings = {"library": "injerto", **self.network.settings()}
            (root / "config.json").write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        (root / CONTRACT_NAME).write_text(self.contract.to_json(), encoding="utf-8")
        for name, text in self._files.items():
            (root / name).write_text(text, encoding="utf-8")

    def _frames(self, inputs: Inputs) -> Tensor:
        frames: Tensor = self.network(inputs["samples"], inputs["frame_mask"], inputs["num_samples"])
        return frames

    def _pool(self, frames_BTC: Tensor, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        """Mean and spread over time: by two points better on words of unseen speakers than the mean alone."""
        mask_BT = inputs["frame_mask"]
        mean_BC = pool_tokens(frames_BTC, "mean", mask_NT=mask_BT)
        if pool == "mean":
            return mean_BC
        apart_BTC = (frames_BTC - mean_BC[:, None]).square()
        return torch.cat([mean_BC, (pool_tokens(apart_BTC, "mean", mask_NT=mask_BT) + _LEAST_VARIANCE).sqrt()], dim=1)

    def _placeholder(self, counts: Sequence[int]) -> Inputs:
        """Masks of so many frames, and samples that take no memory."""
        mask = _mask(counts)
        samples = torch.zeros(()).expand(len(counts), mask.shape[1])
        return {"frame_mask": mask, "samples": samples, "num_samples": torch.full((len(counts), 1), mask.shape[1])}

    def _num_samples(self, item: AbstractRecording) -> int:
        number, rate = item.read_length()
        wanted = self.contract.sample_rate_hz
        return min(-(-number * wanted // rate), self._most_samples())

    def _most_samples(self) -> int:
        return round(self.contract.longest_seconds * self.contract.sample_rate_hz)

    def _read(self, item: AbstractRecording) -> np.ndarray:
        sound = item.read()
        contract = self.contract
        # Cut before it is resampled: a recording of an hour costs as much as what is looked at.
        kept = sound.samples[: int(contract.longest_seconds * sound.sample_rate_hz) + 1]
        samples = resample(kept, sound.sample_rate_hz, contract.sample_rate_hz)[: self._most_samples()]
        if contract.standardise:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        elif contract.loudness_dbfs is not None and (loud := float(np.sqrt(np.mean(samples**2)))) > 0:
            samples = samples * (10 ** (contract.loudness_dbfs / 20) / loud)
        return np.asarray(samples * contract.full_scale, dtype=np.float32)


def _mask(counts: Sequence[int]) -> Tensor:
    longest = max(counts, default=0)
    return (torch.arange(longest) < torch.tensor(list(counts))[:, None]).long()
