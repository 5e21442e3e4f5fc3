# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resampling kernels and their tabulated weights."""

from __future__ import annotations

__all__ = ("TABLE_SIZE", "ResamplingKernel", "count_lanes")

import dataclasses
import functools
import re

import numpy as np

# Weights are interpolated linearly between the entries of a table. With this
# many entries per pixel, the error, h^2/8 max|w''| < 4e-8, is below single
# precision, and the table of lanczos3 (256 kB) stays in the cache.
TABLE_SIZE = 4096


@dataclasses.dataclass(frozen=True)
class ResamplingKernel:
    """Separable interpolation kernel with taps at integer positions.

    Parameters
    ----------
    name
        ``"lanczosN"`` with N >= 1, ``"bilinear"`` or ``"nearest"``.

    Raises
    ------
    ValueError
        Raised if the name is none of these.

    Notes
    -----
    Let t in [0, 1) be the distance from a pixel to the interpolated position
    on its right. Tap k of ``size`` is at x = k - center from that pixel. Its
    weight is

    * L_N(x - t) = sinc(x - t) sinc((x - t)/N) for Lanczos (Duchon 1979),
    * 1 - t for the left and t for the right pixel for bilinear,
    * 1 for the nearer of the two pixels and 0 for the other for nearest.
    """

    name: str

    def __post_init__(self) -> None:
        if self.order is None and self.name not in ("bilinear", "nearest"):
            raise ValueError(
                f"Unknown kernel {self.name!r}: use 'lanczosN' with N from 1, 'bilinear' or 'nearest'."
            )

    @functools.cached_property
    def order(self) -> int | None:
        """Order N of a Lanczos kernel; None for other kernels."""
        match = re.fullmatch(r"lanczos0*([1-9]\d{0,2})", self.name)
        return int(match[1]) if match else None

    @property
    def size(self) -> int:
        """Number of taps on each axis."""
        return 2 * self.order if self.order else 2

    @property
    def center(self) -> int:
        """Index of the tap at the pixel left of the interpolated position."""
        return (self.size - 1) // 2

    def weights(self, t: np.ndarray) -> np.ndarray:
        """Compute the weights of the taps, without normalization.

        Parameters
        ----------
        t
            Fractions of a pixel, shape (n,).

        Returns
        -------
        weights : `numpy.ndarray`
            Weights of shape (n, size).
        """
        t = np.asarray(t, dtype=np.float64)
        if self.name == "nearest":
            return np.stack([t < 0.5, t >= 0.5], axis=-1).astype(np.float64)
        if self.name == "bilinear":
            return np.stack([1.0 - t, t], axis=-1)
        x = np.arange(self.size) - self.center - t[..., np.newaxis]
        return np.sinc(x) * np.sinc(x / self.order)

    def table(self, dtype: np.dtype) -> np.ndarray:
        """Tabulate normalized weights at t = j / TABLE_SIZE.

        Parameters
        ----------
        dtype
            Type of the weights.

        Returns
        -------
        table : `numpy.ndarray`, (TABLE_SIZE, 2 count_lanes(size))
            Row j has the weights at fraction j and then the differences from
            them to those at fraction j + 1, each padded with zeros.
        """
        return _table(self.name, np.dtype(dtype).char)


def count_lanes(size: int) -> int:
    """Return the vector lanes that taps need: the next power of two."""
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
