"""What holds for every family of networks that write texts: frozen is frozen, stored is the same, saved is the same."""

import json
import math
from pathlib import Path

import pytest
import torch
import transformers
from peft import PeftModel
from sequence_networks import CAUSAL, ENCODER_DECODER, MULTILINGUAL, save_sequence_network, write_pairs, write_prose
from sequence_training import KINDS, items, load, scores, train

import injerto
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.library_noise import quiet_transformers
from injerto.core.errors import ModelError
from injerto.strategies.low_rank import merge_low_rank
from injerto.training import checkpoints

FAMILIES = (*CAUSAL, *ENCODER_DECODER)
STRATEGIES = ("lora:rank=2", "last-2", "norm-bias", "full", "from-scratch")
LIBRARY = {
    "gpt2": transformers.GPT2LMHeadModel,
    "llama": transformers.LlamaForCausalLM,
    "t5": transformers.T5ForConditionalGeneration,
    "marian": transformers.MarianMTModel,
    "mt5": transformers.MT5ForConditionalGeneration,
    "m2m100": transformers.M2M100ForConditionalGeneration,
    "mbart": transformers.MBartForConditionalGeneration,
}


class Stopped(Exception):
    """Ends a training in its middle."""


@pytest.fixture(scope="module", params=FAMILIES)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sequence_network(request.param, tmp_path_factory.mktemp("networks") / request.param)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_frozen_weights_are_bit_identical_and_trained_ones_move(network: Path, strategy: str) -> None:
    before = {name: value.clone() for name, value in load(network).network.named_parameters()}
    backbone, trained, _ = train(network, strategy)
    assert all(math.isfinite(record.train_loss) for record in trained.history)
    rows = {row.group: row for row in trained.freeze_plans[-1].rows}
    groups = {name: group.name for group in backbone.layer_groups for name in group.parameters}
    moved = set()
    for name, value in backbone.network.named_parameters():
        plain = name.replace(".base_layer", "")
        if ".lora_" in name:
            continue
        same = torch.equal(value, before[plain])
        if strategy.startswith("lora") or plain in backbone.fixed or not rows[groups[plain]].trained:
            assert same, f"{plain} is frozen"
        elif not same:
            moved.add(plain)
    assert strategy.startswith("lora") or moved
    learnt = [value for name, value in backbone.network.named_parameters() if ".lora_B" in name]
    assert not strategy.startswith("lora") or any(bool(value.abs().max() > 0) for value in learnt)


