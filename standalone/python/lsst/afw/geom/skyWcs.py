# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SkyWcs: the celestial world coordinate system of an image."""

from __future__ import annotations

__all__ = ("SkyWcs", "wcsAlmostEqualOverBBox")

import functools
import math
import re
from typing import Any, Self

import astshim
import erfa
import numpy as np
import starlink.Ast as Ast
from astshim._object import AST_LOCK, applyMapping, readAst, simplified, unwrapped, wrap, writeAst

from lsst.afw.table.io._persistable import Fields, register
from lsst.afw.typehandling import Storable
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import (
    AffineTransform,
    Angle,
    AngleUnit,
    Box2D,
    Box2I,
    Extent2D,
    Extent2I,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    radians,
)
from lsst.pex.exceptions import LogicError
from lsst.pex.exceptions import RuntimeError as LsstRuntimeError
from lsst.pex.exceptions import TypeError as LsstTypeError
from lsst.sphgeom import LonLat

from ._fitsWcs import (
    baseToIwc,
    checkWcsFrames,
    frameSetFromMetadata,
    metadataFromFrameSet,
    modifyPixels,
    skyFrame,
)
from ._python._transform import _unpickleWithApproximation, unpickleTransform
from ._transform import TransformPoint2ToSpherePoint, columnFromText, jacobian, textFromColumn
from ._wcsMetadata import makeSimpleWcsMetadata

_FIELDS = Fields("wcs:QB")
_FIELDS_WITH_APPROXIMATION = Fields("wcs:QB approx:QB")
_PREFIX = re.compile(r"(\S+) (\w+) ([01]) ")
_DEFAULT_BBOX = Box2I(Point2I(0, 0), Extent2I(100, 100))


