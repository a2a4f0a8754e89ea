import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard

import injerto
from injerto.artifacts.card_facts import NOT_MEASURABLE, inherited_facts, made_facts
from injerto.artifacts.inspecting import InspectedArtifact, inspect_artifact, inspect_measurements
from injerto.artifacts.repeating import option_of
from injerto.cli.app import main
from injerto.core.artifact import PROTOCOL
from injerto.core.errors import ModelError, UsageError
from injerto.core.sequences import SequenceOptions

LABELS = {"across", "down", "slanted"}
STORED = [
    "linear-probe",
    "knn",
    "mlp-head",
    "estimator:name=random-forest",
    "estimator:name=decision-tree",
    "lora",
    "last-1",
]


def schema_fault(bill: dict) -> object:
    """What the official schema of CycloneDX 1.6 has against a bill; None where it has nothing."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))


def artifact(pictures: Path, folder: Path, out: Path, strategy: str = "linear-probe", **options) -> injerto.Run:
    return injerto.fit(pictures, backbone=str(folder), strategy=strategy, epochs=1, out=out, device="cpu", **options)


def files(pictures: Path) -> list[Path]:
    return sorted(pictures.rglob("*.png"))[::7]


@pytest.mark.parametrize("strategy", STORED)
def test_a_loaded_model_gives_the_same_numbers(
    pictures: Path, network_folder: Path, tmp_path: Path, strategy: str
) -> None:
    run = artifact(pictures, network_folder, tmp_path / "m", strategy)
    loaded = injerto.load(tmp_path / "m", device="cpu")
    before, after = run.model.predict(files(pictures)), loaded.predict(files(pictures))
    assert before == after
    assert {prediction.label for prediction in after} <= LABELS
    assert all(sum(p.probabilities.values()) == pytest.approx(1) for p in after)


def test_the_folder_holds_what_the_design_says_and_no_pickle(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    artifact(pictures, network_folder, tmp_path / "m")
    found = {file.name for file in (tmp_path / "m").iterdir()}
    measured = {"evidence.json", "leaderboard.json", "plots.json", "training.json", "answers.json", "data.json"}
    documents = {"injerto.json", "README.md", "bom.json", *measured}
    assert found == {"model.safetensors", "manifest.json", *documents}
    record = json.loads((tmp_path / "m" / "injerto.json").read_text())
    assert record["protocol"] == PROTOCOL
    assert record["backbone"]["digest"]
    bill = json.loads((tmp_path / "m" / "bom.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert schema_fault(bill) is None
    assert schema_fault(bill | {"components": [{"type": "no such type", "name": "x"}]}) is not None


def test_a_standalone_artifact_needs_no_other_folder(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "network"
    shutil.copytree(network_folder, copy)
    run = artifact(pictures, copy, tmp_path / "m", standalone=True)
    shutil.rmtree(copy)
    assert injerto.load(tmp_path / "m", device="cpu").predict(files(pictures)) == run.model.predict(files(pictures))


def test_a_referred_backbone_with_other_weights_is_refused(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    copy = tmp_path / "network"
    shutil.copytree(network_folder, copy)
    artifact(pictures, copy, tmp_path / "m")
    weights = load_file(copy / "model.safetensors")
    name = max(weights, key=lambda name: weights[name].numel())
    save_file(weights | {name: weights[name] + 1}, copy / "model.safetensors")
    with pytest.raises(ModelError, match="not the one that this model grew on"):
        injerto.load(tmp_path / "m")


def test_a_fine_tuned_timm_backbone_opens_with_timm(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    import timm

    run = artifact(pictures, network_folder, tmp_path / "m", "last-1")
    opened = timm.create_model(f"local-dir:{tmp_path / 'm' / 'backbone'}", pretrained=True).eval()
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(opened.forward_features(x), run.model.backbone.network.forward_features(x))


@pytest.mark.parametrize("name", ["model.safetensors", "injerto.json", "evidence.json", "README.md"])
def test_one_changed_byte_is_refused(pictures: Path, network_folder: Path, tmp_path: Path, name: str) -> None:
    artifact(pictures, network_folder, tmp_path / "m")
    file = tmp_path / "m" / name
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(ModelError, match=name):
        injerto.load(tmp_path / "m")


@pytest.mark.parametrize("name", ["manifest.json", "injerto.json", "model.safetensors"])
def test_a_missing_file_is_refused(pictures: Path, network_folder: Path, tmp_path: Path, name: str) -> None:
    artifact(pictures, network_folder, tmp_path / "m")
    (tmp_path / "m" / name).unlink()
    with pytest.raises(ModelError):
        inspect_artifact(tmp_path / "m")


def test_a_link_in_the_folder_is_refused(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    artifact(pictures, network_folder, tmp_path / "m")
    target = tmp_path / "elsewhere"
    (tmp_path / "m" / "model.safetensors").rename(target)
    (tmp_path / "m" / "model.safetensors").symlink_to(target)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        inspect_artifact(tmp_path / "m")


def test_a_newer_format_is_told_from_a_broken_one(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    from injerto.core.atomic import new_folder

    artifact(pictures, network_folder, tmp_path / "m")
    record = json.loads((tmp_path / "m" / "injerto.json").read_text()) | {"protocol": PROTOCOL + 1}
    with new_folder(tmp_path / "newer") as folder:
        (folder / "model.safetensors").write_bytes((tmp_path / "m" / "model.safetensors").read_bytes())
        (folder / "injerto.json").write_text(json.dumps(record))
    with pytest.raises(ModelError, match="Upgrade"):
        inspect_artifact(tmp_path / "newer")


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no model folder"):
        injerto.load(tmp_path / "nothing")


def test_no_training_text_is_in_the_artifact(tmp_path: Path) -> None:
    texts = [f"the secret number {n} of the {w}" for n in range(30) for w in ("cat", "dog")]
    labels = ["cat", "dog"] * 30
    injerto.fit((texts, labels), out=tmp_path / "m", device="cpu")
    for file in (tmp_path / "m").rglob("*"):
        assert b"secret number" not in file.read_bytes()
    check_card(tmp_path / "m")


def check_card(path: Path) -> None:
    """Four of five fields of the card are filled by measurement, and what is not known says so."""
    found = inspect_measurements(path)
    card = (path / "README.md").read_text(encoding="utf-8")
    fields = [line.split(" | ") for line in card.splitlines() if line.startswith("| ") and line.count(" | ") == 1]
    unknown = sum(value == "unknown |" for _, value in fields) + len(NOT_MEASURABLE)
    assert unknown <= 0.2 * (len(fields) + len(NOT_MEASURABLE)), fields
    facts = {**inherited_facts(found.record.backbone), **made_facts(found.record, found.outcome, found.facts)}
    assert unknown == sum(value is None for value in facts.values()) + len(NOT_MEASURABLE)
    assert found.outcome.spent is not None
    assert found.outcome.spent.finetuning_flop
    assert found.outcome.spent.energy_basis in ("measured", "unknown")
    check_metadata(card, found)


def check_metadata(card: str, found: InspectedArtifact) -> None:
    """Hugging Face's own library reads the front matter and its results: the measured accuracy with its interval."""
    read = ModelCard(card).data
    (result,) = read.eval_results
    accuracy = found.outcome.evidence.accuracy
    assert (read.library_name, read.pipeline_tag) == ("injerto", "text-classification")
    assert (result.metric_type, result.metric_value) == ("accuracy", pytest.approx(accuracy.value, abs=1e-6))
    assert f"{accuracy.low:.4g} to {accuracy.high:.4g}" in result.metric_name
    assert result.dataset_split == "test"


