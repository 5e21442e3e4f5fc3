# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "Exposure",
    "ExposureD",
    "ExposureF",
    "ExposureI",
    "ExposureL",
    "ExposureU",
    "makeExposure",
)

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np
from astropy import units

from lsst.afw.fits import reduceToFits
from lsst.afw.table._base import makeSetter
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint
from lsst.pex.exceptions import InvalidParameterError, LogicError
from lsst.sphgeom import ConvexPolygon
from lsst.utils import TemplateMeta

from ._exposureInfo import ExposureInfo
from ._fitsWriters import writeExposure
from ._mask import MaskX
from ._maskedImage import MaskedImage, MaskedImageBase, PlanesMixin
from ._pixelBlock import PARENT, ImageOrigin, InPlaceArithmetic, registerPixelTypes

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs

    from ._exposureInfo import ExposureInfo
    from ._visitInfo import VisitInfo


_Getter: TypeAlias = "Callable[[ExposureBase], Any]"


def _component(name: str, doc: str, keyword: str) -> tuple[_Getter, Callable[..., None], property]:
    """Make the getter, setter and property of a component."""

    def get(self: ExposureBase) -> Any:
        return getattr(self._info, f"get{name}")()

    set = makeSetter(keyword, lambda exposure, value: getattr(exposure._info, f"set{name}")(value))
    return get, set, property(get, set, doc=doc)


