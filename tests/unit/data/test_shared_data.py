"""The real data sets of the workplace, where it has them: what the readers find in each."""

from pathlib import Path
from typing import Any

import pytest

from injerto.data.reading import read_data
from injerto.data.splitting import make_splits

SHARED = Path(__file__).parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not on this machine")


@pytest.mark.parametrize(
    ("name", "options", "num_labels", "sizes"),
    [
        ("hymenoptera", {}, 2, (208, 37, 153)),
        ("brain_mri", {}, 2, (164, 38, 50)),
        ("omniglot_small", {"check": False}, 136, (1768, 408, 544)),
        ("flowers128", {"check": False}, 5, (2806, 648, 863)),
        ("banking77", {}, 77, (8497, 1500, 3080)),
        ("sst2", {}, 2, (6917, 872, 1821)),
        ("tweet_sentiment/spanish", {}, 3, (1839, 324, 870)),
        ("ag_news", {"text_column": "title,description"}, 4, (4940, 1140, 1520)),
    ],
)
def test_real_data_set_reads(name: str, options: dict[str, Any], num_labels: int, sizes: tuple[int, int, int]) -> None:
    data = read_data(SHARED / name, **options)
    splits = make_splits(data, seed=0)
    assert len(data.labels) == num_labels
    assert (len(splits.train), len(splits.tune), len(splits.test)) == sizes
    assert data.num_skipped == 0
