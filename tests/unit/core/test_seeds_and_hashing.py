import torch

from injerto.core.hashing import digest_bytes, digest_json, digest_text
from injerto.core.seeds import derive_seed, seeded


def test_streams_have_different_seeds_and_keep_them() -> None:
    seeds = {derive_seed(0, "a"), derive_seed(0, "b"), derive_seed(1, "a"), derive_seed(0, "a", 1)}
    assert len(seeds) == 4
    assert derive_seed(7, "split", 3) == derive_seed(7, "split", 3)


def test_seeding_a_block_leaves_the_global_generator_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with seeded(1):
        torch.rand(100)
    assert torch.equal(torch.rand(2), expected)


def test_parts_are_told_apart() -> None:
    assert digest_bytes(b"ab", b"c") != digest_bytes(b"a", b"bc")
    assert digest_text("ñ") != digest_text("n")


def test_key_order_does_not_matter_and_values_do() -> None:
    assert digest_json({"a": 1, "b": 2}) == digest_json({"b": 2, "a": 1})
    assert digest_json({"a": 1}) != digest_json({"a": "1"})
