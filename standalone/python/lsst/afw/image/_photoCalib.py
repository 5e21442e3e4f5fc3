# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "Measurement",
    "PhotoCalib",
    "makePhotoCalibFromCalibZeroPoint",
    "makePhotoCalibFromMetadata",
)

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lsst.afw.table.io._homes import locate
from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import InvalidParameterError, RuntimeError

from ._maskedImage import MaskedImageF

if TYPE_CHECKING:
    from lsst.afw.math import BoundedField

VERSION = 1
FIELDS = Fields("calibrationMean:D calibrationErr:D F:isConstant field:J version:J")
LEGACY_FIELDS = ("fluxmag0", "fluxmag0.err")

# Flux of a source of AB magnitude 0 in nJy (Oke & Gunn 1983), from
# m = -2.5 log10(f / (erg/s/cm2/Hz)) - 48.6.
AB_ZERO_FLUX = 1e23 * 10 ** (48.6 / -2.5) * 1e9


class Measurement:
    """A value with its error.

    Parameters
    ----------
    value, error
        Measured value, and its error.
    """

    def __init__(self, value: float, error: float) -> None:
        self._value = float(value)
        self._error = float(error)

    @property
    def value(self) -> float:
        return self._value

    @property
    def error(self) -> float:
        return self._error

    def __repr__(self) -> str:
        return f"Measurement({self._value!r}, {self._error!r})"


