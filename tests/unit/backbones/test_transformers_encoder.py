"""Language networks as feature extractors: encoders in front of a decoder, and decoders; each trap by itself."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from sequence_networks import save_sequence_network, tokenizer

from injerto.activations.cut.cut import make_cut
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.backbones.weights_file import read_weights
from injerto.core.errors import ModelError
from injerto.core.plan import Phase
from injerto.data.items import Text
from injerto.strategies.freezing import apply_freezing, resolve_freezing

TEXTS = [Text("the cat sat"), Text("a dog ran far away from home"), Text("el gato")]
ENCODERS = {"t5": transformers.T5EncoderModel, "marian": transformers.models.marian.modeling_marian.MarianEncoder}


@pytest.fixture(scope="module", params=ENCODERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sequence_network(request.param, tmp_path_factory.mktemp("networks") / request.param)


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> AbstractBackbone:
    return load_backbone(str(save_sequence_network("gpt2", tmp_path_factory.mktemp("networks") / "gpt2")))


@torch.no_grad()
def test_features_are_the_mean_of_what_the_encoder_of_the_whole_network_gives(folder: Path) -> None:
    backbone, whole = load_backbone(str(folder)), load_sequence_backbone(str(folder), kind="encoder-decoder")
    inputs = backbone.prepare(TEXTS)
    states = whole.network.get_encoder()(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1)
    torch.testing.assert_close(backbone(inputs), (states * mask).sum(1) / mask.sum(1), rtol=0, atol=1e-6)


@torch.no_grad()
def test_saved_alone_it_opens_with_its_library_and_with_us(folder: Path, tmp_path: Path) -> None:
    backbone = load_backbone(str(folder))
    backbone.save_network(str(tmp_path))
    assert json.loads((tmp_path / "config.json").read_text())["architectures"] == [ENCODERS[folder.name].__name__]
    again = load_backbone(str(tmp_path))
    inputs = backbone.prepare(TEXTS)
    assert again.digest == backbone.digest
    assert torch.equal(again(inputs), backbone(inputs))
    with quiet_transformers():
        alone = ENCODERS[folder.name].from_pretrained(tmp_path)
    assert torch.equal(alone(**inputs).last_hidden_state, backbone.network(**inputs).last_hidden_state)


def test_nothing_of_the_decoder_is_loaded_and_random_weights_are_others(folder: Path) -> None:
    backbone, random = load_backbone(str(folder)), load_backbone(str(folder), pretrained=False, seed=3)
    names = [name for name, _ in backbone.network.named_parameters()]
    assert not any("decoder" in name for name in names)
    assert backbone.digest != random.digest


def test_a_cut_between_its_layers_is_exact_or_refused(folder: Path) -> None:
    backbone = load_backbone(str(folder)).eval()
    inputs = backbone.prepare(TEXTS)
    cut = make_cut(backbone, len(backbone.layer_groups) - 1, sample=inputs)
    if folder.name == "t5":  # Its first block makes the position bias of all others, which crosses every cut.
        assert cut is None
        return
    assert cut is not None
    with torch.no_grad():
        torch.testing.assert_close(cut.run_suffix(cut.run_prefix(inputs), inputs), backbone(inputs), rtol=0, atol=1e-6)


def test_positions_that_are_computed_never_learn(tmp_path: Path) -> None:
    backbone = load_backbone(str(save_sequence_network("marian", tmp_path / "marian")))
    assert backbone.fixed == {"embed_positions.weight"}
    apply_freezing(backbone, resolve_freezing(backbone, Phase(name="all", trains="all")))
    learning = {name for name, value in backbone.network.named_parameters() if value.requires_grad}
    assert learning == {name for name, _ in backbone.network.named_parameters()} - backbone.fixed


def test_a_missing_tensor_of_the_encoder_is_named(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    folder = save_sequence_network("t5", tmp_path / "t5")
    weights = read_weights([folder / "model.safetensors"])
    name = "encoder.block.1.layer.0.SelfAttention.q.weight"
    save_file({key: value for key, value in weights.items() if key != name}, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"encoder\.block\.1\.layer\.0\.SelfAttention\.q"):
        load_backbone(str(folder))


@torch.no_grad()
def test_a_decoder_is_read_at_its_last_token_that_is_no_padding(gpt2: AbstractBackbone) -> None:
    inputs = gpt2.prepare(TEXTS)
    states = gpt2.network(**inputs).last_hidden_state
    last = inputs["attention_mask"].sum(1) - 1
    # The last token itself: nothing is shifted, as it is where the next token is to be told.
    assert torch.equal(gpt2(inputs), states[torch.arange(3), last])
    alone = gpt2(gpt2.prepare(TEXTS[:1]))
    torch.testing.assert_close(alone[0], gpt2(inputs)[0], rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_an_end_token_that_also_pads_is_read_where_it_is_text(tmp_path: Path) -> None:
    folder = save_sequence_network("gpt2", tmp_path / "gpt2")
    tokens = tokenizer("causal")
    tokens.pad_token = None
    tokens.save_pretrained(folder)
    backbone = load_backbone(str(folder))
    ended = Text("the cat</s>")
    inputs = backbone.prepare([ended, TEXTS[1]])
    end = tokens.eos_token_id
    row, mask = inputs["input_ids"][0], inputs["attention_mask"][0]
    assert int(row[int(mask.sum()) - 1]) == end, "the text's own end is read"
    assert int(row[-1]) == end, "and what stands behind it is padding of the same name"
    assert not torch.equal(backbone(inputs)[0], backbone(backbone.prepare([Text("the cat"), TEXTS[1]]))[0])