def test_training_from_the_store_is_the_same_training(network: Path, tmp_path: Path) -> None:
    deepest = "last-2" if KINDS[network.name] == "causal" else "last-1"
    cached, plain = (
        train(network, deepest, store=ActivationStore(tmp_path), epochs=4),
        train(network, deepest, epochs=4),
    )
    assert "every layer runs" not in cached[1].freeze_plans[0].cut, "nothing was cut"
    curves = [[(r.train_loss, r.tune_loss) for r in one[1].history] for one in (cached, plain)]
    torch.testing.assert_close(curves[0], curves[1], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(scores(cached[0], cached[2]), scores(plain[0], plain[2]), rtol=1e-4, atol=1e-4)


def test_a_run_that_stopped_goes_on_to_the_same_weights(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _, rows = train(network, "lora:rank=2", epochs=3)
    folder = tmp_path / "run"

    def stop_after_a_checkpoint() -> None:
        if list(folder.glob("step-*")):
            raise Stopped

    monkeypatch.setattr(checkpoints.Checkpoints.__init__, "__kwdefaults__", {"seconds_between": 0.0})
    with pytest.raises(Stopped):
        train(network, "lora:rank=2", kept=folder, epochs=3, before_batch=stop_after_a_checkpoint)
    resumed, _, _ = train(network, "lora:rank=2", kept=folder, epochs=3)
    torch.testing.assert_close(scores(whole, rows), scores(resumed, rows), rtol=0, atol=0)


@pytest.mark.parametrize("family", MULTILINGUAL)
def test_networks_of_many_languages_answer_the_same_when_saved_and_loaded(family: str, tmp_path: Path) -> None:
    network = save_sequence_network(family, tmp_path / family)
    strategy = "full" if family == "mbart" else "lora:rank=2"
    check_saved(network, tmp_path, strategy)
    _, trained, _ = train(network, "last-1", store=ActivationStore(tmp_path / "store"), epochs=4)
    assert "encoder" in trained.freeze_plans[0].cut
    assert math.isfinite(trained.history[-1].train_loss)
    if family == "mt5":  # Two words change places, and the adapter does not fit any more.
        tokens = json.loads((network / "tokenizer.json").read_text(encoding="utf-8"))
        words = tokens["model"]["vocab"]
        words["a"], words["b"] = words["b"], words["a"]
        (network / "tokenizer.json").write_text(json.dumps(tokens), encoding="utf-8")
        with pytest.raises(ModelError, match=r"M308.*another word"):
            injerto.load(tmp_path / "model")


@pytest.mark.parametrize("strategy", ["lora:rank=2", "full"])
def test_saved_and_loaded_answers_the_same_and_its_library_opens_it(
    network: Path, tmp_path: Path, strategy: str
) -> None:
    check_saved(network, tmp_path, strategy)


def check_saved(network: Path, tmp_path: Path, strategy: str) -> None:
    """The model in memory, the loaded one and that of its library alone say the same."""
    is_pair = KINDS[network.name] != "causal"
    data = write_pairs(tmp_path / "a.tsv", 24) if is_pair else write_prose(tmp_path / "a.txt")
    task = "translation" if is_pair else "text-generation"
    run = injerto.fit(
        data,
        backbone=str(network),
        strategy=strategy,
        epochs=1,
        out=tmp_path / "model",
        options=injerto.DataOptions(task=task),
    )
    assert isinstance(run, injerto.SequenceRun)
    kept = [file for file in (tmp_path / "model").rglob("*") if file.suffix in (".json", ".md")]
    assert not [file.name for file in kept if str(tmp_path) in file.read_text(encoding="utf-8")]
    # Where it was trained: another device rounds otherwise; `tests/gpu` holds the two beside each other.
    model = injerto.load(tmp_path / "model", device=run.plan.device)
    assert isinstance(model, SequenceModel)
    prompt = ["the cat sat"]
    assert model.predict(prompt) == run.model.predict(prompt)
    rows, _ = model.backbone.rows(items(model.backbone.kind), model.settings, packed=False)
    expected = scores(model.backbone, rows)
    torch.testing.assert_close(scores(run.model.backbone, rows), expected, rtol=0, atol=0)
    if strategy == "full":
        with quiet_transformers():
            alone = LIBRARY[network.name].from_pretrained(tmp_path / "model" / "backbone")
    else:
        with quiet_transformers():
            base = LIBRARY[network.name].from_pretrained(network)
        alone = PeftModel.from_pretrained(base, tmp_path / "model" / "adapter").eval()
        merged = injerto.merge(tmp_path / "model", tmp_path / "merged")
        with quiet_transformers():
            whole = LIBRARY[network.name].from_pretrained(merged).eval()
        found = whole(**model.backbone.prepare(rows[:3])).logits.detach()
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        # Merging left the model in memory as it was.
        merge_low_rank(run.model.backbone)
        torch.testing.assert_close(scores(run.model.backbone, rows), expected, rtol=1e-4, atol=1e-4)
    found = alone(**model.backbone.prepare(rows[:3])).logits.detach()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_an_adapter_on_another_vocabulary_or_network_is_refused(tmp_path: Path) -> None:
    from injerto.strategies.adapter_files import load_adapter, save_adapter

    gpt2, _, _ = train(save_sequence_network("gpt2", tmp_path / "gpt2"), "lora:rank=2", epochs=1)
    save_adapter(gpt2, tmp_path / "adapter", base="gpt2", task_type="CAUSAL_LM")
    with pytest.raises(ModelError, match=r"M306.*no layer"):
        load_adapter(load(save_sequence_network("llama", tmp_path / "llama")), tmp_path / "adapter")
    wide = transformers.GPT2Config(vocab_size=300, n_embd=32, n_layer=3, n_head=2, n_positions=64)
    (tmp_path / "wide").mkdir()
    save_sequence_network("gpt2", tmp_path / "wide" / "gpt2")
    transformers.GPT2LMHeadModel(wide).save_pretrained(tmp_path / "wide" / "gpt2")
    with pytest.raises(ModelError, match=r"M306.*takes 32 numbers"):
        load_adapter(load(tmp_path / "wide" / "gpt2"), tmp_path / "adapter")
