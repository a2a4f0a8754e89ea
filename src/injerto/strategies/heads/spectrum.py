"""The directions in which standardised features vary, and how much: what ridge and logistic regression work in."""

# N examples, B examples of a block, D features, R directions.

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from injerto.strategies.heads.same_values import digest_tensors
from injerto.strategies.heads.standardisation import Standardisation, row_blocks

_ONE_THREAD_ROWS: Final = 2048
_MOST_REMEMBERED: Final = 4
_remembered: dict[bytes, tuple[Tensor, Tensor]] = {}
"""The last decompositions, by 128 bits of xxHash of what was decomposed: heads that race see the same features."""


def decompose(x_ND: Tensor, standardise: Standardisation, weight_N: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, shape (R,), and orthonormal eigenvectors, (D, R), of sum_i s_i z_i^T z_i without its null space.

    With fewer examples than features they come from the N x N matrix sqrt(s) Z Z^T sqrt(s), whose non-zero
    eigenvalues are the same. Both are shared by whoever asks for them again, and must not be written to.
    """
    made_of = (x_ND, standardise.mean_D, standardise.scale_D, weight_N)
    method = _primal if len(x_ND) > x_ND.shape[1] else _dual
    return _recall(made_of, lambda: method(x_ND, standardise, weight_N))


def remembered_eigen(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """`eigen`, remembered: the scatter within classes is the same for every discriminant of the same features."""
    return _recall((symmetric,), lambda: eigen(symmetric))


def _recall(made_of: tuple[Tensor, ...], compute: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    known_by = digest_tensors(*made_of)
    found = _remembered.pop(known_by, None)
    if found is None:
        found = compute()
        while len(_remembered) >= _MOST_REMEMBERED:
            _remembered.pop(next(iter(_remembered)))
    _remembered[known_by] = found
    return found


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
