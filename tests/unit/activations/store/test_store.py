import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.activations.store import store as store_module
from injerto.activations.store.entry import StoreKey
from injerto.activations.store.precision import Precision
from injerto.activations.store.store import ActivationStore
from injerto.core.errors import ResourceError
from injerto.core.hashing import digest_text

KEY = StoreKey(backbone="b", contract="c", point="output", pool="pooled")
RAGGED = KEY.model_copy(update={"ragged": True})
X, Y, Z = map(digest_text, "xyz")


def segments(store: ActivationStore) -> list[Path]:
    return sorted(store.folder.rglob("*.safetensors"))


def test_what_was_saved_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    values = torch.randn(3, 4)
    store.save(KEY, [X, Y, Z], list(values))
    stored, missing = store.load(KEY, [Z, digest_text("w"), X])
    assert missing == [digest_text("w")]
    assert torch.equal(stored.read(Y), values[1:2])
    assert torch.equal(stored.gather([Z, X, Z]), values[[2, 0, 2]])


def test_examples_are_gathered_in_order_from_many_segments(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    names = [digest_text(str(number)) for number in range(50)]
    values = torch.randn(50, 2, 3)
    for start in range(0, 50, 7):
        store.save(KEY, names[start : start + 7], list(values[start : start + 7]))
    order = torch.randperm(50).tolist()
    wanted = [names[i] for i in order]
    assert torch.equal(store.load(KEY, wanted)[0].gather(wanted), values[order])


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=8),
    width=st.integers(1, 5),
    precision=st.sampled_from(["fp32", "fp16", "bf16", "int8"]),
)
def test_ragged_values_keep_their_lengths(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], width: int, precision: Precision
) -> None:
    store = ActivationStore(tmp_path_factory.mktemp("store"))
    key = RAGGED.model_copy(update={"precision": precision})
    values = [torch.randn(length, width) for length in lengths]
    digests = [digest_text(str(number)) for number in range(len(lengths))]
    store.save(key, digests, values)
    stored, missing = store.load(key, digests)
    assert not missing
    for digest, value in zip(digests, values, strict=True):
        torch.testing.assert_close(stored.read(digest), value, rtol=0.01, atol=0.03)


def test_another_key_finds_nothing(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, [X], [torch.ones(2)])
    for field in ("backbone", "contract", "point", "pool"):
        assert store.load(KEY.model_copy(update={field: "other"}), [X])[1] == [X]
    assert store.load(KEY.model_copy(update={"precision": "fp16"}), [X])[1] == [X]
    assert store.load(KEY.model_copy(update={"title": "another name"}), [X])[1] == []


@pytest.mark.parametrize("place", [4, 60, 400, -200, -3])
def test_a_flipped_bit_is_a_miss_and_the_segment_goes(tmp_path: Path, place: int) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, [X, Y], [torch.ones(64), torch.ones(64)])
    (file,) = segments(store)
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(bytes(content))
    assert set(store.load(KEY, [X, Y])[1]) == {X, Y}
    assert segments(store) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_to_a_file_is_ever_believed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    store = ActivationStore(tmp_path_factory.mktemp("store"))
    values = torch.arange(40.0).reshape(4, 10)
    names = [digest_text(str(number)) for number in range(4)]
    store.save(KEY, names, list(values))
    (file,) = segments(store)
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "zero", "grow"]))
    if how == "flip":
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    elif how == "cut":
        del content[place:]
    elif how == "zero":
        content[place : place + 8] = bytes(len(content[place : place + 8]))
    else:
        content[place:place] = b"injerto"
    file.write_bytes(bytes(content))
    stored, missing = store.load(KEY, names)
    for number, name in enumerate(names):
        assert name in missing or torch.equal(stored.read(name)[0], values[number])


def test_only_what_is_asked_for_is_checked(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, [X, Y], [torch.zeros(64), torch.ones(64)])
    (file,) = segments(store)
    content = bytearray(file.read_bytes())
    content[content.rindex(b"\x00\x00\x80\x3f")] ^= 1  # The last 1.0, so a value of y.
    file.write_bytes(bytes(content))
    assert store.load(KEY, [X])[1] == []
    assert set(store.load(KEY, [X, Y])[1]) == {X, Y}


def test_verify_removes_only_what_is_damaged(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, [X], [torch.ones(64)])
    store.save(KEY, [Y], [torch.zeros(64)])
    bad = segments(store)[0]
    bad.write_bytes(b"not a tensor")
    stale = bad.with_name(".dead.partial")
    stale.write_bytes(b"half")
    os.utime(stale, (1, 1))
    assert store.verify() == [bad, stale]
    assert len(segments(store)) == 1