class ExposureBase(InPlaceArithmetic, PlanesMixin):
    """A masked image with the information attached to it.

    Constructors: ``(bbox | dimensions | width, height, wcs=None)``;
    ``(maskedImage, wcs=None)`` and ``(maskedImage, exposureInfo)``, which
    share the pixels; ``(exposure, deep=False)``, where one of another pixel
    type is converted; ``(exposure, bbox, origin=PARENT, deep=False)``;
    ``(fileName, bbox=Box2I(), origin=PARENT, conformMasks=False,
    allowUnsafe=False)``.

    Raises
    ------
    TypeError
        Raised if the arguments match none of the constructors.
    lsst.pex.exceptions.LengthError
        Raised if a box is not inside the image.
    """

    dtype: ClassVar[type[np.generic]]
    _maskedImage: MaskedImageBase
    _info: ExposureInfo

    _selectors = ("other", "src", "maskedImage", "fileName", "manager", "bbox", "dimensions", "width")

    def _allocate(self, pixels: Any, wcs: Any = None, exposureInfo: ExposureInfo | None = None) -> None:
        if isinstance(wcs, ExposureInfo):
            wcs, exposureInfo = None, wcs
        self._maskedImage = MaskedImage[self.dtype](pixels)
        self._info = ExposureInfo(wcs) if exposureInfo is None else exposureInfo

    def _adopt(self, source: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(source, MaskedImageBase):
            self._allocate(source, *args, **kwargs)
        elif isinstance(source, ExposureBase):
            self._copySource(source, *args, **kwargs)
        else:
            return False
        return True

    def _copySource(self, source: ExposureBase, *args: Any, **kwargs: Any) -> None:
        deep = kwargs.get("deep", False) or any(arg is True for arg in args)
        self._maskedImage = MaskedImage[self.dtype](source._maskedImage, *args, **kwargs)
        self._info = ExposureInfo(source._info, copyMetadata=deep)

    def _read(
        self,
        source: Any,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None:
        from ._exposureFitsReader import ExposureFitsReader

        reader = ExposureFitsReader(source)
        other = reader.read(bbox, origin, conformMasks, allowUnsafe, np.dtype(self.dtype))
        self._maskedImage, self._info = other._maskedImage, other._info

    def _masked(self) -> MaskedImageBase:
        return self._maskedImage

    # Components.

    def getInfo(self) -> ExposureInfo:
        return self._info

    def setInfo(self, exposureInfo: ExposureInfo) -> None:
        self._info = exposureInfo

    info = property(getInfo, setInfo, doc="Everything but the pixels.")

    def hasWcs(self) -> bool:
        return self._info.hasWcs()

    def hasPsf(self) -> bool:
        return self._info.hasPsf()

    getWcs, setWcs, wcs = _component("Wcs", "World coordinate system, or `None`.", "wcs")
    getPsf, setPsf, psf = _component("Psf", "Point spread function, or `None`.", "psf")
    getPhotoCalib, setPhotoCalib, photoCalib = _component(
        "PhotoCalib", "Photometric calibration, or `None`.", "photoCalib"
    )
    getDetector, setDetector, detector = _component("Detector", "Detector, or `None`.", "detector")
    getFilter, setFilter, filter = _component("Filter", "Label of the filter, or `None`.", "filterLabel")
    getMetadata, setMetadata, metadata = _component("Metadata", "Header of the exposure.", "metadata")
    _, setApCorrMap, apCorrMap = _component("ApCorrMap", "Aperture corrections, or `None`.", "apCorrMap")
    del _

    @property
    def visitInfo(self) -> VisitInfo | None:
        """Information on the visit, or `None`."""
        return self._info.getVisitInfo()

    # Pixels.

    def getMaskedImage(self) -> Any:
        return self._maskedImage

    def setMaskedImage(self, maskedImage: Any) -> None:
        """Replace the pixels; they are shared with the masked image given."""
        if maskedImage is not self._maskedImage:
            self._maskedImage = MaskedImage[self.dtype](maskedImage)

    maskedImage = property(getMaskedImage, setMaskedImage, doc="The pixel planes, which are shared.")

    def setXY0(self, xy0: Point2I) -> None:
        """Move the exposure, with its WCS, so that its first pixel has this
        PARENT index.
        """
        wcs = self._info.getWcs()
        if wcs is not None:
            shift = xy0 - self.getXY0()
            self._info.setWcs(wcs.copyAtShiftedPixelOrigin(Extent2I(shift) * 1.0))
        self._maskedImage.setXY0(xy0)

    def convertF(self) -> ExposureF:
        return ExposureF(self, deep=True)

    def convertD(self) -> ExposureD:
        return ExposureD(self, deep=True)

    def getCutout(self, center: Any, size: Extent2I | None = None) -> Self:
        """Return a copy of a box, which may extend beyond the exposure.

        Parameters
        ----------
        center
            Center of the box as a position in pixels or on the sky; or the
            box itself.
        size
            Size of the box in pixels, unless ``center`` is a box.

        Returns
        -------
        cutout
            Exposure of just that box; pixels outside of this exposure are
            NaN (0 for integers), flagged NO_DATA and of infinite variance.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the center is not inside the exposure.
        lsst.pex.exceptions.LogicError
            Raised if the center is on the sky and there is no WCS.
        """
        bbox = center if isinstance(center, Box2I) else self._boxAround(center, size)
        fill = np.nan if issubclass(self.dtype, np.floating) else 0
        maskedImage = type(self.maskedImage)(bbox)
        maskedImage.set(fill, MaskX.getPlaneBitMask("NO_DATA"), np.inf)
        overlap = bbox.clippedTo(self.getBBox())
        if not overlap.isEmpty():
            maskedImage.assign(self.maskedImage[overlap], overlap)
        return type(self)(maskedImage, ExposureInfo(self.info, copyMetadata=True))

    def _boxAround(self, center: Any, size: Extent2I | None) -> Box2I:
        if not isinstance(size, Extent2I) or size.getX() <= 0 or size.getY() <= 0:
            raise InvalidParameterError(f"The size of a cutout must be positive, not {size}.")
        if isinstance(center, SpherePoint):
            if self.wcs is None:
                raise LogicError(f"A cutout around {center} needs a WCS.")
            center = self.wcs.skyToPixel(center)
        position = Point2D(center)
        if not Box2D(self.getBBox()).contains(position):
            raise InvalidParameterError(f"Cutout center {position} is not inside {self.getBBox()}.")
        return Box2I.makeCenteredBox(position, size)

    def __getitem__(self, args: Any) -> Any:
        index, bbox, origin = self._translate(args)
        return self._maskedImage[index, origin] if index is not None else self.subset(bbox, origin)

    def __setitem__(self, args: Any, rhs: Any) -> None:
        index, _, origin = self._translate(args)
        if index is None:
            raise AttributeError("Exposures have no assignment of parts; assign to exposure.maskedImage.")
        self._maskedImage[index, origin] = rhs

    # Files.

    def writeFits(
        self,
        filename: str,
        imageOptions: Any = None,
        maskOptions: Any = None,
        varianceOptions: Any = None,
    ) -> None:
        """Write to a FITS file.

        Parameters
        ----------
        filename
            Path of the file; an existing one is replaced.
        imageOptions, maskOptions, varianceOptions
            Compression of the planes; `None` for no compression.
        """
        options = {"image": imageOptions, "mask": maskOptions, "variance": varianceOptions}
        writeExposure(self, filename, options)

    @classmethod
    def readFits(cls, fileName: str) -> Self:
        """Read from a FITS file."""
        return cls(fileName)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduceToFits(self)


class ExposureF(ExposureBase):
    """An exposure of float32 pixels."""

    dtype = np.float32


class ExposureD(ExposureBase):
    """An exposure of float64 pixels."""

    dtype = np.float64


class ExposureI(ExposureBase):
    """An exposure of int32 pixels."""

    dtype = np.int32


class ExposureU(ExposureBase):
    """An exposure of uint16 pixels."""

    dtype = np.uint16


class ExposureL(ExposureBase):
    """An exposure of uint64 pixels."""

    dtype = np.uint64


class Exposure(metaclass=TemplateMeta):
    """Exposures of any pixel type: ``Exposure[np.float32]``,
    ``Exposure["F"]`` and ``Exposure(..., dtype=np.float32)``.
    """

    def writeFitsWithOptions(self, dest: str, options: Mapping[str, Any] | None) -> None:
        """Write to a FITS file with compression.

        Parameters
        ----------
        dest
            Path of the file.
        options
            Compression options by plane; `None` for no compression.
        """
        writeExposure(self, dest, options)

    def getConvexPolygon(self, padding: int = 10) -> Any:
        """Return the outline of the exposure on the sky.

        Parameters
        ----------
        padding
            Number of pixels by which the box is grown.

        Returns
        -------
        polygon
            Convex polygon of `lsst.sphgeom`, or `None` without a WCS.
        """
        exposure: Any = self
        wcs = exposure.getWcs()
        if wcs is None:
            return None
        corners = Box2D(exposure.getBBox().dilatedBy(padding)).getCorners()
        return ConvexPolygon([point.getVector() for point in wcs.pixelToSky(corners)])

    @property
    def convex_polygon(self) -> Any:
        """Outline on the sky with the default padding."""
        return self.getConvexPolygon()

    def containsSkyCoords(self, ra: Any, dec: Any, padding: int = 10) -> Any:
        """Return whether sky positions lie inside the padded outline.

        Parameters
        ----------
        ra, dec
            Coordinates as `astropy.units.Quantity` of any shape.
        padding
            Number of pixels by which the box is grown.

        Returns
        -------
        inside
            Array of bool.

        Raises
        ------
        ValueError
            Raised if the exposure has no WCS.
        """
        polygon = self.getConvexPolygon(padding)
        if polygon is None:
            raise ValueError("The exposure has no WCS.")
        return polygon.contains(ra.to_value(units.radian), dec.to_value(units.radian))


registerPixelTypes(Exposure, F=ExposureF, D=ExposureD, I=ExposureI, U=ExposureU, L=ExposureL)


def makeExposure(maskedImage: MaskedImageBase, wcs: SkyWcs | None = None) -> Any:
    """Make an exposure that shares the pixels of a masked image.

    Parameters
    ----------
    maskedImage
        Pixels.
    wcs
        WCS of the pixels; none by default.

    Returns
    -------
    exposure
        Exposure of the masked image's pixel type.
    """
    return Exposure[maskedImage.dtype](maskedImage, wcs)
