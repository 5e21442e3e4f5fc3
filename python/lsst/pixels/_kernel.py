# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interpolation kernels and their tabulated weights."""

from __future__ import annotations

__all__ = ("TABLE_SIZE", "ResamplingKernel", "count_lanes")

import dataclasses
import functools
import re

import numpy as np

# Weights are interpolated linearly between the entries of a table. With this
# many entries a pixel the error, h^2/8 max|w''| < 4e-8, is below the rounding
# of single precision, and the table of lanczos3 (256 kB) stays in cache.
TABLE_SIZE = 4096


@dataclasses.dataclass(frozen=True)
class ResamplingKernel:
    """A separable interpolation kernel with taps at integer positions.

    Parameters
    ----------
    name
        ``"lanczosN"`` with N >= 1, ``"bilinear"`` or ``"nearest"``.

    Raises
    ------
    ValueError
        The name is none of these.

    Notes
    -----
    With t in [0, 1) the position of the wanted point past the pixel left of
    it, tap k of ``size`` stands at x = k - center and has weight
    L_N(x - t) = sinc(x - t) sinc((x - t)/N) for Lanczos (Duchon 1979),
    (1 - t, t) for bilinear, and 1 for the nearer of the two pixels else 0
    for nearest.
    """

    name: str

    def __post_init__(self) -> None:
        if self.order is None and self.name not in ("bilinear", "nearest"):
            raise ValueError(
                f"Unknown kernel {self.name!r}: use 'lanczosN' with N from 1, 'bilinear' or 'nearest'."
            )

    @functools.cached_property
    def order(self) -> int | None:
        """Number of lobes of a Lanczos kernel; None for the others."""
        match = re.fullmatch(r"lanczos0*([1-9]\d{0,2})", self.name)
        return int(match[1]) if match else None

    @property
    def size(self) -> int:
        """Number of taps along an axis."""
        return 2 * self.order if self.order else 2

    @property
    def center(self) -> int:
        """Index of the tap at the pixel left of the wanted point."""
        return (self.size - 1) // 2

    def weights(self, t: np.ndarray) -> np.ndarray:
        """Weights of the taps at fractions ``t``, as shape (len(t), size).

        They are as defined above, not normalized.
        """
        t = np.asarray(t, dtype=np.float64)
        if self.name == "nearest":
            return np.stack([t < 0.5, t >= 0.5], axis=-1).astype(np.float64)
        if self.name == "bilinear":
            return np.stack([1.0 - t, t], axis=-1)
        x = np.arange(self.size) - self.center - t[..., np.newaxis]
        return np.sinc(x) * np.sinc(x / self.order)

    def table(self, dtype: np.dtype) -> np.ndarray:
        """Normalized weights at t = j / TABLE_SIZE, and their differences.

        Returns
        -------
        table : `numpy.ndarray`, (TABLE_SIZE, 2 count_lanes(size))
            Row j holds the weights at the j-th fraction, then what is to be
            added to reach those of the next; both filled up with zeros.
        """
        return _table(self.name, np.dtype(dtype).char)


def count_lanes(size: int) -> int:
    """Lanes of a machine vector for a number of taps: a power of two."""
    return 1 << (size - 1).bit_length()


@functools.lru_cache(maxsize=16)
def _table(name: str, dtype: str) -> np.ndarray:
    weights = ResamplingKernel(name).weights(np.arange(TABLE_SIZE + 1) / TABLE_SIZE)
    weights /= weights.sum(axis=1, keepdims=True)
    lanes = count_lanes(weights.shape[1])
    table = np.zeros((TABLE_SIZE, 2 * lanes), dtype)
    table[:, : weights.shape[1]] = weights[:-1]
    if name != "nearest":
        table[:, lanes : lanes + weights.shape[1]] = np.diff(weights, axis=0)
    table.flags.writeable = False
    return table
