# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compression of the planes of a template."""

from __future__ import annotations

__all__ = ("COMPRESSIONS", "write_exposure")

import pathlib

from lsst.afw.fits import (
    CompressionAlgorithm,
    CompressionOptions,
    DitherAlgorithm,
    QuantizationOptions,
    ScalingAlgorithm,
)
from lsst.afw.image import ExposureF

COMPRESSIONS = ("none", "lossless", "lossy16")
"""Names of the choices, which are those of the butler's recipes."""


def _options(name: str, seed: int) -> dict[str, CompressionOptions | None]:
    lossless = CompressionOptions(algorithm=CompressionAlgorithm.GZIP_2)
    if name == "none":
        return dict.fromkeys(("image", "mask", "variance"))
    if name == "lossless":
        return dict.fromkeys(("image", "mask", "variance"), lossless)
    quantized = CompressionOptions(
        algorithm=CompressionAlgorithm.RICE_1,
        quantization=QuantizationOptions(
            dither=DitherAlgorithm.SUBTRACTIVE_DITHER_2,
            scaling=ScalingAlgorithm.STDEV_MASKED,
            mask_planes=["NO_DATA", "INTRP"],
            level=16.0,
            seed=seed,
        ),
    )
    return {"image": quantized, "mask": lossless, "variance": quantized}


def write_exposure(exposure: ExposureF, path: pathlib.Path, compression: str) -> None:
    """Write an exposure to a new file.

    Parameters
    ----------
    exposure
        Exposure to write.
    path
        File to write.
    compression
        One of `COMPRESSIONS`. ``lossy16`` quantizes to a sixteenth of
        the noise.
    """
    options = _options(compression, seed=1)
    exposure.writeFits(
        str(path),
        imageOptions=options["image"],
        maskOptions=options["mask"],
        varianceOptions=options["variance"],
    )
