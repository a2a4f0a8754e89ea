"""Encoders with decoders: labels, languages, beam search, and what crosses from one side to the other."""

from pathlib import Path

import pytest
import transformers
from sequence_networks import ENCODER_DECODER, MULTILINGUAL, save_sequence_network, save_slow_marian

from injerto.backbones.loading import load_backbone
from injerto.backbones.sequences.encoder_decoder import EncoderDecoderBackbone
from injerto.backbones.sequences.language_codes import find_language
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.core.errors import ModelError, UsageError
from injerto.core.sequences import NOT_SCORED, SequenceOptions
from injerto.data.items import Text
from injerto.data.sequences.items import Pair
from injerto.tasks.sequence import token_loss
from injerto.training.sequence_engine import measure_encoder_difference

PAIRS = [Pair("the cat sat", "el gato se sentó"), Pair("a dog ran far away from home", "un perro")]
SPANISH = SequenceOptions(source_language="en", target_language="es")


@pytest.fixture(scope="module", params=(*ENCODER_DECODER, *MULTILINGUAL))
def backbone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EncoderDecoderBackbone:
    folder = save_sequence_network(request.param, tmp_path_factory.mktemp("networks") / request.param)
    made = load_sequence_backbone(str(folder), kind="encoder-decoder")
    assert isinstance(made, EncoderDecoderBackbone)
    return made


def test_the_loss_is_that_of_the_library(backbone: EncoderDecoderBackbone) -> None:
    rows, _ = backbone.rows(PAIRS, backbone.resolve_settings(SPANISH, prompts=False), packed=True)
    inputs, labels = backbone.prepare(rows), backbone.labels(rows)
    given = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    expected = backbone.network(**given, labels=labels).loss.detach()
    assert float(token_loss(backbone(inputs), labels).detach()) == pytest.approx(float(expected), rel=1e-5)
    assert (labels == NOT_SCORED).any(), "a padded label is not scored"


def test_scores_from_stored_encoder_states_are_the_same(backbone: EncoderDecoderBackbone) -> None:
    rows, _ = backbone.rows(PAIRS, backbone.resolve_settings(SPANISH, prompts=False), packed=True)
    assert measure_encoder_difference(backbone, backbone.prepare(rows)) == 0


def test_the_groups_hold_every_parameter_and_the_decoder_comes_last(backbone: EncoderDecoderBackbone) -> None:
    names = [name for group in backbone.layer_groups for name in group.parameters]
    assert sorted(names) == sorted(name for name, _ in backbone.network.named_parameters())
    sides = [group.name.startswith("decoder") for group in backbone.layer_groups]
    assert sides == sorted(sides)
    first = sides.index(True)
    assert backbone.is_encoder_frozen(first)
    assert not backbone.is_encoder_frozen(first - 1)


def test_sources_are_cut_at_their_end_token_kept_and_counted(backbone: EncoderDecoderBackbone) -> None:
    settings = backbone.resolve_settings(SPANISH.model_copy(update={"block_length": 8}), prompts=False)
    (row,), num_long = backbone.rows([Pair("word " * 50, "gato")], settings, packed=True)
    assert (len(row.ids), num_long) == (8, 1)
    # mBART's sources end with their language.
    assert row.ids[-1] in (backbone.tokenizer.eos_token_id, backbone.tokenizer.convert_tokens_to_ids("en_XX"))


def test_translations_do_not_depend_on_their_batch(backbone: EncoderDecoderBackbone) -> None:
    settings = backbone.resolve_settings(SPANISH.model_copy(update={"block_length": 16}), prompts=False)
    rows, _ = backbone.rows(PAIRS, settings, packed=False)
    together = backbone.translate(rows, settings, num_beams=2)
    alone = backbone.translate(rows[:1], settings, num_beams=2)
    assert together[0].startswith(alone[0][:8])


def test_t5_alone_reads_its_task_in_a_prefix(backbone: EncoderDecoderBackbone) -> None:
    prefix = backbone.resolve_settings(SPANISH, prompts=False).prefix
    assert prefix == ("translate English to Spanish: " if backbone.card.architecture == "t5" else "")


def test_a_network_that_has_codes_or_reads_a_task_must_be_told_its_languages(
    backbone: EncoderDecoderBackbone,
) -> None:
    if backbone.card.architecture in ("t5", "m2m_100", "mbart"):
        with pytest.raises(UsageError, match="U607"):
            backbone.resolve_settings(SequenceOptions(), prompts=False)
    else:
        assert backbone.resolve_settings(SequenceOptions(), prompts=False).target_language is None


