"""A map of the features on which the head decides: near on paper is near for the model."""

from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np

from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats, Ints

_MOST: Final = 600
"""Examples on the map: more are a smear, and t-SNE's time grows with them."""
_LEAST_FOR_TSNE: Final = 40
_DIRECTIONS: Final = 30
_PERPLEXITY: Final = 20.0


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddingMap:
    """Places of some test examples, both axes from 0 to 1."""

    positions: Ints
    """In the test split."""
    places: Floats
    """Shape (examples, 2)."""
    method: Literal["t-SNE", "PCA"]
    kept: float
    """Share of the variance that the directions hold from which the map was made."""


def make_map(features: Floats, *, seed: int) -> EmbeddingMap | None:
    """At most 600 examples drawn by seed; None where there are fewer than three, or all are the same.

    Principal components of the standardised features, and from 40 examples on t-SNE (van der Maaten and Hinton 2008)
    of the first thirty of them, started from the first two, so that the same features give the same map.
    """
    from sklearn.decomposition import PCA  # A second, for scikit-learn.
    from sklearn.manifold import TSNE

    generator = np.random.default_rng(derive_seed(seed, "map"))
    positions = np.sort(generator.permutation(len(features))[:_MOST])
    if len(positions) < 3 or not ((spread := features.std(axis=0)) > 0).any():
        return None
    scaled = (features[positions][:, spread > 0] - features[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    number = min(_DIRECTIONS, *scaled.shape)
    fitted = PCA(n_components=number, random_state=0)
    reduced = fitted.fit_transform(scaled)
    kept = float(fitted.explained_variance_ratio_.sum())
    if len(positions) < _LEAST_FOR_TSNE or number < 3:
        flat = reduced[:, :2] if number > 1 else np.column_stack([reduced[:, 0], np.zeros(len(reduced))])
        kept = float(fitted.explained_variance_ratio_[:2].sum())
        return EmbeddingMap(positions=positions, places=_to_square(flat), method="PCA", kept=kept)
    placed = TSNE(perplexity=_PERPLEXITY / 2 if len(positions) < 100 else _PERPLEXITY, init="pca", random_state=0)
    return EmbeddingMap(
        positions=positions, places=_to_square(placed.fit_transform(reduced)), method="t-SNE", kept=kept
    )


def _to_square(places: Floats) -> Floats:
    low = places.min(axis=0)
    extent = places.max(axis=0) - low
    return np.asarray((places - low) / np.where(extent > 0, extent, 1.0), dtype=np.float64)
