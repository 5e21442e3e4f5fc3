# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs that are defined by their images, and measurements of the images."""

from __future__ import annotations

__all__ = (
    "ImagePsf",
    "PickledPsf",
    "adaptiveMoments",
)

import functools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import j1

from lsst.afw.detection import InvalidPsfError, Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color
from lsst.afw.table.io._fields import Field, Fields
from lsst.afw.table.io._unpickler import Allowed, PickleError, readPickle
from lsst.geom import Point2D

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle


@functools.lru_cache(maxsize=16)
def _aperture(radius: float) -> np.ndarray:
    """Compute a band-limited circular aperture, an odd square about its
    center.

    It is the inverse Fourier transform of the transform of a disk, cut off
    at the Nyquist frequency of the pixels (Bickerton & Lupton 2013, MNRAS
    431, 1275).
    """
    half = max(8, 2 ** math.ceil(math.log2(2.0 * radius)))
    k = np.fft.fftfreq(2 * half - 1)
    k = np.hypot(k, k[:, np.newaxis])
    k[0, 0] = 1.0
    transform = radius * j1(2.0 * np.pi * radius * k) / k
    transform[0, 0] = np.pi * radius**2
    return np.fft.fftshift(np.fft.ifft2(transform).real)


def apertureFlux(array: np.ndarray, x0: int, y0: int, radius: float) -> float:
    """Sum an image within a circle about its center.

    Parameters
    ----------
    array
        Pixels, indexed ``[y, x]``; pixels outside the array count as 0.
    x0, y0
        Position of the first pixel with respect to the center (pixels).
    radius
        Radius of the circle (pixels).

    Returns
    -------
    flux
        Flux in the units of the pixels.

    Raises
    ------
    ValueError
        Raised if the radius is not positive.
    """
    if not radius > 0.0:
        raise ValueError(f"The radius of an aperture must be positive, got {radius}.")
    weights = _aperture(float(radius))
    half = weights.shape[0] // 2
    height, width = array.shape
    xs, ys = max(-half, x0), max(-half, y0)
    xe, ye = min(half + 1, x0 + width), min(half + 1, y0 + height)
    if xs >= xe or ys >= ye:
        return 0.0
    part = array[ys - y0 : ye - y0, xs - x0 : xe - x0]
    return float(np.vdot(part, weights[ys + half : ye + half, xs + half : xe + half]))


_MAX_ITERATIONS = 100
_MAX_RADIUS = 1000.0
_FINE = np.array([-0.375, -0.125, 0.125, 0.375])
_MIN_DETERMINANT = float(np.finfo(np.float32).eps)

Moments = tuple[float, float, float]


def adaptiveMoments(array: np.ndarray, x0: int, y0: int) -> Moments:
    """Fit a Gaussian weight to an image by matching its second moments.

    Parameters
    ----------
    array
        Pixels, indexed ``[y, x]``.
    x0, y0
        Position of the first pixel with respect to the center (pixels).

    Returns
    -------
    ixx, iyy, ixy
        Second moments (pixels squared) of the Gaussian that, used as the
        weight, measures half of its own moments; the unweighted moments
        over the last box when there is none.

    Notes
    -----
    The iteration is that of Bernstein and Jarvis (2002, AJ 123, 583), as in
    the SDSS photometric pipeline. Measured moments are kept in single
    precision, which decides when the iteration stops.
    """
    weight = (1.5, 1.5, 0.0)
    old: tuple[np.float32, np.float32, np.float32] | None = None
    fine = False
    box = array[:0, :0], x0, y0
    for _ in range(_MAX_ITERATIONS):
        wxx, wyy, wxy = weight
        determinant = wxx * wyy - wxy * wxy
        if not (wxx > 0.0 and wyy > 0.0 and determinant >= _MIN_DETERMINANT):
            break
        box = _clip(array, x0, y0, 4.0 * math.sqrt(max(wxx, wyy)))
        fine = fine or wxx < 0.25 or wyy < 0.25 or determinant < 0.0625
        measured = _measure(*box, (wyy / determinant, -wxy / determinant, wxx / determinant), fine)
        if measured is None:
            break
        mxx, myy, mxy = measured
        e1, e2 = (mxx - myy) / (mxx + myy), 2 * mxy / (mxx + myy)
        if old is not None and _isClose(old, (e1, e2, mxx)):
            return weight
        old = e1, e2, mxx
        update = _updatedWeight(weight, measured)
        if update is None:
            break
        weight = update
    return _unweighted(*box)


def _clip(array: np.ndarray, x0: int, y0: int, radius: float) -> tuple[np.ndarray, int, int]:
    """Return the part of the image within a radius of the center, and its
    origin.
    """
    half = math.floor(min(radius, _MAX_RADIUS) + 0.5)
    xs, ys = max(-half - x0, 0), max(-half - y0, 0)
    return array[ys : max(half + 1 - y0, 0), xs : max(half + 1 - x0, 0)], x0 + xs, y0 + ys


