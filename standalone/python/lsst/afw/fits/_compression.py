# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options for compressing pixel planes on output."""

from __future__ import annotations

__all__ = (
    "CompressionAlgorithm",
    "CompressionOptions",
    "DitherAlgorithm",
    "QuantizationOptions",
    "ScalingAlgorithm",
)

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self


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


def _plain(value: Any) -> Any:
    """Return an option in a form that a configuration file can hold."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, _Options):
        return value.to_dict()
    return list(value) if isinstance(value, list) else value


@dataclasses.dataclass
class _Options:
    """Base of options that can be made from plain values."""

    _subject: ClassVar[str]
    _parsers: ClassVar[Mapping[str, Callable[[Any], Any]]]

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Make options from a mapping of plain values; see `to_dict`.

        Raises
        ------
        ValueError
            Raised if a key is unknown.
        KeyError
            Raised if an algorithm is unknown.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        if unknown := sorted(set(mapping) - set(known)):
            raise ValueError(f"Unknown {cls._subject} options {unknown}; known are {known}.")
        parsed = {name: cls._parsers[name](mapping[name]) for name in mapping if name in cls._parsers}
        return cls(**{**mapping, **parsed})

    def to_dict(self) -> dict[str, object]:
        """Return plain values by name, for `from_mapping`."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


@dataclasses.dataclass(kw_only=True)
class QuantizationOptions(_Options):
    """Options for turning floating-point pixels into integers.

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

    _subject = "quantization"
    _parsers = {
        "dither": DitherAlgorithm.__members__.__getitem__,
        "scaling": ScalingAlgorithm.__members__.__getitem__,
    }

    dither: DitherAlgorithm = DitherAlgorithm.NO_DITHER
    scaling: ScalingAlgorithm = ScalingAlgorithm.STDEV_MASKED
    mask_planes: Sequence[str] = ()
    level: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        self.mask_planes = list(self.mask_planes)
        self.level = float(self.level)
        self.seed = int(self.seed)


def _parseQuantization(mapping: Mapping[str, Any] | None) -> QuantizationOptions | None:
    return None if mapping is None else QuantizationOptions.from_mapping(mapping)


@dataclasses.dataclass(kw_only=True)
class CompressionOptions(_Options):
    """Options for compressing a plane.

    Parameters
    ----------
    algorithm
        Compression algorithm; ``RICE_1`` needs integer pixels or quantization.
    tile_width, tile_height
        Size of the tiles (pixels); 0 for the size of the image.
    quantization
        How floating-point pixels become integers; `None` for no loss.
    """

    _subject = "compression"
    _parsers = {
        "algorithm": CompressionAlgorithm.__members__.__getitem__,
        "quantization": _parseQuantization,
    }

    algorithm: CompressionAlgorithm = CompressionAlgorithm.GZIP_2
    tile_width: int = 0
    tile_height: int = 1
    quantization: QuantizationOptions | None = None

    def __post_init__(self) -> None:
        if min(self.tile_width, self.tile_height) < 0:
            raise ValueError(f"The size of tiles is negative: {self.tile_width} x {self.tile_height}.")
        self.tile_width, self.tile_height = int(self.tile_width), int(self.tile_height)


for _class in (
    CompressionAlgorithm,
    CompressionOptions,
    DitherAlgorithm,
    QuantizationOptions,
    ScalingAlgorithm,
):
    _class.__module__ = "lsst.afw.fits"