def test_every_option_of_reading_is_named_as_the_command_names_it() -> None:
    known = (Path(__file__).parents[2] / "golden" / "help-fit.txt").read_text(encoding="utf-8").split()
    fields = {*injerto.DataOptions.model_fields, *SequenceOptions.model_fields} - {"task", "attribute_columns"}
    assert [name for name in sorted(fields) if option_of(name) not in known] == []


def test_the_headline_repeats_from_the_card_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that stands in the card, on the same file, gives the figure that stands in it."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    rows = [f"a {generator.choice(['red', 'green', 'odd'])} cup number {n},{'ab'[n % 2]}" for n in range(120)]
    Path("cups.csv").write_text("\n".join(["what,kind", *rows]), encoding="utf-8")
    options = injerto.DataOptions(text_column="what", label_column="kind")
    injerto.fit("cups.csv", options=options, strategy="mlp-head", epochs=2, seed=5, out="m", device="cpu")
    card = Path("m/README.md").read_text(encoding="utf-8")
    (line,) = [line for line in card.splitlines() if line.startswith("| to make it again | ")]
    command = shlex.split(line.removeprefix("| to make it again | ").removesuffix(" |").replace("\\", ""))
    with pytest.raises(SystemExit) as left:
        main(command[1:])
    assert left.value.code in (0, None)
    again = Path(command[command.index("--out") + 1])
    figures = [line for line in card.splitlines() if "accuracy" in line]
    assert figures == [line for line in (again / "README.md").read_text().splitlines() if "accuracy" in line]


def test_a_card_of_an_earlier_version_invents_nothing(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    artifact(pictures, network_folder, tmp_path / "m")
    found = inspect_measurements(tmp_path / "m")
    older = found.outcome.model_copy(update={"spent": None, "licence": None})
    facts = made_facts(found.record, older, None)
    assert {"finetuning", "pretraining", "ratio", "energy", "data-licence", "result-licence", "data"} <= {
        name for name, value in facts.items() if value is None
    }


def test_hostile_labels_stay_text_in_the_card(tmp_path: Path, network_folder: Path) -> None:
    generator = np.random.default_rng(0)
    images = [generator.integers(0, 255, (32, 32, 3), dtype=np.uint8) for _ in range(40)]
    labels = ["<script>alert(1)</script>", "]( javascript:x )\n---\nlicense: mit"] * 20
    injerto.fit((images, labels), backbone=str(network_folder), out=tmp_path / "m", device="cpu")
    card = (tmp_path / "m" / "README.md").read_text()
    assert "<script>" not in card
    assert card.split("---")[1].count("license") == 0