def _measure(
    array: np.ndarray, x0: int, y0: int, inverse: Moments, fine: bool
) -> tuple[np.float32, np.float32, np.float32] | None:
    """Compute weighted moments xx, yy, xy; `None` without positive flux."""
    a, b, c = inverse
    height, width = array.shape
    if fine:
        x = (np.arange(width)[:, np.newaxis] + _FINE).ravel() + x0
        y = (np.arange(height)[:, np.newaxis] + _FINE).ravel() + y0
        array = array.repeat(4, axis=0).repeat(4, axis=1)
    else:
        x, y = np.arange(width) + float(x0), np.arange(height) + float(y0)
    exponent = a * x**2 + 2 * b * x * y[:, np.newaxis] + c * y[:, np.newaxis] ** 2
    if fine:
        corners = exponent.reshape(height, 4, width, 4)[:, ::3, :, ::3].max(axis=(1, 3))
        used = (corners <= 9.0).repeat(4, axis=0).repeat(4, axis=1)
    else:
        used = exponent <= 14.0
    product = np.where(used, array * np.exp(-0.5 * exponent), 0.0)
    flux = product.sum()
    if not flux > 0.0:
        return None
    columns, rows = product.sum(axis=0), product.sum(axis=1)
    return (
        np.float32(columns @ x**2 / flux),
        np.float32(rows @ y**2 / flux),
        np.float32(y @ product @ x / flux),
    )


def _isClose(old: Sequence[np.float32], new: Sequence[np.float32]) -> bool:
    de1, de2 = abs(new[0] - old[0]), abs(new[1] - old[1])
    return bool(de1 < 1e-5 and de2 < 1e-5 and abs(float(new[2]) / float(old[2]) - 1.0) < 1e-4)


def _inverse(moments: Sequence[float]) -> Moments | None:
    xx, yy, xy = moments
    determinant = xx * yy - xy * xy
    if not determinant >= _MIN_DETERMINANT:
        return None
    return yy / determinant, xx / determinant, -xy / determinant


def _updatedWeight(weight: Moments, measured: Sequence[np.float32]) -> Moments | None:
    """Return the weight whose inverse is the inverse of the measured moments
    minus that of the present weight.
    """
    w, m = _inverse(weight), _inverse([float(value) for value in measured])
    if w is None or m is None:
        return None
    return _inverse([float(np.float32(mi - wi)) for mi, wi in zip(m, w, strict=True)])


def _unweighted(array: np.ndarray, x0: int, y0: int) -> Moments:
    x = np.arange(array.shape[1]) + float(x0)
    y = np.arange(array.shape[0]) + float(y0)
    columns, rows = array.sum(axis=0), array.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        moments = np.array([columns @ x**2, rows @ y**2, y @ array @ x]) / array.sum()
    return float(moments[0]), float(moments[1]), float(moments[2])


class ImagePsf(Psf):
    """Base of PSFs whose shape and fluxes are measured on an image.

    A subclass provides ``_doComputeKernelImage(position, color)`` and
    ``_doComputeBBox(position, color)``.

    Parameters
    ----------
    isFixed
        Whether the kernel image is the same everywhere.
    """

    def __init__(self, isFixed: bool = False) -> None:
        super().__init__(isFixed)

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        image = self.computeKernelImage(position, color, Psf.INTERNAL)
        return Quadrupole(*adaptiveMoments(image.array, image.getX0(), image.getY0()))

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        image = self.computeKernelImage(position, color, Psf.INTERNAL)
        return apertureFlux(image.array, image.getX0(), image.getY0(), radius)


ImagePsf.__module__ = "lsst.meas.algorithms"


_DOC = "an opaque bytestring representation of a Storable"
FIELDS = Fields([Field("bytes", "B", 0, isArray=True, doc=_DOC)])


class PickledPsf(ImagePsf):
    """Base of PSFs whose archive form is a pickle.

    The pickle of a PSF that was read is not unpickled until an image, or
    anything else in it, is requested; when the PSF is written, the same bytes
    are written. Unpickling is restricted to an allow-list.

    A subclass provides ``_allowList()``, ``_unpack(contents)``, which checks
    the unpickled object and sets the attributes of the PSF, and ``_pack()``,
    which makes the pickle of a PSF that was not read.
    """

    def __init__(self) -> None:
        super().__init__(isFixed=False)
        self._pickle: np.ndarray | None = None
        self._isUnpacked = True

    def isPersistable(self) -> bool:
        """Return True, since the PSF can always be saved."""
        return True

    def clone(self) -> Self:
        """Return a copy with empty caches."""
        return self._copyWithEmptyCaches()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    @classmethod
    def _allowList(cls) -> Mapping[tuple[str, str], Allowed]:
        raise NotImplementedError(f"{cls.__name__} does not implement _allowList.")

    def _unpack(self, contents: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not implement _unpack.")

    def _pack(self) -> bytes:
        raise NotImplementedError(f"{type(self).__name__} does not implement _pack.")

    def _load(self) -> None:
        """Unpickle the PSF, unless that has been done."""
        if self._isUnpacked:
            return
        assert self._pickle is not None
        try:
            self._unpack(readPickle(self._pickle.tobytes(), self._allowList()))
        except PickleError as err:
            raise InvalidPsfError(
                f"The {self._archiveName} of the file cannot be evaluated: {err} Pixels and other components "
                f"of the exposure are not affected, and the PSF is written again as it was read."
            ) from err
        self._isUnpacked = True

    def _writeArchive(self, out: ArchiveHandle) -> None:
        data = np.frombuffer(self._pack(), np.uint8) if self._pickle is None else self._pickle
        out.addCatalog(FIELDS, [{"bytes": data}])

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> Any:
        psf = cls.__new__(cls)
        PickledPsf.__init__(psf)
        psf._pickle = np.asarray(catalogs[0][0]["bytes"], np.uint8)
        psf._isUnpacked = False
        return psf
