"""Real classes of transformers, small and with random weights."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.core.errors import ModelError, UsageError
from injerto.core.provenance import TextContract
from injerto.data.items import Text

TEXTS = [Text("the cat"), Text("a dog ran far away from home home home"), Text("")]
NAMES = ["bert", "roberta", "distilbert", "modernbert", "gpt2", "albert"]
SaveModel = Callable[[str], Path]


@pytest.mark.parametrize("name", NAMES)
def test_groups_hold_every_parameter_once_in_forward_order(name: str, save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model(name)))
    grouped = [parameter for group in backbone.layer_groups for parameter in group.parameters]
    assert sorted(grouped) == sorted(name for name, _ in backbone.network.named_parameters())
    names = [group.name for group in backbone.layer_groups]
    layers = ["layer.0"] if name == "albert" else ["layer.0", "layer.1"]  # ALBERT's layers share their weights
    assert names[: len(layers) + 1] == ["embeddings", *layers]
    assert names[len(layers) + 1 :] == (["norm"] if name in ("modernbert", "gpt2") else [])

    modules = [module for group in backbone.layer_groups for module in group.modules]
    reached: list[str] = []
    hooks = [
        backbone.network.get_submodule(module).register_forward_pre_hook(
            lambda *_, module=module: reached.append(module)
        )
        for module in modules
    ]
    with torch.no_grad():
        backbone(backbone.prepare(TEXTS))
    for hook in hooks:
        hook.remove()
    assert list(dict.fromkeys(reached)) == modules


@pytest.mark.parametrize("name", NAMES)
def test_the_length_of_a_text_is_what_the_network_reads_of_it(name: str, save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model(name)))
    texts = [*TEXTS, Text("cat " * 1000)]
    assert backbone.lengths(texts) == backbone.prepare(texts)["attention_mask"].sum(1).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_feature_does_not_depend_on_the_neighbours(name: str, save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model(name)))
    with torch.no_grad():
        together = backbone(backbone.prepare(TEXTS))
        alone = torch.cat([backbone(backbone.prepare([text])) for text in TEXTS])
    assert together.shape == (3, 16)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    assert torch.isfinite(together).all()


@pytest.mark.parametrize("name", NAMES)
def test_taps_have_the_promised_lengths(name: str, save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model(name)))
    inputs = backbone.prepare(TEXTS)
    with torch.no_grad():
        taps = backbone.read_taps(inputs, list(backbone.taps))
        assert torch.equal(taps["pooled"], backbone(inputs))
    assert {tap: tuple(values.shape) for tap, values in taps.items()} == {t: (3, n) for t, n in backbone.taps.items()}
    assert list(taps) == [*(group.name for group in backbone.layer_groups), "pooled"]


@pytest.mark.parametrize("name", NAMES)
def test_saved_network_opens_equal_here_and_in_transformers(
    name: str, save_text_model: SaveModel, tmp_path: Path
) -> None:
    backbone = load_backbone(str(save_text_model(name)))
    backbone.save_network(str(tmp_path))
    again = load_backbone(str(tmp_path))
    assert (again.digest, again.contract) == (backbone.digest, backbone.contract)
    inputs = backbone.prepare(TEXTS)
    with quiet_transformers():
        theirs = transformers.AutoModel.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        assert torch.equal(again(inputs), backbone(inputs))
        tokens = theirs(**inputs).last_hidden_state
        assert torch.equal(tokens, backbone.network(**inputs).last_hidden_state)


def test_encoder_is_pooled_by_the_masked_mean(save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model("bert")))
    inputs = backbone.prepare(TEXTS)
    length = int(inputs["attention_mask"][0].sum())
    with torch.no_grad():
        tokens = backbone.network(**inputs).last_hidden_state
        torch.testing.assert_close(backbone(inputs)[0], tokens[0, :length].mean(0))


def test_decoder_is_pooled_by_the_last_token_that_is_no_padding(save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model("gpt2")))
    inputs = backbone.prepare(TEXTS)
    last = int(inputs["attention_mask"][0].sum()) - 1
    assert inputs["input_ids"][0, last + 1 :].eq(0).all()  # the end token pads
    with torch.no_grad():
        tokens = backbone.network(**inputs).last_hidden_state
        assert torch.equal(backbone(inputs)[0], tokens[0, last])


@pytest.mark.parametrize(("name", "longest"), [("bert", 40), ("roberta", 39), ("gpt2", 40)])
def test_long_text_is_truncated_to_the_contract(name: str, longest: int, save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model(name)))
    assert isinstance(backbone.contract, TextContract)
    assert backbone.contract.max_length == longest  # RoBERTa's positions start behind its padding's
    inputs = backbone.prepare([Text("the cat " * 3000)])
    assert inputs["input_ids"].shape == (1, longest)
    with torch.no_grad():
        assert torch.isfinite(backbone(inputs)).all()


def test_sentence_encoder_keeps_the_length_it_was_trained_with(bert_folder: Path) -> None:
    (bert_folder / "sentence_bert_config.json").write_text('{"max_seq_length": 16, "do_lower_case": false}')
    contract = load_backbone(str(bert_folder)).contract
    assert isinstance(contract, TextContract)
    assert contract.max_length == 16


def test_contract_tells_casing_by_what_the_tokenizer_does(save_text_model: SaveModel) -> None:
    lowercase = [load_backbone(str(save_text_model(name))).contract.lowercase for name in ("bert", "gpt2")]
    assert lowercase == [True, False]


def test_half_a_surrogate_pair_is_read(save_text_model: SaveModel) -> None:
    backbone = load_backbone(str(save_text_model("gpt2")))
    assert backbone.prepare([Text("cat \ud83d")])["input_ids"].shape[1] > 1


def test_random_control_keeps_tokenizer_and_contract(save_text_model: SaveModel) -> None:
    folder = str(save_text_model("bert"))
    trained, control = load_backbone(folder), load_backbone(folder, pretrained=False, seed=1)
    assert control.contract == trained.contract
    assert control.digest != trained.digest
    assert control.digest == load_backbone(folder, pretrained=False, seed=1).digest
    assert not control.pretrained
    assert control.layer_groups == trained.layer_groups


def test_control_needs_no_weights(bert_folder: Path) -> None:
    (bert_folder / "model.safetensors").unlink()
    assert load_backbone(str(bert_folder), pretrained=False).num_features() == 16


def test_flatten_is_refused_for_texts(save_text_model: SaveModel) -> None:
    with pytest.raises(UsageError, match="U305"):
        load_backbone(str(save_text_model("bert"))).num_features("flatten")


def test_augmentation_is_refused_for_texts(save_text_model: SaveModel) -> None:
    with pytest.raises(UsageError, match="U307"):
        load_backbone(str(save_text_model("bert"))).prepare(TEXTS, augment="crop", seeds=[1, 2, 3])


def test_tokenizer_with_more_tokens_than_the_network_is_refused(bert_folder: Path, save_text_model: SaveModel) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (bert_folder / name).write_bytes((save_text_model("gpt2") / name).read_bytes())
    with pytest.raises(ModelError, match=r"M113.*the network knows 100"):
        load_backbone(str(bert_folder))


def test_real_decoder(shared_weights: Path) -> None:
    backbone = load_backbone(str(shared_weights / "llama_260k.aidreams"))
    assert [group.name for group in backbone.layer_groups] == ["embeddings", *(f"layer.{n}" for n in range(4)), "norm"]
    with torch.no_grad():
        alone = backbone(backbone.prepare(TEXTS[:1]))
        torch.testing.assert_close(backbone(backbone.prepare(TEXTS))[:1], alone, atol=1e-5, rtol=0)