@register("PhotoCalib")
class PhotoCalib(Storable):
    """Photometric calibration: the flux in nJy of one instrumental count.

    The calibration is one number or, if made from a field, depends on the
    position: ``flux = calibration(x, y) * instFlux``. Methods that accept a
    position use the mean calibration if there is none. Constructors: ``()``,
    of zero calibration; ``(calibrationMean, calibrationErr=0, bbox=Box2I())``;
    ``(calibration, calibrationErr=0)`` with a field; ``(calibrationMean,
    calibrationErr, calibration, isConstant)``.

    Parameters
    ----------
    calibrationMean
        Calibration in nJy per count, or a `lsst.afw.math.BoundedField` of it.
    calibrationErr
        Error of the calibration, in nJy per count.
    bbox
        Box where a constant calibration holds; or the field.
    isConstant
        Whether to use the mean everywhere, even if there is a field.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the calibration or its error is negative.
    """

    def __init__(
        self,
        calibrationMean: float | BoundedField = 0.0,
        calibrationErr: float = 0.0,
        bbox: Box2I | BoundedField | None = None,
        isConstant: bool | None = None,
        *,
        calibration: BoundedField | None = None,
    ) -> None:
        field: Any = calibration
        mean: Any = calibrationMean
        if hasattr(mean, "evaluate"):
            field, mean = mean, mean.mean()
        elif hasattr(bbox, "evaluate"):
            field, bbox = bbox, None
        elif field is not None and isConstant is None:
            mean = field.mean()
        self._mean = float(mean)
        self._err = float(calibrationErr)
        if self._mean < 0 or self._err < 0:
            raise InvalidParameterError(
                f"Calibration and error cannot be negative: {self._mean}, {self._err} nJy per count."
            )
        self._isConstant = field is None if isConstant is None else bool(isConstant)
        self._field = _constantField(self._mean, bbox) if field is None else field

    def getCalibrationMean(self) -> float:
        """Return the mean calibration in nJy per count."""
        return self._mean

    def getCalibrationErr(self) -> float:
        """Return the error of the calibration in nJy per count."""
        return self._err

    def getInstFluxAtZeroMagnitude(self) -> float:
        """Return the counts of a source of AB magnitude 0."""
        return _quotient(AB_ZERO_FLUX, self._mean)

    def getLocalCalibration(self, point: Point2D) -> float:
        """Return the calibration at a position in pixels, in nJy per count."""
        return self._mean if self._isConstant else float(self._field.evaluate(point))

    def getLocalCalibrationArray(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return the calibration at positions in pixels, in nJy per count."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        if self._isConstant:
            return np.full(x.shape, self._mean)
        return self._field.evaluate(x.ravel(), y.ravel()).reshape(x.shape)

    def instFluxToNanojansky(
        self, instFlux: float, instFluxErr: float | Point2D | None = None, point: Point2D | None = None
    ) -> Any:
        """Convert counts to nJy.

        Parameters
        ----------
        instFlux
            Counts.
        instFluxErr
            Error of the counts, if known.
        point
            Position in pixels; the mean calibration is used if not given.

        Returns
        -------
        flux
            Flux in nJy: a float, or a `Measurement` if an error was given.
        """
        error, scale = self._errorAndScale(instFluxErr, point)
        flux = instFlux * scale
        return (
            flux
            if error is None
            else Measurement(flux, abs(flux) * self._relativeError(instFlux, error, scale))
        )

    def instFluxToMagnitude(
        self, instFlux: float, instFluxErr: float | Point2D | None = None, point: Point2D | None = None
    ) -> Any:
        """Convert counts to AB magnitudes.

        Parameters
        ----------
        instFlux
            Counts.
        instFluxErr
            Error of the counts, if known.
        point
            Position in pixels; the mean calibration is used if not given.

        Returns
        -------
        magnitude
            AB magnitude: a float, or a `Measurement` if an error was given.
            NaN for negative counts.
        """
        error, scale = self._errorAndScale(instFluxErr, point)
        magnitude = float(_toMagnitude(instFlux * scale))
        if error is None:
            return magnitude
        return Measurement(magnitude, 2.5 / math.log(10.0) * self._relativeError(instFlux, error, scale))

    def instFluxToMagnitudeArray(
        self, instFluxes: ArrayLike, x: ArrayLike, y: ArrayLike
    ) -> NDArray[np.float64]:
        """Convert arrays of counts at positions in pixels to AB magnitudes."""
        return _toMagnitude(np.asarray(instFluxes) * self.getLocalCalibrationArray(x, y))

    def magnitudeToInstFlux(self, magnitude: float, point: Point2D | None = None) -> float:
        """Convert an AB magnitude to counts."""
        return self.nanojanskyToInstFlux(float(_toFlux(magnitude)), point)

    def magnitudeToInstFluxArray(
        self, magnitudes: ArrayLike, x: ArrayLike, y: ArrayLike
    ) -> NDArray[np.float64]:
        """Convert arrays of AB magnitudes at positions in pixels to counts."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return _toFlux(magnitudes) / self.getLocalCalibrationArray(x, y)

    def nanojanskyToInstFlux(self, nanojansky: float, point: Point2D | None = None) -> float:
        """Convert a flux in nJy to counts."""
        return _quotient(nanojansky, self._errorAndScale(None, point)[1])

    def calibrateImage(
        self, maskedImage: MaskedImageF, includeScaleUncertainty: bool = False
    ) -> MaskedImageF:
        """Convert an image from counts to nJy.

        Parameters
        ----------
        maskedImage
            Image in counts.
        includeScaleUncertainty
            Whether to add the error of the calibration to the variance.

        Returns
        -------
        result
            Image in nJy with variance in nJy²; the mask is copied.
        """
        result = maskedImage.clone()
        scale = self._scaleOf(maskedImage)
        with np.errstate(all="ignore"):
            result.image.array[...] = maskedImage.image.array * scale
            variance = maskedImage.variance.array * scale**2
            if includeScaleUncertainty:
                variance = variance + (maskedImage.image.array * self._err) ** 2
            result.variance.array[...] = variance
        return result

    def uncalibrateImage(
        self, maskedImage: MaskedImageF, includeScaleUncertainty: bool = False
    ) -> MaskedImageF:
        """Convert an image from nJy to counts.

        Parameters
        ----------
        maskedImage
            Image in nJy.
        includeScaleUncertainty
            Whether the variance contains the error of the calibration, which
            is to be removed.

        Returns
        -------
        result
            Image in counts; the mask is copied.
        """
        result = maskedImage.clone()
        scale = self._scaleOf(maskedImage)
        with np.errstate(all="ignore"):
            counts = maskedImage.image.array / scale
            variance = maskedImage.variance.array / scale**2
            if includeScaleUncertainty:
                variance = variance - (counts * self._err / scale) ** 2
        result.image.array[...], result.variance.array[...] = counts, variance
        return result

    def computeScaledCalibration(self) -> BoundedField:
        """Return the field of the calibration divided by its mean."""
        return self._field / self._mean

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhotoCalib):
            return NotImplemented
        return (self._mean, self._err) == (other._mean, other._err) and bool(self._field == other._field)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        kind = "constant" if self._isConstant else "variable"
        return f"PhotoCalib({kind}, mean={self._mean!r}, error={self._err!r})"

    def _errorAndScale(
        self, error: float | Point2D | None, point: Point2D | None
    ) -> tuple[float | None, float]:
        """Sort the optional arguments ``[error], [point]`` of conversions."""
        if isinstance(error, Point2D):
            error, point = None, error
        return error, self._mean if point is None else self.getLocalCalibration(point)

    def _relativeError(self, instFlux: float, instFluxErr: float, scale: float) -> float:
        return float(np.hypot(_quotient(instFluxErr, instFlux), _quotient(self._err, scale)))

    def _scaleOf(self, maskedImage: MaskedImageF) -> Any:
        """Return the calibration of the pixels, broadcastable to them."""
        if self._isConstant:
            return self._mean
        bbox = maskedImage.getBBox()
        x = np.arange(bbox.getBeginX(), bbox.getEndX(), dtype=float)
        y = np.arange(bbox.getBeginY(), bbox.getEndY(), dtype=float)
        return self._field._evaluateGrid(x, y)

    def _writeArchive(self, out: Any) -> None:
        row = {
            "calibrationMean": self._mean,
            "calibrationErr": self._err,
            "isConstant": self._isConstant,
            "field": out.put(self._field),
            "version": VERSION,
        }
        out.addCatalog(FIELDS, [row])

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> PhotoCalib:
        ((row,),) = catalogs
        version = row["version"] if "version" in row.names else 0
        if version != VERSION:
            raise RuntimeError(f"PhotoCalib of version {version} is not in nJy and cannot be read.")
        field = archive.get(row["field"], locate("BoundedField"))
        return cls(row["calibrationMean"], row["calibrationErr"], field, row["isConstant"])


@register("Calib")
class LegacyCalib(Storable):
    """Reader of the photometric calibration that old files hold."""

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> PhotoCalib:
        ((row,),) = catalogs
        names = [name if name in row.names else name.replace(".", "_") for name in LEGACY_FIELDS]
        return makePhotoCalibFromCalibZeroPoint(row[names[0]], row[names[1]])


for _cls in (Measurement, PhotoCalib):
    _cls.__module__ = "lsst.afw.image"
del _cls


def _quotient(numerator: float, denominator: float) -> float:
    """Divide like C++: division by 0 gives an infinity or NaN."""
    with np.errstate(all="ignore"):
        return float(np.float64(numerator) / np.float64(denominator))


def _constantField(mean: float, bbox: Any) -> Any:
    return locate("ChebyshevBoundedField")(Box2I() if bbox is None else bbox, np.array([[mean]]))


def _toMagnitude(flux: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return -2.5 * np.log10(np.asarray(flux) / AB_ZERO_FLUX)


def _toFlux(magnitude: ArrayLike) -> Any:
    return 10.0 ** (-0.4 * np.asarray(magnitude)) * AB_ZERO_FLUX


def makePhotoCalibFromCalibZeroPoint(instFluxMag0: float, instFluxMag0Err: float = 0.0) -> PhotoCalib:
    """Make a constant calibration from the counts at magnitude 0.

    Parameters
    ----------
    instFluxMag0
        Counts at AB magnitude 0.
    instFluxMag0Err
        Their error.

    Returns
    -------
    photoCalib
        Calibration in nJy per count.
    """
    return PhotoCalib(
        _quotient(AB_ZERO_FLUX, instFluxMag0),
        _quotient(AB_ZERO_FLUX * instFluxMag0Err, instFluxMag0 * instFluxMag0),
    )


def makePhotoCalibFromMetadata(metadata: Any, strip: bool = False) -> PhotoCalib | None:
    """Make a constant calibration from the header of an old file.

    Parameters
    ----------
    metadata
        Header with ``FLUXMAG0`` and perhaps ``FLUXMAG0ERR``.
    strip
        Whether to remove these.

    Returns
    -------
    photoCalib
        Calibration in nJy per count, or `None` if the header has none.
    """
    names = [name for name in ("FLUXMAG0", "FLUXMAG0ERR") if metadata.exists(name)]
    if "FLUXMAG0" not in names:
        return None
    values = [metadata.getAsDouble(name) for name in names]
    if strip:
        for name in names:
            metadata.remove(name)
    return makePhotoCalibFromCalibZeroPoint(*values)
