"""The directions in which standardised features vary, and how much: what ridge and logistic regression work in."""

# N examples, B examples of a block, D features, R directions.

from dataclasses import dataclass, replace
from typing import Final, final

import torch
from torch import Tensor

from injerto.strategies.heads.same_values import Memory, digest_tensors
from injerto.strategies.heads.standardisation import Standardisation, row_blocks

_ONE_THREAD_ROWS: Final = 2048
_MOST_HELD: Final = 1 << 23
"""Numbers of coordinates that are kept for the next head: 64 MB. More are computed anew, block by block."""
_spectra: Final = Memory["Spectrum"](most=4)
_coordinates: Final = Memory[Tensor](most=1)
_eigen: Final = Memory[tuple[Tensor, Tensor]](most=4)


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spectrum:
    """The directions in which standardised features vary; shared by all heads of them, and never written to."""

    standardise: Standardisation
    value_R: Tensor
    """Eigenvalues, rising, of sum_i s_i z_i^T z_i without its null space."""
    basis_DR: Tensor
    """Orthonormal eigenvectors."""
    t_NR: Tensor | None = None
    """The features in these directions, where they are few enough to be held."""

    def coordinates(self, features_ND: Tensor, rows: slice) -> Tensor:
        """Rows of the features in these directions, shape (rows, directions)."""
        if self.t_NR is not None:
            return self.t_NR[rows]
        return self.standardise(features_ND[rows]) @ self.basis_DR


def decompose(features_ND: Tensor, weight_N: Tensor) -> Spectrum:
    """The spectrum of features of any floating type, remembered; weights of the examples have mean one.

    With fewer examples than features it comes from the N x N matrix sqrt(s) Z Z^T sqrt(s), whose non-zero eigenvalues
    are the same.
    """
    known_by = digest_tensors(features_ND, weight_N)
    spectrum = _spectra.recall(known_by, lambda: _decompose(features_ND, weight_N))
    if len(features_ND) * len(spectrum.value_R) > _MOST_HELD:
        return spectrum
    blocks = row_blocks(len(features_ND), features_ND.shape[1])
    return replace(
        spectrum,
        t_NR=_coordinates.recall(
            known_by, lambda: torch.cat([spectrum.coordinates(features_ND, rows) for rows in blocks])
        ),
    )


def remembered_eigen(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """`eigen`, remembered: the scatter within classes is the same for every discriminant of the same features."""
    return _eigen.recall(digest_tensors(symmetric), lambda: eigen(symmetric))


def _decompose(features_ND: Tensor, weight_N: Tensor) -> Spectrum:
    standardise = Standardisation.of(features_ND, weight_N)
    method = _primal if len(features_ND) > features_ND.shape[1] else _dual
    value_R, basis_DR = method(features_ND, standardise, weight_N)
    return Spectrum(standardise=standardise, value_R=value_R, basis_DR=basis_DR)


def _primal(x_ND: Tensor, standardise: Standardisation, weight_N: Tensor) -> tuple[Tensor, Tensor]:
    num, width = x_ND.shape
    gram_DD = standardise.mean_D.new_zeros(width, width)
    for rows in row_blocks(num, width):
        z_BD = standardise(x_ND[rows]).mul_(weight_N[rows, None].sqrt())
        gram_DD.addmm_(z_BD.T, z_BD)
    return decompose_gram(gram_DD, num)


def decompose_gram(gram_DD: Tensor, num_examples: float) -> tuple[Tensor, Tensor]:
    """The same from the matrix itself, summed over `num_examples`."""
    value_R, basis_DR = eigen(gram_DD)
    kept_R = _above_rounding(value_R, num_examples)
    return value_R[kept_R], basis_DR[:, kept_R]


def _dual(x_ND: Tensor, standardise: Standardisation, weight_N: Tensor) -> tuple[Tensor, Tensor]:
    z_ND = standardise(x_ND).mul_(weight_N[:, None].sqrt())
    value_R, vector_NR = eigen(z_ND @ z_ND.T)
    kept_R = _above_rounding(value_R, x_ND.shape[1])
    return value_R[kept_R], z_ND.T @ (vector_NR[:, kept_R] / value_R[kept_R].sqrt())


def eigen(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, rising, and eigenvectors.

    The threads of LAPACK meet thousands of times and spin while they wait: on a machine with other work a matrix of
    768 rows took 3 to 10 seconds on two threads and 0.1 on one. Large ones gain from threads all the same.
    """
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1 if len(symmetric) <= _ONE_THREAD_ROWS else num_threads)
    try:
        value, vector = torch.linalg.eigh(symmetric)
    finally:
        torch.set_num_threads(num_threads)
    return value, vector


def _above_rounding(value_R: Tensor, longest: float) -> Tensor:
    # Directions without variance carry no fit; their eigenvalues are rounding errors, sometimes below zero.
    return value_R > value_R[-1] * longest * torch.finfo(torch.float64).eps
