import json
import shutil
from pathlib import Path

import pytest
import torch

from injerto.activations.store.entry import StoreKey
from injerto.activations.store.store import ActivationStore
from injerto.activations.store.transfer import export_entries, import_entries
from injerto.core.errors import DataError, UsageError
from injerto.core.hashing import digest_file, digest_text

KEY = StoreKey(backbone="b", contract="c", point="output", pool="pooled", title="resnet18")
NAMES = [digest_text(str(number)) for number in range(4)]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    store = ActivationStore(tmp_path / "here")
    store.save(KEY, NAMES, list(torch.arange(8.0).reshape(4, 2)))
    store.save(KEY.model_copy(update={"point": "layer3"}), NAMES[:2], [torch.ones(3), torch.zeros(3)])
    assert export_entries(store, tmp_path / "out") == 2
    return tmp_path / "out"


def test_another_machine_finds_everything(exported: Path, tmp_path: Path) -> None:
    store = ActivationStore(tmp_path / "there")
    assert import_entries(store, exported) == 6
    stored, missing = store.load(KEY, NAMES)
    assert not missing
    assert torch.equal(stored.gather(NAMES), torch.arange(8.0).reshape(4, 2))
    assert {entry.key.title for entry in store.list_entries()} == {"resnet18"}
    assert import_entries(store, exported) == 6  # Once more changes nothing.
    assert [entry.num_examples for entry in store.list_entries() if entry.key == KEY] == [4]


def test_an_existing_folder_is_not_written_over(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="U102"):
        export_entries(ActivationStore(tmp_path / "here"), exported)


def reseal(folder: Path) -> None:
    """What someone does who changes a file on purpose."""
    files = {p.relative_to(folder).as_posix(): digest_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    files.pop("manifest.json")
    (folder / "manifest.json").write_text(json.dumps({"files": files}))


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("what", ["value", "key", "renamed", "foreign"])
def test_what_was_changed_is_refused_and_nothing_added(exported: Path, tmp_path: Path, what: str, sealed: bool) -> None:
    entry = exported / KEY.digest()
    (segment,) = entry.glob("*.safetensors")
    if what == "value":
        content = bytearray(segment.read_bytes())
        content[content.rindex(torch.tensor([5.0]).numpy().tobytes())] ^= 1
        segment.write_bytes(bytes(content))
    elif what == "key":
        (entry / "entry.json").write_text(KEY.model_copy(update={"backbone": "another"}).to_json())
    elif what == "renamed":
        shutil.move(entry, exported / "0123")
    else:
        (entry / "code.py").write_text("print('hello')")
    if sealed:
        reseal(exported)
    elif what == "foreign":
        return  # What the manifest does not name is not looked at.
    store = ActivationStore(tmp_path / "there")
    with pytest.raises(DataError, match=r"D13[78]"):
        import_entries(store, exported)
    assert store.list_entries() == ()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="D137"):
        import_entries(ActivationStore(tmp_path / "there"), tmp_path)
