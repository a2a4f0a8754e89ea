"""Text generation and translation on a GPU: the values, draws, beams and trainings of the processor."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from sequence_networks import (
    CAUSAL,
    ENCODER_DECODER,
    MULTILINGUAL,
    pairs,
    save_sequence_network,
    write_pairs,
    write_prose,
)
from sequence_training import ASKED, items, load, scores, train

import injerto
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.sequences.causal import CausalBackbone
from injerto.backbones.sequences.encoder_decoder import EncoderDecoderBackbone
from injerto.cli import main
from injerto.core.sequences import Sampling

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
EVERY = (*CAUSAL, *ENCODER_DECODER, *MULTILINGUAL)
TRAININGS = [(family, strategy) for family in (*CAUSAL, *ENCODER_DECODER) for strategy in ("lora:rank=2", "last-1")]
TRAININGS += [(family, strategy) for family in ("gpt2", "marian") for strategy in ("norm-bias", "full", "from-scratch")]
DRAWS = [
    Sampling(max_tokens=24, temperature=0),
    Sampling(max_tokens=24, temperature=1.3, top_k=0, top_p=1.0, seed=5),
    Sampling(max_tokens=24, temperature=0.9, top_k=20, top_p=0.9, repetition_penalty=1.2, seed=6),
]


@pytest.mark.parametrize("family", EVERY)
def test_scores_are_those_of_the_processor(family: str, tmp_path: Path) -> None:
    backbone = load(save_sequence_network(family, tmp_path / family))
    rows, _ = backbone.rows(items(backbone.kind), backbone.resolve_settings(ASKED, prompts=False), packed=False)
    expected = scores(backbone, rows)
    torch.testing.assert_close(scores(backbone.cuda(), rows), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("family", CAUSAL)
def test_the_same_seed_draws_the_same_text_on_both(family: str, tmp_path: Path) -> None:
    backbone = load(save_sequence_network(family, tmp_path / family))
    assert isinstance(backbone, CausalBackbone)
    prompts = [backbone.encode_prompt(text, most=50)[:4] for text, _ in pairs(3)]
    expected = [backbone.generate(prompts, sampling) for sampling in DRAWS]
    backbone.cuda()
    assert [backbone.generate(prompts, sampling) for sampling in DRAWS] == expected


@pytest.mark.parametrize("family", [*ENCODER_DECODER, *MULTILINGUAL])
def test_beams_write_the_same_translations_on_both(family: str, tmp_path: Path) -> None:
    backbone = load(save_sequence_network(family, tmp_path / family))
    assert isinstance(backbone, EncoderDecoderBackbone)
    settings = backbone.resolve_settings(ASKED, prompts=False)
    rows, _ = backbone.rows(items(backbone.kind)[:5], settings, packed=False)
    expected = [backbone.write_ids(rows, settings, num_beams=number).tolist() for number in (1, 4)]
    backbone.cuda()
    assert [backbone.write_ids(rows, settings, num_beams=number).tolist() for number in (1, 4)] == expected


@pytest.mark.parametrize(("family", "strategy"), TRAININGS)
def test_trains_as_on_the_processor_with_and_without_the_store(family: str, strategy: str, tmp_path: Path) -> None:
    folder = save_sequence_network(family, tmp_path / family)
    kept = {name: value.clone() for name, value in load(folder).network.named_parameters()}
    backbone, stored, _ = train(folder, strategy, store=ActivationStore(tmp_path / "store"), epochs=4, device="cuda")
    assert backbone.device().type == "cuda"
    for name, value in backbone.network.named_parameters():
        if strategy.startswith("lora") and ".lora_" not in name:
            assert torch.equal(value.cpu(), kept[name.replace(".base_layer", "")]), f"{name} is frozen"
    if strategy == "last-1":
        assert "every layer runs" not in stored.freeze_plans[0].cut, "nothing was stored"
        _, plain, _ = train(folder, strategy, epochs=4, device="cuda")
        curves = [[(r.train_loss, r.tune_loss) for r in one.history] for one in (stored, plain)]
        torch.testing.assert_close(curves[0], curves[1], rtol=1e-3, atol=1e-3)
    # Dropout draws from the device's own generator, so that curves of two devices are alike and not the same.
    _, there, _ = train(folder, strategy, epochs=4, device="cpu")
    assert stored.history[-1].tune_loss == pytest.approx(there.history[-1].tune_loss, rel=0.1)


@pytest.mark.parametrize("family", ["gpt2", "marian", "t5"])
def test_fitted_on_a_gpu_it_answers_the_same_from_both_devices(family: str, tmp_path: Path) -> None:
    network = save_sequence_network(family, tmp_path / family)
    is_pair = family != "gpt2"
    data = write_pairs(tmp_path / "a.tsv") if is_pair else write_prose(tmp_path / "a.txt")
    run = injerto.fit(
        data,
        backbone=str(network),
        strategy="lora:rank=2" if family != "t5" else "last-1",
        epochs=2,
        device="cuda",
        out=tmp_path / "model",
        options=injerto.DataOptions(task="translation" if is_pair else "text-generation"),
    )
    assert isinstance(run, injerto.SequenceRun)
    expected = run.model.predict(["the cat sat", "a dog ran"])
    for device in ("cuda", "cpu"):
        model = injerto.load(tmp_path / "model", device=device)
        assert isinstance(model, SequenceModel)
        assert model.backbone.device().type == device
        assert model.predict(["the cat sat", "a dog ran"]) == expected
    merged = injerto.merge(tmp_path / "model", tmp_path / "merged") if family != "t5" else None
    assert merged is None or (merged / "config.json").is_file()


def test_the_commands_run_where_they_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: object) -> Any:
        with pytest.raises(SystemExit) as done:
            main([str(argument) for argument in (*arguments, "--json")])
        captured = capsys.readouterr()
        assert done.value.code == 0, captured.err
        return json.loads(captured.out)

    book, model = write_prose(tmp_path / "book.txt", 100), tmp_path / "m"
    network = save_sequence_network("gpt2", tmp_path / "gpt2")
    task = ("--task", "text-generation", "--backbone", network, "--device", "cuda", "--epochs", 1)
    run("fit", book, *task, "--out", model)
    prompt = ("--prompt", "the cat", "--max-tokens", 12, "--seed", 3)
    drawn = [run("predict", model, *prompt, "--device", device) for device in ("cuda", "cpu")]
    assert drawn[0] == drawn[1], "one seed, one text"
    judged = [run("evaluate", model, book, "--device", device) for device in ("cuda", "cpu")]
    there, here = (one["metrics"]["bits_per_byte"]["value"] for one in judged)
    assert there == pytest.approx(here, rel=1e-4)
    compared = run("compare", book, *task, "--strategies", "norm-bias full")
    assert [column["strategy"] for column in compared["strategies"]] == ["norm-bias", "full"]
