"""Small spoken data: tones that rise and fall stand for words, and small networks that hear them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 16_000
WORDS = {"up": (300, 900), "down": (900, 300), "hum": (400, 400)}


def speak(word: str, *, pitch: float = 1.0, seconds: float = 0.3, seed: int = 0) -> npt.NDArray[np.float32]:
    """A tone that glides from one height to another, with a little noise."""
    generator = np.random.default_rng(seed)
    start, end = WORDS[word]
    number = int(seconds * RATE)
    phase = 2 * np.pi * np.cumsum(np.linspace(start, end, number) * pitch) / RATE
    tone = 0.3 * np.sin(phase) * np.hanning(number)
    return (tone + generator.normal(0, 0.01, number)).astype(np.float32)


def write_recordings(root: Path, *, per_word: int = 8, speakers: int = 4) -> Path:
    """A folder of WAV files and `manifest.csv` with path, label, text and speaker."""
    (root / "wav").mkdir(parents=True)
    rows = []
    for speaker in range(speakers):
        for word in WORDS:
            for number in range(per_word):
                seed = 31 * speaker + 7 * number + 1000 * list(WORDS).index(word)
                seconds = 0.25 + 0.02 * (seed % 5)
                samples = speak(word, pitch=1 + 0.08 * speaker, seconds=seconds, seed=seed)
                quiet = np.random.default_rng(seed).normal(0, 0.002, RATE // 5).astype(np.float32)
                before, after = np.random.default_rng(seed + 1).integers(0, RATE // 6, 2)
                samples = np.concatenate([quiet[:before], samples, quiet[:after]])
                name = f"wav/{word}_{speaker}_{number}.wav"
                soundfile.write(root / name, samples, RATE)
                rows.append({"path": name, "label": word, "text": word.upper() + "!", "speaker": f"s{speaker}"})
    with (root / "manifest.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root


def save_recogniser(folder: Path, entries: Sequence[str]) -> None:
    """A wav2vec2 with a layer of letters, an entry a row, as transformers saves it."""
    import torch
    import transformers

    save_transformers_speech("wav2vec2", folder, norm="layer")
    config = transformers.Wav2Vec2Config.from_pretrained(folder, vocab_size=len(entries), pad_token_id=0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        network = transformers.Wav2Vec2ForCTC(config).eval()
        torch.nn.init.normal_(network.lm_head.bias)
    network.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps({entry: row for row, entry in enumerate(entries)}))


def save_transformers_speech(kind: str, folder: Path, *, norm: str = "group") -> None:
    """A wav2vec2, hubert or wavlm of two layers with random weights, as transformers saves it."""

    import torch
    import transformers

    config_class: Any = {
        "wav2vec2": transformers.Wav2Vec2Config,
        "hubert": transformers.HubertConfig,
        "wavlm": transformers.WavLMConfig,
    }[kind]
    config = config_class(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(16, 16, 16),
        conv_stride=(5, 8, 8),
        conv_kernel=(10, 8, 8),
        num_feat_extract_layers=3,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer",
        num_buckets=32,
        max_bucket_distance=64,
        vocab_size=12,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = transformers.AutoModel.from_config(config).eval()
    network.save_pretrained(folder)
    processor = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": RATE, "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))


def save_whisper(folder: Path, *, languages: Sequence[str] = ("en", "es")) -> None:
    """A Whisper of two layers that hears two seconds at once, with random weights, as transformers saves it."""
    import torch
    import transformers

    from injerto.backbones.sequences.plain import train_tokenizer

    tokenizer = train_tokenizer(list(WORDS), vocabulary=0, context=40, kind="causal")
    marks = ["startoftranscript", *languages, "transcribe", "notimestamps"]
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{mark}|>" for mark in marks]})
    config = transformers.WhisperConfig(
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_source_positions=100,
        max_target_positions=20,
        num_mel_bins=80,
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.convert_tokens_to_ids("<|startoftranscript|>"),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        transformers.WhisperForConditionalGeneration(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(chunk_length=2).save_pretrained(folder)