@register("SkyWcs", module="lsst.afw.geom")
class SkyWcs(Storable):
    """Immutable transform between pixels and the sky (ICRS).

    Pixel (0, 0) is the center of the lower left pixel of the parent image.

    Parameters
    ----------
    metadata
        FITS keywords, or a frame set with frames ``PIXELS``, ``IWC`` and
        ``SKY``: an object of `astshim` or of ``starlink.Ast``.
    strip
        Whether to remove the keywords of the WCS from the metadata.
    frameDict
        Frame set, instead of ``metadata``.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the argument does not describe a celestial WCS.
    """

    __module__ = "lsst.afw.geom"

    _frames: Ast.FrameSet
    _approximation: SkyWcs | None
    _storedDump: str | None
    _mapping: Ast.Mapping

    def __init__(
        self,
        metadata: PropertySet | astshim.FrameSet | Ast.FrameSet | None = None,
        strip: bool = False,
        *,
        frameDict: astshim.FrameSet | Ast.FrameSet | None = None,
    ):
        frames = unwrapped(metadata if frameDict is None else frameDict)
        if isinstance(frames, PropertySet):
            frames = frameSetFromMetadata(frames, strip)
        elif isinstance(frames, Ast.FrameSet):
            with AST_LOCK:
                frames = frames.copy()
        else:
            raise TypeError(f"A SkyWcs is made of metadata or a frame set, not of {frames!r}.")
        self._initialize(frames)

    def _initialize(
        self, frames: Ast.FrameSet, approximation: SkyWcs | None = None, dump: str | None = None
    ) -> None:
        checkWcsFrames(frames)
        self._frames = frames
        self._approximation = approximation
        self._storedDump = dump
        with AST_LOCK:
            self._mapping = simplified(frames.getmapping(frames.Base, frames.Current))

    @classmethod
    def _fromFrames(
        cls, frames: Ast.FrameSet, approximation: SkyWcs | None = None, dump: str | None = None
    ) -> Self:
        """Make a WCS that owns a frame set.

        ``dump`` is the text that the frame set was read from, if any.
        """
        result = cls.__new__(cls)
        result._initialize(frames, approximation, dump)
        return result

    # Transformation of points

    def pixelToSky(self, pixel: Any = None, y: float | None = None, *, x: float | None = None) -> Any:
        """Transform a pixel position, x and y, or a sequence of positions.

        Parameters
        ----------
        pixel
            `lsst.geom.Point2D`, a sequence of them, or x.
        y
            The other coordinate, if ``pixel`` is x.
        x
            Alternative name for ``pixel``, used with ``y``.

        Returns
        -------
        sky
            A position, or a list of them for a sequence; NaN where the WCS is
            not defined.
        """
        if pixel is None:
            pixel = x
        if y is not None:
            pixel = Point2D(float(pixel), float(y))
        return self._transform.applyForward(pixel)

    def skyToPixel(self, sky: Any) -> Any:
        """Transform a sky position, or a sequence of them.

        Parameters
        ----------
        sky
            `lsst.geom.SpherePoint`, or a sequence of them.

        Returns
        -------
        pixel
            A position, or a list of them for a sequence; NaN where the WCS is
            not defined.
        """
        return self._transform.applyInverse(sky)

    def pixelToSkyArray(self, x: Any, y: Any, degrees: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Transform arrays of pixel positions.

        Parameters
        ----------
        x, y
            Pixel coordinates: 1-D arrays, lists or scalars.
        degrees
            Whether to return degrees rather than radians.

        Returns
        -------
        ra, dec
            Arrays of ICRS coordinates, RA within one positive turn; NaN where
            the WCS is not defined.
        """
        ra, dec = applyMapping(self._mapping, _stackCoordinates(x, y))
        ra %= 2.0 * math.pi
        return (np.rad2deg(ra), np.rad2deg(dec)) if degrees else (ra, dec)

    def skyToPixelArray(self, ra: Any, dec: Any, degrees: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Transform arrays of sky positions.

        Parameters
        ----------
        ra, dec
            ICRS coordinates: 1-D arrays, lists or scalars.
        degrees
            Whether the coordinates are in degrees rather than radians.

        Returns
        -------
        x, y
            Arrays of pixel coordinates; NaN where the WCS is not defined.
        """
        data = _stackCoordinates(ra, dec)
        x, y = applyMapping(self._mapping, np.deg2rad(data) if degrees else data, False)
        return x, y

    def getTransform(self) -> TransformPoint2ToSpherePoint:
        """Return the transform from pixels to sky."""
        return self._transform

    @functools.cached_property
    def _transform(self) -> TransformPoint2ToSpherePoint:
        return TransformPoint2ToSpherePoint(self._mapping, simplify=False)

    # Local properties

    def getSkyOrigin(self) -> SpherePoint:
        """Return the sky position of the reference pixel (CRVAL)."""
        return SpherePoint(*self._skyOrigin, radians)

    @functools.cached_property
    def _skyOrigin(self) -> tuple[float, float]:
        frame = skyFrame(self._frames)
        with AST_LOCK:
            return frame.SkyRef_1, frame.SkyRef_2

    def getPixelOrigin(self) -> Point2D:
        """Return the reference pixel (CRPIX - 1)."""
        return Point2D(*self._pixelOrigin)

    @functools.cached_property
    def _pixelOrigin(self) -> tuple[float, float]:
        return tuple(self.skyToPixel(self.getSkyOrigin()))

    def getPixelScale(self, pixel: Point2D | None = None) -> Angle:
        """Return the square root of the area of a pixel on the sky.

        Parameters
        ----------
        pixel
            Pixel position; default is the reference pixel.
        """
        return Angle(self._originScale if pixel is None else self._scale(pixel))

    @functools.cached_property
    def _originScale(self) -> float:
        return self._scale(self.getPixelOrigin())

    def _scale(self, pixel: Point2D) -> float:
        """Return the scale in radians, from unit vectors of three pixels."""
        corners = [pixel, pixel + Extent2D(1.0, 0.0), pixel + Extent2D(0.0, 1.0)]
        origin, right, up = (sky.getVector() for sky in self.pixelToSky(corners))
        return math.sqrt((right - origin).cross(up - origin).getNorm())

    def getCdMatrix(self, pixel: Point2D | None = None) -> np.ndarray:
        """Return the derivatives of intermediate world coordinates.

        Parameters
        ----------
        pixel
            Pixel position; default is the reference pixel.

        Returns
        -------
        cdMatrix
            Array of shape (2, 2), degrees per pixel.
        """
        if pixel is None:
            return self._originCdMatrix.copy()
        return jacobian(self._pixelToIwc, [pixel.getX(), pixel.getY()])

    @functools.cached_property
    def _originCdMatrix(self) -> np.ndarray:
        return self.getCdMatrix(self.getPixelOrigin())

    @functools.cached_property
    def _pixelToIwc(self) -> Ast.Mapping:
        return simplified(baseToIwc(self._frames))

    @property
    def isFlipped(self) -> bool:
        """Whether East is to the right when North is up.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the CD matrix is singular.
        """
        determinant = float(np.linalg.det(self._originCdMatrix))
        if determinant == 0.0:
            raise LsstRuntimeError(f"CD matrix is singular: {self._originCdMatrix.tolist()}.")
        return determinant > 0.0

    @property
    def isFits(self) -> bool:
        """Whether FITS keywords can represent the WCS."""
        return self._isFits

    @functools.cached_property
    def _isFits(self) -> bool:
        try:
            self.getFitsMetadata(True)
        except LsstRuntimeError:
            return False
        return True

    def linearizePixelToSky(self, coord: SpherePoint | Point2D, skyUnit: AngleUnit) -> AffineTransform:
        """Return the linear approximation at a position.

        The derivatives are differences over one pixel of offsets in the
        tangent plane, which are added to longitude and latitude as they are.

        Parameters
        ----------
        coord
            Pixel or sky position about which to expand.
        skyUnit
            Unit of sky coordinates.
        """
        if isinstance(coord, SpherePoint | LonLat):
            sky, pixel = SpherePoint(coord), self.skyToPixel(coord)
        else:
            sky, pixel = self.pixelToSky(coord), Point2D(coord)
        columns = []
        for step in (Extent2D(1.0, 0.0), Extent2D(0.0, 1.0)):
            offset = sky.getTangentPlaneOffset(self.pixelToSky(pixel + step))
            columns.append([angle.asAngularUnits(skyUnit) for angle in offset])
        linear = np.array(columns).T
        translation = np.array(list(sky.getPosition(skyUnit))) - linear @ np.array(list(pixel))
        return AffineTransform(linear, translation)

    def linearizeSkyToPixel(self, coord: SpherePoint | Point2D, skyUnit: AngleUnit) -> AffineTransform:
        """Return the inverse of `linearizePixelToSky`."""
        return self.linearizePixelToSky(coord, skyUnit).inverted()

    # Related WCSs

    def copyAtShiftedPixelOrigin(self, shift: Extent2D) -> SkyWcs:
        """Return a copy whose pixel coordinates are increased by a shift."""
        if not isinstance(shift, Extent2D):
            raise TypeError(f"shift is {shift!r}, not an Extent2D.")
        with AST_LOCK:
            mapping = Ast.ShiftMap([-shift.getX(), -shift.getY()])
        return SkyWcs._fromFrames(modifyPixels(self._frames, mapping))

    def getTanWcs(self, pixel: Point2D) -> SkyWcs:
        """Return the TAN WCS that agrees with this one at a pixel."""
        return SkyWcs(makeSimpleWcsMetadata(pixel, self.pixelToSky(pixel), self.getCdMatrix(pixel)))

    def hasFitsApproximation(self) -> bool:
        """Return whether a FITS approximation is attached."""
        return self._approximation is not None

    def getFitsApproximation(self) -> SkyWcs | None:
        """Return the attached FITS approximation, if any."""
        return self._approximation

    def copyWithFitsApproximation(self, fitsApproximation: SkyWcs) -> SkyWcs:
        """Return a copy with a FITS approximation attached.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the approximation itself has an approximation.
        """
        if fitsApproximation.hasFitsApproximation():
            raise LogicError("A FITS approximation cannot have a FITS approximation itself.")
        return SkyWcs._fromFrames(self._frames, fitsApproximation, self._storedDump)

    def getFitsMetadata(self, precise: bool = False, bbox: Box2I = _DEFAULT_BBOX) -> PropertyList:
        """Return FITS keywords that describe the WCS.

        Parameters
        ----------
        precise
            Whether to ignore the attached FITS approximation.
        bbox
            Box of the image, in parent pixel coordinates; ``CRPIX`` is
            relative to it.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if FITS keywords cannot represent the WCS.
        """
        if not precise and self._approximation is not None:
            return self._approximation.getFitsMetadata(True, bbox)
        return metadataFromFrameSet(self._frames, bbox)

    def getFrameDict(self) -> astshim.FrameDict:
        """Return a copy of the AST frame set."""
        return astshim.FrameDict(wrap(self._frames))

    # Comparison and text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SkyWcs):
            return NotImplemented
        if self.hasFitsApproximation() != other.hasFitsApproximation():
            return False
        # Text written by older releases of AST differs in redundant items, so
        # the stored text decides only when it agrees.
        return self._dump == other._dump or self._canonicalDump == other._canonicalDump

    __hash__ = None  # type: ignore[assignment]

    @property
    def _dump(self) -> str:
        return self._canonicalDump if self._storedDump is None else self._storedDump

    @functools.cached_property
    def _canonicalDump(self) -> str:
        return writeAst(self._frames)

    def writeString(self) -> str:
        """Return the WCS as text, without its FITS approximation."""
        return f"1 SkyWcs {int(self.hasFitsApproximation())} {self._dump}"

    @classmethod
    def readString(cls, string: str) -> Self:
        """Make a WCS from the text that `writeString` returned.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if the text is malformed or describes something else.
        """
        prefix = _PREFIX.match(string)
        if prefix is None:
            raise LsstTypeError(f"Text {string[:40]!r} does not begin with version, class name and flag.")
        version, name, _ = prefix.groups()
        if version != "1" or name != "SkyWcs":
            raise LsstTypeError(f"Text is version {version} of a {name}, not version 1 of a SkyWcs.")
        dump = string[prefix.end() :]
        frames = readAst(dump)
        if not isinstance(frames, Ast.FrameSet):
            raise LsstTypeError(f"Text of a SkyWcs holds a {type(frames).__name__}, not a FrameSet.")
        try:
            return cls._fromFrames(frames, dump=dump)
        except LsstRuntimeError as err:
            raise LsstTypeError(f"Text of a SkyWcs holds unusable mappings: {err}") from err

    def __reduce__(self) -> tuple:
        if self._approximation is not None:
            texts = self.writeString(), self._approximation.writeString()
            return _unpickleWithApproximation, (SkyWcs, *texts)
        return unpickleTransform, (SkyWcs, self.writeString())

    def __str__(self) -> str:
        if self.isFits:
            kind = "FITS standard SkyWcs:"
        else:
            with AST_LOCK:
                domains = [self._frames.getframe(i).Domain for i in range(1, self._frames.Nframe + 1)]
            kind = f"Non-standard SkyWcs (Frames: {', '.join(domains)}): "
        scale = self.getPixelScale().asArcseconds()
        return (
            f"{kind}\nSky Origin: {self.getSkyOrigin()}\nPixel Origin: {self.getPixelOrigin()}\n"
            f"Pixel Scale: {scale:.6g} arcsec/pixel"
        )

    __repr__ = __str__

    # Archives

    def _writeArchive(self, out: Any) -> None:
        row = {"wcs": columnFromText(self.writeString())}
        if self._approximation is None:
            out.addCatalog(_FIELDS, [row])
        else:
            out.addCatalog(
                _FIELDS_WITH_APPROXIMATION,
                [row | {"approx": columnFromText(self._approximation.writeString())}],
            )

    @classmethod
    def _readArchive(cls, archive: Any, catalogs: Any) -> SkyWcs:
        row = catalogs[0][0]
        wcs = SkyWcs.readString(textFromColumn(row["wcs"]))
        if "approx" in row.names and len(row["approx"]) > 0:
            return wcs.copyWithFitsApproximation(SkyWcs.readString(textFromColumn(row["approx"])))
        return wcs


def _stackCoordinates(first: Any, second: Any) -> np.ndarray:
    """Return two coordinates of equal length as one float64 array (2, N)."""
    first, second = (np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (first, second))
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"Coordinates have shapes {first.shape} and {second.shape}: not 1-D of one length.")
    return np.stack([first, second])


