import csv
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import injerto
from injerto.audits.audit import audits

_SWAPS = resources.files("injerto.audits").joinpath("swaps", "en.toml")


_PEOPLE = ["he", "she", "his father", "her mother", "the king", "the queen", "the Muslim man", "the Christian man"]
_PEOPLE += ["the gay player", "the straight player", "the old boy", "the young girl"]
_PEOPLE += sorted({word for row in tomllib.loads(_SWAPS.read_text(encoding="utf-8"))["names"] for word in row})


@pytest.fixture
def table(pictures: Path, tmp_path: Path) -> Path:
    """The pictures as a table with the site that each came from; most of them beside it, one with a wrong label."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = []
    for number, file in enumerate(sorted(pictures.rglob("*.png"))):
        (folder / f"{number}.png").write_bytes(file.read_bytes())
        rows.append([f"{number}.png", file.parent.name, "north" if number % 2 else "south"])
    with (folder / "all.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["image", "label", "site"], *rows])
    rows[1][1] = "slanted"  # an error in the north
    with (folder / "most.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["image", "label", "site"], *rows[:-3]])
    return folder / "all.csv"


def test_audit_of_its_own_test_split_and_of_other_data(
    program: Callable, table: Path, network_folder: Path, tmp_path: Path
) -> None:
    injerto.fit(table, backbone=str(network_folder), out=tmp_path / "m", device="cpu")
    done = program("audit", "m", table, "--group", "site")
    assert done.code == 0
    assert "too few to say" in done.out  # twelve test examples
    assert max(map(len, done.out.splitlines())) <= 80
    own = program("audit", "m", table, "--group", "site", "--json").document()
    assert (own["schema_version"], own["num_examples"]) == (1, 12)
    other = program("audit", "m", table.parent / "most.csv", "--group", "site", "--json").document()
    assert other["num_examples"] == 57
    assert {one["code"] for one in other["not_run"]} == {"DU001", "IN001", "SC001", "SH001", "SM001", "SM002"}
    assert {group["group"] for group in other["tables"][0]["groups"]} == {"north", "south"}
    assert all(group["value"] is not None for group in other["tables"][0]["groups"])
    gated = program("audit", "m", table.parent / "most.csv", "--group", "site", "--fail-under", "1.0")
    assert gated.code == 7
    assert "FAILED" in gated.out
    assert program("audit", "m", table, "--group", "sight").code == 2
    one = table.parent / "one.csv"  # Nothing can be learnt from one label, and a model can be judged by it.
    one.write_text("\n".join(line for line in table.read_text().splitlines() if "down" in line or "image" in line))
    assert program("audit", "m", one, "--group", "site", "--json").document()["num_examples"] == 20
    assert program("evaluate", "m", one, "--json").document()["num_examples"] == 20
    assert program("audit", "m", "--group", "site").code == 2
    for nonsense in ("80", "nan", "-1"):
        done = program("audit", "m", "--fail-under", nonsense)
        assert (done.code, "0.8 asks for 80 %" in done.err) == (2, True)
    assert program("audit", "m").code == 0


def test_a_clean_set_raises_nothing_above_information_from_any_audit(network_folder: Path, tmp_path: Path) -> None:
    """Stripes that all can be told, in sites drawn at random, through every audit that there is; texts beside them."""
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[0:32, 0:32]
    made = []
    for number in range(300):
        label, wave = (("across", rows), ("down", columns))[number % 2]
        stripes = 128 + 90 * np.sin(wave * generator.uniform(0.5, 0.9) + generator.uniform(0, 6))
        noisy = (stripes[..., None] + generator.normal(0, 25, (32, 32, 3))).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(tmp_path / f"{number}.png")
        made.append([f"{number}.png", label, generator.choice(["north", "south"])])
    with (tmp_path / "all.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["image", "label", "site"], *made])
    injerto.fit(
        tmp_path / "all.csv",
        backbone=str(network_folder),
        strategy="linear-probe",
        out=tmp_path / "m",
        device="cpu",
        data_license="cc0-1.0",
    )
    found = injerto.audit(tmp_path / "m", tmp_path / "all.csv", groups=["site"])
    assert [one for one in found.findings if one.severity != "info"] == []
    judged = {audits.get(name)().code for name in audits.names()} - {one.code for one in found.not_run}
    assert judged >= {"GR001", "GR002", "IN001", "SC001", "SH001", "CF001", "PR001", "DU001", "CA001", "LK001", "LI001"}
    assert {one.group: one.value is not None for one in found.tables[0].groups} == {"north": True, "south": True}


def test_clean_texts_raise_nothing_above_information_from_any_audit(tmp_path: Path) -> None:
    """Sports and money, told by their own words; men, women, names and terms of identity in both alike."""
    generator = np.random.default_rng(0)
    topics = {
        "sports": ["team", "match", "goal", "coach", "season", "player", "league", "stadium", "final", "club"],
        "money": ["bank", "market", "price", "profit", "loan", "trade", "tax", "budget", "dollar", "company"],
    }
    texts = [
        "{} said that the {} and the {} of this {} were {} {} .".format(
            generator.choice(_PEOPLE),
            *generator.choice(topics[label], 3, replace=False),
            generator.choice(["good", "bad", "new", "great", "weak", "better", "worse"]),
            generator.choice(["last week", "on Monday", "in the north", "this year", "once again", "in the end"]),
        )
        for label in generator.choice(list(topics), 300)
    ]
    labels = ["sports" if set(text.split()) & set(topics["sports"]) else "money" for text in texts]
    table = tmp_path / "all.csv"
    with table.open("w", newline="") as stream:
        sites = generator.choice(["north", "south"], len(texts))
        csv.writer(stream).writerows([["text", "label", "site"], *zip(texts, labels, sites, strict=True)])
    injerto.fit(table, strategy="linear-probe", out=tmp_path / "m", device="cpu", data_license="cc0-1.0")
    found = injerto.audit(tmp_path / "m", table, groups=["site"])
    assert [one for one in found.findings if one.severity != "info"] == []
    judged = {audits.get(name)().code for name in audits.names()} - {one.code for one in found.not_run}
    assert judged >= {"CF001", "SM001", "SC001", "SH001", "PR001", "DU001", "GR001", "IN001"}
    assert found.num_examples >= 60


def test_examples_of_several_labels_have_groups_on_their_own_test_split_and_on_others(
    program: Callable, table: Path, network_folder: Path
) -> None:
    with table.open(newline="") as stream:
        rows = list(csv.reader(stream))
    for folder, kept in (("own.csv", rows), ("other.csv", rows[:-3])):
        with (table.parent / folder).open("w", newline="") as stream:
            csv.writer(stream).writerows([kept[0], *([name, f"{label}|any", site] for name, label, site in kept[1:])])
    options = ("--backbone", network_folder, "--strategy", "linear-probe", "--label-separator", "|", "--device", "cpu")
    assert program("fit", table.parent / "own.csv", "--out", "m", *options).code == 0
    done = program("audit", "m", table.parent / "other.csv", "--group", "site", "--fail-under", "0.1")
    assert done.code == 0
    assert "all right %" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    own = program("audit", "m", table.parent / "own.csv", "--group", "site", "--json").document()
    assert (own["num_examples"], own["tables"][0]["metric"]) == (12, "all-labels")
    assert "IN001" not in {one["code"] for one in own["not_run"]}


def test_groups_that_are_balanced_come_from_the_table(
    program: Callable, table: Path, pictures: Path, network_folder: Path
) -> None:
    options = ("--backbone", network_folder, "--strategy", "balanced-probe:by=site", "--device", "cpu", "--json")
    done = program("fit", table, "--out", "m", *options)
    assert done.code == 0
    assert done.document()["head_facts"]["cells"] == 6
    assert program("audit", "m", table, "--group", "site").code == 0
    assert program("report", "m", "--out", "r.html").code == 0
    assert "--strategy balanced-probe:by=site" in Path("r.html").read_text(encoding="utf-8")
    done = program("fit", pictures, "--out", "n", *options)
    assert done.code == 2
    assert "no column site" in done.err


def test_groups_of_a_folder_of_pictures_are_wrong_use(
    program: Callable, pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    injerto.fit(pictures, backbone=str(network_folder), out=tmp_path / "m", device="cpu")
    done = program("audit", "m", pictures, "--group", "site")
    assert done.code == 2
    assert "no table" in done.err


def test_explain_lists_codes_and_says_what_one_means(program: Callable) -> None:
    assert "GR001" in program("explain").out
    done = program("explain", "gr001")
    assert "How it decides" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert set(program("explain", "GR001", "--json").document()["audits"]) == {"GR001"}
    assert program("explain", "GR999").code == 2


def test_mending_says_what_it_needs(program: Callable, table: Path, network_folder: Path) -> None:
    assert program("fit", table, "--out", "m", "--backbone", network_folder, "--device", "cpu").code == 0
    done = program("mend", "m", table, "--group", "site")
    assert (done.code, "ten test examples" in done.err) == (3, True)
    assert program("mend", "m", table, "--group", "sight").code == 2
    assert program("mend", "m", table).code == 2
