# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("ExposureSummaryStats",)

import dataclasses
import math
import warnings
from typing import Any

import numpy as np
import yaml

from lsst.afw.table.io._errors import MalformedArchiveError
from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable

FIELDS = Fields("bytes:QB")
RENAMED = {"decl": "dec"}
# Ten times the longest known; parsing is slow.
MAX_BYTES = 1 << 16


def _noCorners() -> list[float]:
    return [math.nan] * 4


def _later(unset: float = math.nan) -> Any:
    """Make a field that later releases of the stack have.

    It is written only if it has a value, so that output for older releases
    matches what they would have written. The class has no such attribute.
    """
    return dataclasses.field(default_factory=lambda: unset, metadata={"unset": unset})


@register("ExposureSummaryStats", module="lsst.afw.image._exposureSummaryStats", facade=False)
@dataclasses.dataclass
class ExposureSummaryStats(Storable):
    """Statistics of an exposure; NaN if not measured."""

    version: int = 0

    psfSigma: float = math.nan
    """PSF determinant radius (pixels)."""

    psfArea: float = math.nan
    """PSF effective area (pixels²)."""

    psfIxx: float = math.nan
    """PSF second moment xx (pixels²)."""

    psfIyy: float = math.nan
    """PSF second moment yy (pixels²)."""

    psfIxy: float = math.nan
    """PSF second moment xy (pixels²)."""

    ra: float = math.nan
    """Right ascension of the center (degrees)."""

    dec: float = math.nan
    """Declination of the center (degrees)."""

    pixelScale: float = math.nan
    """Pixel scale at the center (arcsec/pixel)."""

    zenithDistance: float = math.nan
    """Zenith distance of the center (degrees)."""

    expTime: float = math.nan
    """Exposure time (seconds)."""

    zeroPoint: float = math.nan
    """Mean zero point (mag)."""

    skyBg: float = math.nan
    """Mean sky background (counts)."""

    skyNoise: float = math.nan
    """Mean sky noise (counts)."""

    meanVar: float = math.nan
    """Mean of the variance plane (counts²)."""

    raCorners: list[float] = dataclasses.field(default_factory=_noCorners)
    """Right ascensions of the corners (degrees)."""

    decCorners: list[float] = dataclasses.field(default_factory=_noCorners)
    """Declinations of the corners (degrees)."""

    astromOffsetMean: float = math.nan
    """Mean of the offsets of the astrometric matches (arcsec)."""

    astromOffsetStd: float = math.nan
    """Standard deviation of these offsets (arcsec)."""

    nPsfStar: int = 0
    """Number of stars used for the PSF model."""

    psfStarDeltaE1Median: float = math.nan
    """Median E1 residual (starE1 - psfE1) of the PSF stars."""

    psfStarDeltaE2Median: float = math.nan
    """Median E2 residual (starE2 - psfE2) of the PSF stars."""

    psfStarDeltaE1Scatter: float = math.nan
    """Scatter (MAD) of the E1 residuals of the PSF stars."""

    psfStarDeltaE2Scatter: float = math.nan
    """Scatter (MAD) of the E2 residuals of the PSF stars."""

    psfStarDeltaSizeMedian: float = math.nan
    """Median size residual (starSize - psfSize) of the stars (pixels)."""

    psfStarDeltaSizeScatter: float = math.nan
    """Scatter (MAD) of the size residuals (pixels)."""

    psfStarScaledDeltaSizeScatter: float = math.nan
    """Scatter (MAD) of the size residuals over the size of the PSF."""

    psfTraceRadiusDelta: float = math.nan
    """Range of the PSF trace radius over the detector (pixels)."""

    psfApFluxDelta: float = math.nan
    """Range of the aperture flux of the PSF over the detector."""

    psfApCorrSigmaScaledDelta: float = math.nan
    """Range of the PSF aperture correction, scaled by its error."""

    maxDistToNearestPsf: float = math.nan
    """Largest distance of a pixel to the nearest PSF star (pixels)."""

    starEMedian: float = math.nan
    """Median ellipticity of the PSF stars."""

    starUnNormalizedEMedian: float = math.nan
    """Median ellipticity of the PSF stars, not normalized (pixels²)."""

    starComa1Median: float = math.nan
    """Median coma-like third moment 30+12 of the PSF stars."""

    starComa2Median: float = math.nan
    """Median coma-like third moment 21+03 of the PSF stars."""

    starTrefoil1Median: float = math.nan
    """Median trefoil-like third moment 30-3*12 of the PSF stars."""

    starTrefoil2Median: float = math.nan
    """Median trefoil-like third moment 3*21-03 of the PSF stars."""

    starKurtosisMedian: float = math.nan
    """Median kurtosis-like fourth moment of the PSF stars."""

    starE41Median: float = math.nan
    """Median fourth-order ellipticity 1 of the PSF stars."""

    starE42Median: float = math.nan
    """Median fourth-order ellipticity 2 of the PSF stars."""

    effTime: float = math.nan
    """Effective exposure time (seconds)."""

    effTimePsfSigmaScale: float = math.nan
    """Factor of the effective exposure time from the PSF size."""

    effTimeSkyBgScale: float = math.nan
    """Factor of the effective exposure time from the sky background."""

    effTimeZeroPointScale: float = math.nan
    """Factor of the effective exposure time from the zero point."""

    magLim: float = math.nan
    """Magnitude at a signal-to-noise ratio of 5 (mag)."""

    psfAdaptiveThresholdValue: float = _later()
    """Threshold of the adaptive detection of PSF stars."""

    psfAdaptiveIncludeThresholdMultiplier: float = _later()
    """Multiplier of that threshold."""

    nShapeletsStar: int = _later(0)
    """Number of sources decomposed into shapelets."""

    shapeletsOnlyIqScore: float = _later()
    """Image quality (0 to 1) from non-atmospheric shapelet coefficients."""

    shapeletsIqScore: float = _later()
    """Image quality (0 to 1) that includes the median centroid offset."""

    shapeletsCoeffs: list[float] = dataclasses.field(default_factory=list, metadata={"unset": []})
    """Shapelet coefficients of the PSF stars."""

    centroidDiffShapeletsVsSlotMedian: float = _later()
    """Median distance of the centroids from those of the slot (pixels)."""

    shapeletsStarEMedian: float = _later()
    """Median ellipticity of the decomposed sources."""

    shapeletsStarUnNormalizedEMedian: float = _later()
    """Median ellipticity of these sources, not normalized (pixels²)."""

    refCatSourceDensity: float = _later()
    """Density of the reference catalog (per square degree)."""

    psfTE1e1: float = _later()
    """Residual PSF ellipticities within 1 arcmin, e1 with e1."""

    psfTE1e2: float = _later()
    """Residual PSF ellipticities within 1 arcmin, e2 with e2."""

    psfTE1ex: float = _later()
    """Residual PSF ellipticities within 1 arcmin, e1 with e2."""

    psfTE2e1: float = _later()
    """Residual PSF ellipticities from 5 to 100 arcmin, e1 with e1."""

    psfTE2e2: float = _later()
    """Residual PSF ellipticities from 5 to 100 arcmin, e2 with e2."""

    psfTE2ex: float = _later()
    """Residual PSF ellipticities from 5 to 100 arcmin, e1 with e2."""

    psfTE3e1: float = _later()
    """Median of detectors within 5 arcmin, e1 with e1."""

    psfTE3e2: float = _later()
    """Median of detectors within 5 arcmin, e2 with e2."""

    psfTE3ex: float = _later()
    """Median of detectors within 5 arcmin, e1 with e2."""

    psfTE4e1: float = _later()
    """Median of detectors from 5 to 20 arcmin, e1 with e1."""

    psfTE4e2: float = _later()
    """Median of detectors from 5 to 20 arcmin, e2 with e2."""

    psfTE4ex: float = _later()
    """Median of detectors from 5 to 20 arcmin, e1 with e2."""

    __hash__ = None  # type: ignore[assignment]

    @staticmethod
    def _read(bytes: bytes) -> ExposureSummaryStats:
        """Make an instance from its archive form.

        Parameters
        ----------
        bytes
            YAML mapping of the fields. Unknown ones are dropped with a
            warning, missing ones have their default.
        """
        fields = {RENAMED.get(name, name): value for name, value in yaml.safe_load(bytes).items()}
        known = {field.name for field in dataclasses.fields(ExposureSummaryStats)}
        for name in sorted(fields.keys() - known):
            warnings.warn(f"Dropping unknown summary statistic {name}.", FutureWarning, stacklevel=2)
            del fields[name]
        return ExposureSummaryStats(**fields)

    def _write(self) -> bytes:
        """Return the archive form of the statistics."""
        plain: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            # YAML has no representation of numpy scalars.
            value = np.asarray(getattr(self, field.name)).tolist()
            isUnset = value != value or value == field.metadata.get("unset")
            if not (field.metadata and isUnset):
                plain[field.name] = value
        return yaml.safe_dump(plain).encode()

    def _writeArchive(self, out: Any) -> None:
        out.addCatalog(FIELDS, [{"bytes": np.frombuffer(self._write(), dtype=np.uint8)}])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> ExposureSummaryStats:
        ((row,),) = catalogs
        text = bytes(row["bytes"])
        if len(text) > MAX_BYTES:
            raise MalformedArchiveError(f"Summary statistics have {len(text)} bytes, more than {MAX_BYTES}.")
        try:
            return cls._read(text)
        except (AttributeError, RecursionError, yaml.YAMLError) as err:
            raise MalformedArchiveError(f"Summary statistics are not a YAML mapping: {err}") from err