def wcsAlmostEqualOverBBox(
    wcs0: SkyWcs,
    wcs1: SkyWcs,
    bbox: Box2I | Box2D,
    maxDiffSky: Angle = 0.01 * arcseconds,
    maxDiffPix: float = 0.01,
    nx: int = 5,
    ny: int = 5,
) -> bool:
    """Return whether two WCSs agree over a box of pixels.

    Parameters
    ----------
    wcs0, wcs1
        WCSs to compare.
    bbox
        Box, in parent pixel coordinates.
    maxDiffSky
        Largest separation on the sky that counts as agreement.
    maxDiffPix
        Largest distance in pixels that counts as agreement.
    nx, ny
        Number of grid points over the box, edges included, along each axis.
    """
    box = Box2D(bbox)
    x, y = np.meshgrid(
        np.linspace(box.getMinX(), box.getMaxX(), nx), np.linspace(box.getMinY(), box.getMaxY(), ny)
    )
    ra0, dec0 = wcs0.pixelToSkyArray(x.ravel(), y.ravel())
    ra1, dec1 = wcs1.pixelToSkyArray(x.ravel(), y.ravel())
    separation = erfa.seps(ra0, dec0, ra1, dec1)
    x0, y0 = wcs0.skyToPixelArray(ra0, dec0)
    x1, y1 = wcs1.skyToPixelArray(ra0, dec0)
    return bool(
        (separation <= maxDiffSky.asRadians()).all() and (np.hypot(x1 - x0, y1 - y0) <= maxDiffPix).all()
    )
