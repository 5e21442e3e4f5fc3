# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""How pixel planes are compressed when they are written."""

from __future__ import annotations

__all__ = (
    "CompressionAlgorithm",
    "CompressionOptions",
    "DitherAlgorithm",
    "QuantizationOptions",
    "ScalingAlgorithm",
)

import enum
from collections.abc import Mapping, Sequence
from typing import Any


class CompressionAlgorithm(enum.Enum):
    """Algorithms of tile compression."""

    GZIP_1 = 0
    GZIP_2 = 1
    RICE_1 = 2


class DitherAlgorithm(enum.Enum):
    """Ways of dithering before rounding to integers."""

    NO_DITHER = 0
    SUBTRACTIVE_DITHER_1 = 1
    SUBTRACTIVE_DITHER_2 = 2


class ScalingAlgorithm(enum.Enum):
    """Ways of choosing the step between integers."""

    RANGE = 0
    STDEV_MASKED = 1
    STDEV_CFITSIO = 2
    MANUAL = 3


def _checkKeys(mapping: Mapping[str, object], known: Sequence[str], what: str) -> None:
    unknown = sorted(set(mapping) - set(known))
    if unknown:
        raise ValueError(f"Unknown {what} options {unknown}; known are {list(known)}.")


class QuantizationOptions:
    """How floating-point pixels are turned into integers.

    Parameters
    ----------
    dither
        Dithering before rounding.
    scaling
        Choice of the step between integers: from the range of the pixels,
        from their standard deviation (of unmasked pixels of the image, or
        tile by tile as CFITSIO estimates it), or given.
    mask_planes
        Planes of masked pixels, for ``STDEV_MASKED``.
    level
        Steps per standard deviation; the step itself for ``MANUAL``; not
        used for ``RANGE``.
    seed
        Start of the dither sequence, 1 to 10000; 0 to derive it from the
        pixels.
    """

    def __init__(
        self,
        *,
        dither: DitherAlgorithm = DitherAlgorithm.NO_DITHER,
        scaling: ScalingAlgorithm = ScalingAlgorithm.STDEV_MASKED,
        mask_planes: Sequence[str] = (),
        level: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.dither = dither
        self.scaling = scaling
        self.mask_planes = list(mask_planes)
        self.level = float(level)
        self.seed = int(seed)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> QuantizationOptions:
        """Make from a mapping of plain values; see `to_dict`.

        Raises
        ------
        ValueError
            Raised for an unknown key.
        KeyError
            Raised for an unknown algorithm.
        """
        _checkKeys(mapping, ("dither", "scaling", "mask_planes", "level", "seed"), "quantization")
        values = dict(mapping)
        if "dither" in values:
            values["dither"] = DitherAlgorithm[values["dither"]]
        if "scaling" in values:
            values["scaling"] = ScalingAlgorithm[values["scaling"]]
        return cls(**values)

    def to_dict(self) -> dict[str, object]:
        """Plain values by name, for `from_mapping`."""
        return {
            "dither": self.dither.name,
            "scaling": self.scaling.name,
            "mask_planes": list(self.mask_planes),
            "level": self.level,
            "seed": self.seed,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuantizationOptions) and other.to_dict() == self.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"QuantizationOptions({self.to_dict()})"


class CompressionOptions:
    """How a plane is compressed.

    Parameters
    ----------
    algorithm
        Algorithm; ``RICE_1`` needs integer pixels or quantization.
    tile_width, tile_height
        Size of the tiles (pixels); 0 for that of the image.
    quantization
        How floating-point pixels become integers; `None` for no loss.
    """

    def __init__(
        self,
        *,
        algorithm: CompressionAlgorithm = CompressionAlgorithm.GZIP_2,
        tile_width: int = 0,
        tile_height: int = 1,
        quantization: QuantizationOptions | None = None,
    ) -> None:
        if min(tile_width, tile_height) < 0:
            raise ValueError(f"Size of tiles is negative: {tile_width} x {tile_height}.")
        self.algorithm = algorithm
        self.tile_width = int(tile_width)
        self.tile_height = int(tile_height)
        self.quantization = quantization

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> CompressionOptions:
        """Make from a mapping of plain values; see `to_dict`.

        Raises
        ------
        ValueError
            Raised for an unknown key.
        KeyError
            Raised for an unknown algorithm.
        """
        _checkKeys(mapping, ("algorithm", "tile_width", "tile_height", "quantization"), "compression")
        values = dict(mapping)
        if "algorithm" in values:
            values["algorithm"] = CompressionAlgorithm[values["algorithm"]]
        if values.get("quantization") is not None:
            values["quantization"] = QuantizationOptions.from_mapping(values["quantization"])
        return cls(**values)

    def to_dict(self) -> dict[str, object]:
        """Plain values by name, for `from_mapping`."""
        return {
            "algorithm": self.algorithm.name,
            "tile_width": self.tile_width,
            "tile_height": self.tile_height,
            "quantization": None if self.quantization is None else self.quantization.to_dict(),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompressionOptions) and other.to_dict() == self.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"CompressionOptions({self.to_dict()})"


for _class in (
    CompressionAlgorithm,
    CompressionOptions,
    DitherAlgorithm,
    QuantizationOptions,
    ScalingAlgorithm,
):
    _class.__module__ = "lsst.afw.fits"
