"""Specs of every kind, and everything that must be refused."""

import json
import os
import pickle
from pathlib import Path

import pytest
import timm
import torch
import transformers
from safetensors.torch import load_file, save_file

from injerto.backbones.loading import load_backbone
from injerto.core.errors import HubError, InjertoError, ModelError, UsageError


class Canary:
    """Unpickling it leaves a file; none may appear."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, (f"touch {self.path}",))


@pytest.fixture
def timm_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "timm"
    load_backbone("timm:test_resnet", pretrained=False).save_network(str(folder))
    return folder


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(folder: Path, change: dict[str, torch.Tensor | None]) -> None:
    path = folder / "model.safetensors"
    weights = load_file(path) | {name: tensor for name, tensor in change.items() if tensor is not None}
    save_file({name: tensor for name, tensor in weights.items() if change.get(name, tensor) is not None}, path)


def test_spec_of_a_backbone_loads_it_again(timm_folder: Path) -> None:
    backbone = load_backbone(str(timm_folder))
    assert load_backbone(backbone.spec).digest == backbone.digest
    weights = timm_folder / "model.safetensors"
    single = load_backbone(str(weights), arch="test_resnet")
    assert single.digest == backbone.digest
    assert load_backbone(single.spec).digest == backbone.digest


def test_catalogue_name_is_not_hidden_by_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resnet18").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_backbone("resnet18", pretrained=False).spec == "timm:resnet18.tv_in1k"
    with pytest.raises(ModelError, match="M109"):
        load_backbone("./resnet18", pretrained=False)


def test_file_with_a_prefix_of_distributed_training_is_read(timm_folder: Path, tmp_path: Path) -> None:
    weights = load_file(timm_folder / "model.safetensors")
    save_file({f"module.{name}": tensor for name, tensor in weights.items()}, tmp_path / "ddp.safetensors")
    backbone = load_backbone(str(tmp_path / "ddp.safetensors"), arch="test_resnet")
    assert backbone.digest == load_backbone(str(timm_folder)).digest


def test_classifier_in_the_file_is_left_out(tmp_path: Path) -> None:
    full = timm.create_model("test_resnet", num_classes=7)
    save_file(full.state_dict(), tmp_path / "full.safetensors")
    assert load_backbone(str(tmp_path / "full.safetensors"), arch="test_resnet").num_features() == 96


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".joblib"])
def test_pickle_is_refused_unread(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Canary(tmp_path / "canary")))
    with pytest.raises(ModelError, match="M101"):
        load_backbone(str(path), arch="resnet18")
    assert not (tmp_path / "canary").exists()


def test_pickle_called_safetensors_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps(Canary(tmp_path / "canary")))
    with pytest.raises(ModelError, match="M102"):
        load_backbone(str(path), arch="resnet18")
    assert not (tmp_path / "canary").exists()


def test_folder_with_a_pickle_only_is_refused_unread(bert_folder: Path, tmp_path: Path) -> None:
    (bert_folder / "model.safetensors").unlink()
    (bert_folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(tmp_path / "canary")))
    with pytest.raises(ModelError, match=r"M101.*pytorch_model\.bin"):
        load_backbone(str(bert_folder))
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"auto_map": {"AutoModel": "evil.Model"}},
        {"trust_remote_code": True},
        {"_attn_implementation_internal": "owner/kernel"},
        {"attn_implementation": "owner/kernel"},
        {"custom_pipelines": {"x": {}}},
        {"architectures": ["evil.Model"]},
        {"model_type": "owner/repo"},
        {"text_config": {"auto_map": {}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_configuration_that_runs_code_is_refused(changes: dict[str, object], bert_folder: Path) -> None:
    edit_config(bert_folder, **changes)
    with pytest.raises(ModelError, match="M106"):
        load_backbone(str(bert_folder))


def test_tokenizer_settings_that_run_code_are_refused(bert_folder: Path) -> None:
    path = bert_folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"auto_map": {"AutoTokenizer": ["evil.T", None]}}))
    with pytest.raises(ModelError, match=r"M106.*tokenizer_config"):
        load_backbone(str(bert_folder))


@pytest.mark.parametrize(
    "text",
    ['{"model_type": "bert", "model_type": "gpt2"}', "[1]", "{", "[" * 100_000, '{"a": "' + "x" * (5 << 20) + '"}'],
    ids=["twice", "list", "broken", "deep", "large"],
)
def test_odd_json_is_refused(text: str, bert_folder: Path) -> None:
    (bert_folder / "config.json").write_text(text)
    with pytest.raises(ModelError, match="M107"):
        load_backbone(str(bert_folder))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_link_out_of_the_folder_is_refused(name: str, bert_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (bert_folder / name).rename(outside)
    (bert_folder / name).symlink_to(outside)
    with pytest.raises(ModelError, match="M108"):
        load_backbone(str(bert_folder))


@pytest.mark.parametrize("shard", ["../outside.safetensors", "/etc/passwd", "a/b.safetensors", ".."])
def test_shard_elsewhere_is_refused(shard: str, bert_folder: Path) -> None:
    (bert_folder / "model.safetensors").unlink()
    (bert_folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"x": shard}}))
    with pytest.raises(ModelError, match="M108"):
        load_backbone(str(bert_folder))


def test_shards_are_read_together(bert_folder: Path) -> None:
    whole = load_backbone(str(bert_folder)).digest
    weights = load_file(bert_folder / "model.safetensors")
    (bert_folder / "model.safetensors").unlink()
    names = sorted(weights)
    files = {"a.safetensors": names[:9], "b.safetensors": names[9:]}
    for file, part in files.items():
        save_file({name: weights[name] for name in part}, bert_folder / file)
    index = {"weight_map": {name: file for file, part in files.items() for name in part}}
    (bert_folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert load_backbone(str(bert_folder)).digest == whole


def test_missing_weights_are_named(timm_folder: Path, bert_folder: Path) -> None:
    names = sorted(load_backbone(str(timm_folder)).network.state_dict())
    lost = [name for name in names if name.endswith("weight")][:7]
    edit_weights(timm_folder, dict.fromkeys(lost))
    with pytest.raises(ModelError, match=r"M103.*and 2 more") as caught:
        load_backbone(str(timm_folder))
    assert all(name in str(caught.value) for name in lost[:5])

    edit_weights(bert_folder, {"bert.encoder.layer.1.output.dense.weight": None})
    with pytest.raises(ModelError, match=r"M103.*layer\.1\.output\.dense\.weight"):
        load_backbone(str(bert_folder))


def test_weights_of_another_shape_are_named(timm_folder: Path, bert_folder: Path) -> None:
    edit_weights(timm_folder, {"bn1.weight": torch.zeros(3)})
    with pytest.raises(ModelError, match=r"M104.*bn1\.weight"):
        load_backbone(str(timm_folder))
    edit_weights(bert_folder, {"bert.encoder.layer.1.output.dense.bias": torch.zeros(3)})
    with pytest.raises(ModelError, match=r"M104.*output\.dense\.bias"):
        load_backbone(str(bert_folder))


def test_weights_without_a_place_are_named(timm_folder: Path, bert_folder: Path) -> None:
    edit_weights(timm_folder, {"layer9.0.weight": torch.zeros(3)})
    with pytest.raises(ModelError, match=r"M105.*layer9\.0\.weight"):
        load_backbone(str(timm_folder))
    edit_weights(bert_folder, {"bert.encoder.layer.7.output.dense.bias": torch.zeros(3)})
    with pytest.raises(ModelError, match=r"M105.*layer\.7"):
        load_backbone(str(bert_folder))


def test_settings_of_timm_that_read_other_files_have_no_effect(timm_folder: Path, tmp_path: Path) -> None:
    digest = load_backbone(str(timm_folder)).digest
    evil = tmp_path / "evil.pth"
    evil.write_bytes(pickle.dumps(Canary(tmp_path / "canary")))
    config = json.loads((timm_folder / "config.json").read_text())
    config["model_args"] = {"checkpoint_path": str(evil), "pretrained": True}
    config["pretrained_cfg"] |= {"file": str(evil), "url": f"file://{evil}", "source": "local-dir"}
    (timm_folder / "config.json").write_text(json.dumps(config))
    assert load_backbone(str(timm_folder)).digest == digest
    assert not (tmp_path / "canary").exists()


def test_nonsense_in_the_settings_is_a_fault_of_the_model(timm_folder: Path, bert_folder: Path) -> None:
    edit_config(timm_folder, model_args={"no_such_argument": 1})
    with pytest.raises(ModelError, match="M111"):
        load_backbone(str(timm_folder))
    edit_config(bert_folder, hidden_size=17)
    with pytest.raises(ModelError):
        load_backbone(str(bert_folder))


def test_unknown_architectures_suggest_the_nearest(timm_folder: Path, bert_folder: Path) -> None:
    edit_config(timm_folder, architecture="resnet81")
    with pytest.raises(ModelError, match=r"M110.*Did you mean 'resnet"):
        load_backbone(str(timm_folder))
    edit_config(bert_folder, model_type="bertt")
    with pytest.raises(ModelError, match=r"M110.*Did you mean 'bert'"):
        load_backbone(str(bert_folder))
    with pytest.raises(ModelError, match="M110"):
        load_backbone("timm:resnet18.no_such_tag", pretrained=False)


def test_weights_without_the_encoder_that_the_settings_name_are_refused(bert_folder: Path) -> None:
    (bert_folder / "config.json").write_text(transformers.T5Config(num_layers=1, vocab_size=100).to_json_string())
    with pytest.raises(ModelError, match=r"M\d+.*(encoder|missing|shape)"):
        load_backbone(str(bert_folder))


def test_options_without_meaning_are_refused(timm_folder: Path) -> None:
    with pytest.raises(UsageError, match="U303"):
        load_backbone(str(timm_folder), arch="resnet18")
    with pytest.raises(UsageError, match="U304"):
        load_backbone(str(timm_folder), revision="main")
    with pytest.raises(UsageError, match="U302"):
        load_backbone(str(timm_folder / "model.safetensors"))


@pytest.mark.parametrize("spec", ["./nowhere", "/nowhere/at/all", "nowhere.safetensors", "./" + "x" * 5000])
def test_missing_path_is_a_data_fault(spec: str) -> None:
    with pytest.raises(ModelError, match="M213"):
        load_backbone(spec)


ODD_NAMES = ["", "resnet81", "x" * 5000, "a\0b", "./a\0b", "ftp:x", "bert/base", "CON", ".\\..\\x"]


@pytest.mark.parametrize("spec", ODD_NAMES)
def test_odd_names_give_one_clear_line(spec: str) -> None:
    with pytest.raises(InjertoError) as caught:
        load_backbone(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "repo"),
    [("resnet18", "timm/resnet18.tv_in1k"), ("bert-base-uncased", "google-bert/bert-base-uncased")],
)
def test_missing_model_offline_says_how_to_get_it(spec: str, repo: str) -> None:
    with pytest.raises(HubError, match=rf"H101.*HF_HUB_OFFLINE is set.*hf download {repo}") as caught:
        load_backbone(spec)
    assert caught.value.exit_code == 6
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", ["hf:../../etc", "hf:a/b/c", "hf:", "shipped:../x", "shipped:nothing"])
def test_odd_places_of_a_source_give_one_clear_line(spec: str) -> None:
    with pytest.raises(InjertoError):
        load_backbone(spec)


def test_cached_model_is_used_offline(bert_folder: Path, tmp_path: Path) -> None:
    commit = "0" * 40
    repo = tmp_path / "hub" / "models--someone--small-bert"
    snapshot = repo / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (repo / "blobs").mkdir()
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    for number, file in enumerate(sorted(bert_folder.iterdir())):
        blob = repo / "blobs" / f"{number:064x}"
        blob.write_bytes(file.read_bytes())
        (snapshot / file.name).symlink_to(Path("../../blobs") / blob.name)
    backbone = load_backbone("hf:someone/small-bert")
    assert backbone.spec == f"hf:someone/small-bert@{commit}"
    assert backbone.digest == load_backbone(str(bert_folder)).digest == load_backbone(backbone.spec).digest
    (snapshot / "model.safetensors").unlink()
    assert not load_backbone("hf:someone/small-bert", pretrained=False).pretrained
    with pytest.raises(HubError, match="H101"):
        load_backbone("hf:someone/small-bert")
