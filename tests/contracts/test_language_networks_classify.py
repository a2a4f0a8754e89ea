"""Language networks with a decoder classify texts: T5's and Marian's encoders, GPT-2, whole `fit`s of each."""

import pytest
import torch
from sequence_networks import save_sequence_network, tokenizer
from small_data import write_texts

import injerto
from injerto.artifacts.model import Model
from injerto.data.items import Text

SHORT, LONG = "the cat sat", "a dog ran far away from home home home home home home"


@pytest.fixture(scope="module", params=["t5", "marian", "gpt2"])
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    """The model in memory, and the one that was saved; GPT-2 has no padding token, as the published one."""
    folder = tmp_path_factory.mktemp("networks")
    network = save_sequence_network(request.param, folder / request.param)
    if request.param == "gpt2":
        tokens = tokenizer("causal")
        tokens.pad_token = None
        tokens.save_pretrained(network)
    run = injerto.fit(
        write_texts(folder / "texts"), backbone=str(network), strategy="last-1", epochs=4, out=folder / "model"
    )
    loaded = injerto.load(folder / "model", device=run.plan.device)
    assert isinstance(run, injerto.Run)
    assert isinstance(loaded, Model)
    return run.model, loaded


def test_it_answers_the_same_when_loaded(fitted: tuple[Model, Model]) -> None:
    items = [Text(SHORT), Text(LONG)]
    assert torch.equal(fitted[0].scores(items), fitted[1].scores(items))


def test_an_answer_does_not_depend_on_the_padding_beside_a_longer_text(fitted: tuple[Model, Model]) -> None:
    alone, beside = (fitted[0].scores(items)[0] for items in ([Text(SHORT)], [Text(SHORT), Text(LONG)]))
    torch.testing.assert_close(alone, beside, rtol=1e-4, atol=1e-5)