def test_beams_begin_as_targets_do_in_training(backbone: EncoderDecoderBackbone) -> None:
    settings = backbone.resolve_settings(SPANISH.model_copy(update={"block_length": 16}), prompts=False)
    rows, _ = backbone.rows(PAIRS, settings, packed=False)
    trained = backbone.prepare(rows)["decoder_input_ids"][:, :2].tolist()
    written = backbone.write_ids(rows, settings, num_beams=2)[:, :2].tolist()
    spanish = {"m2m_100": "__es__", "mbart": "es_XX"}.get(backbone.card.architecture)
    if spanish is None:
        assert [row[0] for row in written] == [row[0] for row in trained]
        return
    code = backbone.tokenizer.convert_tokens_to_ids(spanish)
    assert code != backbone.tokenizer.unk_token_id
    if backbone.card.architecture == "mbart":  # Its language stands in place of the start token.
        assert [row[0] for row in trained] == [row[0] for row in written] == [code, code]
    else:
        assert trained == written == [[backbone.tokenizer.eos_token_id, code]] * 2


def test_marian_of_several_targets_puts_the_target_before_the_source(tmp_path: Path) -> None:
    made = load_sequence_backbone(str(save_slow_marian(tmp_path / "marian")), kind="encoder-decoder")
    settings = made.resolve_settings(SPANISH, prompts=False)
    assert settings.prefix == ">>es<< "
    (row,), _ = made.rows(PAIRS[:1], settings, packed=False)
    assert row.ids[0] == made.tokenizer.convert_tokens_to_ids(">>es<<")
    with pytest.raises(UsageError, match=r"U608.*German"):
        made.resolve_settings(SPANISH.model_copy(update={"target_language": "German"}), prompts=False)
    # The same folder serves as a feature extractor, its slow tokenizer and all.
    features = load_backbone(made.spec)
    assert features(features.prepare([Text("the cat sat")])).shape == (1, 16)


def test_nllb_is_forced_to_begin_with_the_target_language(tmp_path: Path) -> None:
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "▁a": 4, "b": 5, "a": 6, "▁": 7}
    tokens = transformers.NllbTokenizer(vocab=words, merges=[])
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "max_position_embeddings": 32}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    widths = {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    ids = {"pad_token_id": 1, "eos_token_id": 2, "bos_token_id": 0, "decoder_start_token_id": 2}
    config = transformers.M2M100Config(vocab_size=len(tokens), **sizes, **heads, **widths, **ids)
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(tmp_path)
    tokens.save_pretrained(tmp_path)
    made = load_sequence_backbone(str(tmp_path), kind="encoder-decoder")
    assert isinstance(made, EncoderDecoderBackbone)
    settings = made.resolve_settings(SPANISH, prompts=False)
    assert (settings.source_language, settings.target_language) == ("eng_Latn", "spa_Latn")
    (row,), _ = made.rows([Pair("a b", "a a")], settings, packed=False)
    english, spanish = made.tokenizer.convert_tokens_to_ids(["eng_Latn", "spa_Latn"])
    assert (int(row.ids[0]), int(row.target[0])) == (english, spanish)
    inputs = made.prepare([row])
    assert inputs["decoder_input_ids"][0, :2].tolist() == [2, spanish]
    given = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    expected = made.network(**given, labels=made.labels([row])).loss.detach()
    assert float(token_loss(made(inputs), made.labels([row])).detach()) == pytest.approx(float(expected), rel=1e-5)
    assert made.write_ids([row], settings, num_beams=2)[0, :2].tolist() == [2, spanish]


def test_a_language_that_is_none_is_named_with_the_nearest() -> None:
    tokens = transformers.NllbTokenizer(vocab={"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}, merges=[])
    with pytest.raises(UsageError, match=r"U608.*spa_Ltn.*spa_Latn"):
        find_language(tokens, "spa_Ltn", backbone="nllb", side="target")
    with pytest.raises(UsageError, match=r"U607.*target"):
        find_language(tokens, None, backbone="nllb", side="target")


def test_a_language_model_translates_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"M302.*gpt2"):
        load_sequence_backbone(str(save_sequence_network("gpt2", tmp_path / "gpt2")), kind="encoder-decoder")