def test_small_segments_become_one_and_nothing_is_lost(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    key = RAGGED.model_copy(update={"precision": "int8"})
    names = [digest_text(str(number)) for number in range(20)]
    values = [torch.randn(1 + number % 3, 4) for number in range(20)]
    for name, value in zip(names, values, strict=True):
        store.save(key, [name], [value])
    before = [store.load(key, names)[0].read(name) for name in names]
    store.compact(key)
    assert len(segments(store)) == 1
    stored, missing = store.load(key, names)
    assert not missing
    assert all(torch.equal(stored.read(name), value) for name, value in zip(names, before, strict=True))


def test_prune_deletes_the_least_recently_used_first(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    other = KEY.model_copy(update={"point": "other"})
    store.save(KEY, [X], [torch.ones(1000)])
    store.save(other, [X], [torch.ones(1000)])
    os.utime(store.folder / KEY.digest(), (1, 1))
    assert store.prune(max_bytes=6000) > 4000
    assert [entry.key for entry in store.list_entries()] == [other]
    store.prune(max_bytes=0)
    assert store.list_entries() == ()


def test_a_store_above_its_size_gives_up_what_is_not_in_use(tmp_path: Path) -> None:
    old = ActivationStore(tmp_path)
    other = KEY.model_copy(update={"point": "other"})
    old.save(other, [X], [torch.ones(1000)])
    os.utime(old.folder / other.digest(), (1, 1))
    store = ActivationStore(tmp_path, max_bytes=9000)
    store.save(KEY, [X], [torch.ones(1000)])
    store.save(KEY, [Y], [torch.ones(1000)])
    assert [entry.key for entry in store.list_entries()] == [KEY]
    assert store.load(KEY, [X, Y])[1] == []


def test_a_full_disk_costs_other_entries_first_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ActivationStore(tmp_path)
    other = KEY.model_copy(update={"point": "other"})
    ActivationStore(tmp_path).save(other, [X], [torch.ones(10)])
    write, room = store_module.write_file, [0]

    def full(path: Path, content: bytes | str) -> None:
        if path.suffix == ".safetensors" and room[0] <= 0 and (store.folder / other.digest()).is_dir():
            raise ResourceError("disk-full", path=path)
        if path.suffix == ".safetensors" and room[0] < 0:
            raise ResourceError("disk-full", path=path)
        write(path, content)

    monkeypatch.setattr(store_module, "write_file", full)
    store.save(KEY, [X], [torch.ones(10)])
    assert [entry.key for entry in store.list_entries()] == [KEY]
    room[0] = -1
    with pytest.raises(ResourceError, match="R101"):
        store.save(KEY, [Y], [torch.ones(10)])
    assert store.load(KEY, [X, Y])[1] == [Y]


def test_entries_are_described(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path, run="flowers-model")
    key = KEY.model_copy(update={"precision": "fp16", "title": "resnet18"})
    store.save(key, [X, Y], [torch.randn(8), torch.randn(8)])
    (entry,) = store.list_entries()
    assert (entry.num_examples, entry.num_segments, entry.key) == (2, 1, key)
    assert entry.runs == ("flowers-model",)
    assert 0 < entry.error < 1e-3
    assert entry.num_bytes > 32


def test_an_empty_store_lists_nothing(tmp_path: Path) -> None:
    assert ActivationStore(tmp_path / "never").list_entries() == ()


WRITER = """
import sys
import torch
from pathlib import Path
from injerto.activations.store.entry import StoreKey
from injerto.activations.store.store import ActivationStore
from injerto.core.hashing import digest_text
key = StoreKey(backbone="b", contract="c", point="output", pool="pooled")
store = ActivationStore(Path(sys.argv[1]))
print("ready", flush=True)
for round in range(10_000):
    for start in range(0, 40, 4):
        numbers = range(start, start + 4)
        store.save(key, [digest_text(str(n)) for n in numbers], [torch.full((3000,), float(n)) for n in numbers])
    store.compact(key)
"""


@pytest.mark.slow
def test_killed_writers_leave_whole_entries_only(tmp_path: Path) -> None:
    """Two writers at a time, killed at random moments while they save, merge and delete each other's segments."""
    generator = torch.Generator().manual_seed(0)
    names = [digest_text(str(number)) for number in range(40)]
    for _ in range(2):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.4 * float(torch.rand((), generator=generator)))
        for writer in writers:
            writer.kill()
            writer.wait()
            assert writer.stdout is not None
            writer.stdout.close()
        stored, missing = ActivationStore(tmp_path).load(KEY, names)
        for number, name in enumerate(names):
            assert name in missing or torch.equal(stored.read(name)[0], torch.full((3000,), float(number)))
        assert ActivationStore(tmp_path).verify() == []


def test_what_another_process_removes_meanwhile_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process prunes between the listing of files and every look at them."""
    store = ActivationStore(tmp_path)
    for number in range(3):
        store.save(KEY, [digest_text(str(number))], [torch.ones(1, 3)])
    listed = [store_module._segment_files(folder) for folder in store._folders()]
    ActivationStore(tmp_path).prune(max_bytes=0)
    monkeypatch.setattr(store_module, "_segment_files", lambda _: listed[0])
    assert store.load(KEY, [X])[1] == [X]
    store.compact(KEY)
    monkeypatch.setattr(ActivationStore, "_folders", lambda self: iter([listed[0][0].parent]))
    assert store.verify() == []
    assert store.list_entries() == ()
    assert store.prune(max_bytes=0) == 0
