"""Language networks classify texts: BERT, the encoders of T5 and Marian, and GPT-2; whole `fit`s of each."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
import transformers
from sequence_networks import save_sequence_network, tokenizer
from small_data import write_texts
from text_networks import save_network

import injerto
from injerto.artifacts.model import Model
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.data.items import Text
from injerto.strategies.freezing import resolve_freezing

LIBRARY = {
    "bert": transformers.BertModel,
    "gpt2": transformers.GPT2Model,
    "t5": transformers.T5EncoderModel,
    "marian": transformers.models.marian.modeling_marian.MarianEncoder,
}
SHORT, LONG = "the cat sat", "a dog ran far away from home home home home home home"


@dataclass(frozen=True)
class Fitted:
    """A run whose last layer group learnt, and its artifact loaded again."""

    family: str
    network: Path
    saved: Path
    run: injerto.Run
    loaded: Model


@pytest.fixture(scope="module", params=LIBRARY)
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """GPT-2 has no padding token, as the published one."""
    folder = tmp_path_factory.mktemp("networks")
    network = folder / request.param
    if request.param == "bert":
        save_network("bert", network)
    else:
        save_sequence_network(request.param, network)
    if request.param == "gpt2":
        tokens = tokenizer("causal")
        tokens.pad_token = None
        tokens.save_pretrained(network)
    data = write_texts(folder / "texts")
    # The tuned network is kept even where its head alone is better on the few texts that tune.
    given = {"strategy": "last-1", "epochs": 4, "out": folder / "model", "fallback": False}
    run = injerto.fit(data, backbone=str(network), **given)
    loaded = injerto.load(folder / "model", device=run.plan.device)
    assert isinstance(run, injerto.Run)
    assert isinstance(loaded, Model)
    return Fitted(family=request.param, network=network, saved=folder / "model", run=run, loaded=loaded)


def test_frozen_weights_are_bit_identical_and_trained_ones_move(fitted: Fitted) -> None:
    before = load_backbone(str(fitted.network)).network.state_dict()
    trained = resolve_freezing(fitted.run.model.backbone, fitted.run.plan.phases[-1]).trained
    after = fitted.run.model.backbone.network.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value.cpu(), before[name])}
    assert changed
    assert changed <= trained < before.keys()


@torch.no_grad()
def test_its_library_opens_what_was_tuned(fitted: Fitted) -> None:
    with quiet_transformers():
        alone = LIBRARY[fitted.family].from_pretrained(fitted.saved / "backbone").eval()
    network = fitted.loaded.backbone
    inputs = network.prepare([Text(SHORT), Text(LONG)])
    expected = network.network(**inputs).last_hidden_state
    assert torch.equal(alone(**inputs).last_hidden_state, expected)


def test_it_answers_the_same_when_loaded(fitted: Fitted) -> None:
    items = [Text(SHORT), Text(LONG)]
    assert torch.equal(fitted.run.model.scores(items), fitted.loaded.scores(items))


def test_an_answer_does_not_depend_on_the_padding_beside_a_longer_text(fitted: Fitted) -> None:
    alone, beside = (fitted.run.model.scores(items)[0] for items in ([Text(SHORT)], [Text(SHORT), Text(LONG)]))
    torch.testing.assert_close(alone, beside, rtol=1e-4, atol=1e-5)
