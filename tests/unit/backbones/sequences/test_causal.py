"""Causal language models: each trap of rows, labels and prompts."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from sequence_networks import save_sequence_network, tokenizer

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.sequences.causal import CausalBackbone
from injerto.backbones.sequences.drawing import drawing
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.core.errors import ModelError, UsageError
from injerto.core.sequences import NOT_SCORED, Sampling, SequenceOptions, SequenceSettings
from injerto.data.sequences.items import Exchange, Passage
from injerto.tasks.sequence import sum_token_losses, token_loss

PLAIN = SequenceSettings(block_length=32)
PROMPTS = SequenceSettings(block_length=32, separator="\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sequence_network("gpt2", tmp_path_factory.mktemp("networks") / "gpt2")


@pytest.fixture
def backbone(folder: Path) -> CausalBackbone:
    made = load_sequence_backbone(str(folder), kind="causal")
    assert isinstance(made, CausalBackbone)
    return made


def test_the_loss_is_that_of_the_library_which_shifts_labels_itself(backbone: CausalBackbone) -> None:
    rows, _ = backbone.rows([Passage("the cat sat on the mat"), Passage("a dog ran")], PLAIN, packed=False)
    inputs = backbone.prepare(rows)
    own = token_loss(backbone(inputs), backbone.labels(rows)).detach()
    labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, NOT_SCORED)
    assert float(own) == pytest.approx(float(backbone.network(**inputs, labels=labels).loss.detach()), rel=1e-5)


def test_what_a_text_scores_does_not_depend_on_its_neighbours(backbone: CausalBackbone) -> None:
    rows, _ = backbone.rows([Passage("the cat"), Passage("a dog ran far away from home")], PLAIN, packed=False)
    alone, _, _ = sum_token_losses(backbone(backbone.prepare(rows[:1])), backbone.labels(rows[:1]))
    beside, _, _ = sum_token_losses(backbone(backbone.prepare(rows)), backbone.labels(rows))
    torch.testing.assert_close(alone[0], beside[0], rtol=1e-5, atol=1e-5)


def test_packed_rows_hold_every_token_once(backbone: CausalBackbone) -> None:
    texts = [Passage("the cat sat on the mat", is_last=False), Passage(" and slept"), Passage("a dog ran")]
    rows, _ = backbone.rows(texts, SequenceSettings(block_length=8), packed=True)
    ids = np.concatenate([row.ids for row in rows]).tolist()
    end, start = backbone.tokenizer.eos_token_id, backbone.tokenizer.bos_token_id
    assert all(len(row.ids) == 8 for row in rows[:-1])
    assert (ids.count(start), ids.count(end)) == (2, 2), "the first two pieces are one text"
    assert backbone.decode(ids) == "the cat sat on the mat and slepta dog ran"


def test_only_the_response_is_scored_and_its_end_too(backbone: CausalBackbone) -> None:
    (row,), _ = backbone.rows([Exchange("what is it?", "a cat")], PROMPTS, packed=True)
    labels = backbone.labels([row])[0]
    scored = labels[labels != NOT_SCORED].tolist()
    assert backbone.decode(scored) == "a cat"
    assert scored[-1] == backbone.tokenizer.eos_token_id


def test_a_prompt_that_is_too_long_loses_its_beginning_and_is_counted(backbone: CausalBackbone) -> None:
    (row,), num_cut = backbone.rows([Exchange("word " * 100 + "end", "a cat")], PROMPTS, packed=True)
    assert num_cut == 1
    assert len(row.ids) == PROMPTS.block_length
    assert backbone.decode(row.ids.tolist()).endswith("end\na cat")


def test_a_response_that_is_too_long_loses_its_end(backbone: CausalBackbone) -> None:
    (row,), num_cut = backbone.rows([Exchange("say it", "word " * 100)], PROMPTS, packed=True)
    assert (num_cut, len(row.ids) <= PROMPTS.block_length) == (1, True)
    assert row.num_scored > 0


def test_judged_windows_score_every_token_and_byte_of_a_long_text(backbone: CausalBackbone) -> None:
    text = "the cat sat on the mat and a dog ran far away from home — ñandú " * 6
    rows, num_long = backbone.rows([Passage(text)], PLAIN, packed=False)
    assert num_long == 1
    assert sum(row.num_bytes for row in rows) == len(text.encode())
    whole = backbone.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert sum(row.num_scored for row in rows) == len(whole)


def test_the_same_seed_writes_the_same_and_another_seed_another(backbone: CausalBackbone) -> None:
    prompt = backbone.encode_prompt("the cat", most=50)
    one, same, other = (
        backbone.generate([prompt], Sampling(max_tokens=20, temperature=1.5, seed=seed))[0] for seed in (1, 1, 2)
    )
    assert one == same != other


def test_draws_are_of_the_softmax_and_leave_other_generators_alone() -> None:
    scores = torch.tensor([[0.0, 1.0, 2.0, -1.0]])
    torch.manual_seed(0)
    before = torch.get_rng_state()
    steps = drawing(Sampling(temperature=0.5, top_k=3, top_p=1.0, seed=4))
    drawn = steps(None, scores.expand(20_000, 4)).argmax(dim=1)  # type: ignore[arg-type]
    assert torch.equal(torch.get_rng_state(), before)
    expected = torch.softmax(torch.tensor([0.0, 2.0, 4.0]), dim=0).tolist()
    # Three standard errors of a share are 0.011 at most.
    assert (torch.bincount(drawn, minlength=4) / len(drawn)).tolist() == pytest.approx([*expected, 0.0], abs=0.011)


def test_scores_that_a_device_rounded_draw_the_same() -> None:
    scores = torch.randn(500, 300, generator=torch.Generator().manual_seed(1))
    rounded = scores + 1e-6 * torch.randn(500, 300, generator=torch.Generator().manual_seed(2))
    one, other = (drawing(Sampling(seed=4))(None, given).argmax(1) for given in (scores, rounded))  # type: ignore[arg-type]
    assert torch.equal(one, other)


def test_a_network_that_asks_to_be_sampled_is_drawn_as_asked_all_the_same(backbone: CausalBackbone) -> None:
    prompt = backbone.encode_prompt("the cat", most=50)
    expected = backbone.generate([prompt], Sampling(max_tokens=12, temperature=0))
    for name, value in {"do_sample": True, "temperature": 0.3, "top_p": 0.5, "top_k": 7}.items():
        setattr(backbone.network.generation_config, name, value)
    assert backbone.generate([prompt], Sampling(max_tokens=12, temperature=0)) == expected


def test_prompts_in_one_batch_write_what_each_writes_alone(backbone: CausalBackbone) -> None:
    greedy = Sampling(max_tokens=8, temperature=0)
    prompts = [backbone.encode_prompt(text, most=50)[:4] for text in ("the cat sat", "a dog ran far")]
    together = backbone.generate(prompts, greedy)
    for prompt, written in zip(prompts, together, strict=True):
        alone = backbone.generate([prompt], greedy)[0]
        assert written[: len(alone)] == alone


def test_a_chat_template_writes_the_prompt(backbone: CausalBackbone) -> None:
    backbone.tokenizer.chat_template = (
        "{% for m in messages %}[{{ m.role }}] {{ m.content }} {% endfor %}"
        "{% if add_generation_prompt %}[bot] {% endif %}"
    )
    settings = backbone.resolve_settings(SequenceOptions(), prompts=True)
    exchange = Exchange("user: hi", "hello", (("user", "hi"),))
    assert backbone.render_prompt(exchange.prompt, exchange.turns, settings) == "[user] hi [bot] "


def test_rows_longer_than_the_network_reads_are_refused(backbone: CausalBackbone) -> None:
    with pytest.raises(UsageError, match=r"U609.*at most 64"):
        backbone.resolve_settings(SequenceOptions(block_length=65), prompts=False)


def test_a_tokenizer_without_padding_pads_with_its_end_and_scores_none_of_it(tmp_path: Path) -> None:
    folder = save_sequence_network("gpt2", tmp_path / "gpt2")
    tokens = tokenizer("causal")
    tokens.pad_token = None
    tokens.save_pretrained(folder)
    made = load_sequence_backbone(str(folder), kind="causal")
    assert made.tokenizer.pad_token_id is None
    assert made.padding == made.tokenizer.eos_token_id
    rows, _ = made.rows([Passage("the cat"), Passage("a dog ran far away")], PLAIN, packed=False)
    scored = (made.labels(rows) != NOT_SCORED).sum(1)
    assert scored.tolist() == [row.num_scored for row in rows]


def test_tokens_that_were_added_get_embeddings_near_the_mean(tmp_path: Path) -> None:
    folder = save_sequence_network("gpt2", tmp_path / "gpt2")
    tokens = tokenizer("causal")
    tokens.add_tokens(["<verse>", "<stanza>"])
    tokens.save_pretrained(folder)
    made = load_sequence_backbone(str(folder), kind="causal")
    again = load_sequence_backbone(str(folder), kind="causal")
    assert made.num_new_tokens == 2
    assert made.vocabulary_size == len(tokens)
    assert made.digest == again.digest, "the same start every time, or no adapter would fit"


def test_an_encoder_is_no_language_model(save_text_model, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"M303.*bert"):
        load_sequence_backbone(str(save_text_model("bert")), kind="causal")


def test_a_translation_network_is_no_language_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"M301.*marian"):
        load_sequence_backbone(str(save_sequence_network("marian", tmp_path / "m")), kind="causal")


def test_a_trunk_without_its_output_layer_is_named(tmp_path: Path) -> None:
    folder = save_sequence_network("llama", tmp_path / "llama")
    with quiet_transformers():
        transformers.LlamaModel.from_pretrained(folder).save_pretrained(folder)
    with pytest.raises(ModelError, match=r"M304.*lm_head"):
        load_sequence_backbone(str(folder), kind="causal")
