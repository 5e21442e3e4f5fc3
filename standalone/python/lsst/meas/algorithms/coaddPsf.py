# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The point spread function of a coadd."""

from __future__ import annotations

__all__ = (
    "CoaddPsf",
    "CoaddPsfConfig",
    "CoaddPsfControl",
)

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.afw.detection import InvalidPsfError, Psf
from lsst.afw.geom import SkyWcs
from lsst.afw.image import Color, ImageD
from lsst.afw.math import WarpingControl
from lsst.afw.table import ExposureCatalog, ExposureTable, SchemaMapper
from lsst.afw.table._exposureIO import readExposureRows, writeExposureRows
from lsst.afw.table.io._errors import checkedOrder
from lsst.afw.table.io._persistable import Fields, register
from lsst.geom import Box2I, Point2D
from lsst.pex.config import Config, Field
from lsst.pex.exceptions import LogicError, NotFoundError, RangeError, RuntimeError

from ._imagePsf import ImagePsf
from ._warpedPsf import LocalWarp, makeCenteredImage, makeStencil

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import Polygon, SkyWcs
    from lsst.afw.table import ExposureCatalog
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle
    from lsst.geom import Box2I


def findWeights(catalog: ExposureCatalog, name: str) -> Any:
    """Find the column of weights of a coadd's inputs.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no such column.
    """
    if name not in catalog.schema.getNames():
        raise NotFoundError(f"The catalog of a coadd's inputs has no weights {name!r}.")
    return catalog.schema.find(name).key


class CoaddComponents:
    """The records of a coadd's catalog, arranged for fast look-up.

    Parameters
    ----------
    catalog
        One record for each input, with its id, box, WCS, PSF, valid
        polygon and a column ``weight``.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no column of weights.
    """

    def __init__(self, catalog: ExposureCatalog) -> None:
        records = list(catalog)
        self.ids: list[int] = [record.getId() for record in records]
        self.boxes: list[Box2I] = [record.getBBox() for record in records]
        self.psfs: list[Psf] = [record.getPsf() for record in records]
        self.wcss: list[SkyWcs] = [record.getWcs() for record in records]
        self.polygons: list[Polygon | None] = [record.getValidPolygon() for record in records]
        key = findWeights(catalog, "weight")
        self.weights = np.array([record.get(key) for record in records], dtype=np.float64)
        limits = [(b.getMinX(), b.getMinY(), b.getMaxX(), b.getMaxY()) for b in self.boxes]
        edges = np.array(limits, dtype=np.float64).reshape(-1, 4) + np.array([-0.5, -0.5, 0.5, 0.5])
        self._lower, self._upper = edges[:, :2], edges[:, 2:]
        self._sameWcs: dict[int, list[int]] = {}
        for i, wcs in enumerate(self.wcss):
            self._sameWcs.setdefault(id(wcs), []).append(i)

    def __len__(self) -> int:
        return len(self.ids)

    def psf(self, index: int) -> Psf:
        """Return the PSF of an input.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the input has no PSF.
        """
        psf = self.psfs[index]
        if psf is None:
            raise LogicError(f"Coadd input {self.ids[index]} has no PSF.")
        return psf

    def _wcs(self, index: int) -> SkyWcs:
        wcs = self.wcss[index]
        if wcs is None:
            raise LogicError(f"Coadd input {self.ids[index]} has no WCS.")
        return wcs

    def covering(self, sky: np.ndarray) -> list[int]:
        """Return the indices of the inputs that cover a position.

        Parameters
        ----------
        sky
            RA and Dec (radians), shape (2, 1).

        Returns
        -------
        indices
            In ascending order. The position lies in the box of each, and
            strictly inside its polygon if it has one.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if an input has no WCS.
        """
        points = np.empty((len(self), 2))
        for indices in self._sameWcs.values():
            points[indices] = self._wcs(indices[0]).getTransform()._applyInverseArray(sky).T
        inside = ((self._lower <= points) & (points < self._upper)).all(axis=1)
        return [i for i in np.flatnonzero(inside).tolist() if self._inPolygon(i, *points[i].tolist())]

    def _inPolygon(self, index: int, x: float, y: float) -> bool:
        polygon = self.polygons[index]
        return polygon is None or polygon.contains(Point2D(x, y))

    def averagePositions(self, coaddWcs: SkyWcs) -> np.ndarray:
        """Return the average positions of the PSFs in the coadd.

        Parameters
        ----------
        coaddWcs
            WCS of the coadd.

        Returns
        -------
        positions
            Array of shape (n, 2) (pixels).
        """
        own = np.array([list(self.psf(i).getAveragePosition()) for i in range(len(self))]).reshape(-1, 2)
        result = np.empty_like(own)
        for indices in self._sameWcs.values():
            sky = self._wcs(indices[0]).pixelToSkyArray(own[indices, 0], own[indices, 1])
            result[indices] = np.stack(coaddWcs.skyToPixelArray(*sky), axis=1)
        return result


def makeWeightCatalog(catalog: ExposureCatalog, weightFieldName: str) -> ExposureCatalog:
    """Copy the part of a catalog that a coadd PSF needs.

    Parameters
    ----------
    catalog
        One record for each input.
    weightFieldName
        Name of the column of weights.

    Returns
    -------
    copy
        Catalog with the fields that every exposure catalog has, ``goodpix`` if
        present, and the weights as ``weight``. Objects attached to the records
        are shared.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no column of weights.
    """
    weights = findWeights(catalog, weightFieldName)
    mapper = SchemaMapper(catalog.schema)
    mapper.addMinimalSchema(ExposureTable.makeMinimalSchema(), True)
    if "goodpix" in catalog.schema.getNames():
        mapper.addMapping(catalog.schema.find("goodpix").key)
    mapper.addMapping(weights, "weight")
    result = ExposureCatalog(mapper.getOutputSchema())
    for record in catalog:
        result.addNew().assign(record, mapper)
    return result


def computeAveragePosition(
    catalog: ExposureCatalog, components: CoaddComponents, coaddWcs: SkyWcs
) -> Point2D:
    """Compute the weighted mean position of the inputs.

    If no input covers the mean, the inputs of least weight are dropped, one
    after another, until one does.

    Parameters
    ----------
    catalog
        Catalog as from `makeWeightCatalog`.
    components
        Components of the same inputs.
    coaddWcs
        WCS of the coadd.

    Returns
    -------
    position
        Position (pixels).

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if no input covers any of these means.
    """
    weights = components.weights.copy()
    if "goodpix" in catalog.schema.getNames():
        key = catalog.schema.find("goodpix").key
        weights *= [record.get(key) for record in catalog]
    positions = components.averagePositions(coaddWcs)
    total, weighted = weights.sum(), weights @ positions
    for least in np.argsort(weights, kind="stable"):
        if total == 0.0:
            break
        mean = weighted / total
        if components.covering(coaddWcs.getTransform()._applyArray(mean[:, np.newaxis])):
            return Point2D(*mean)
        total -= weights[least]
        weighted = weighted - weights[least] * positions[least]
    raise RuntimeError(f"No average position of the PSF is covered by any of {len(components)} coadd inputs.")


FIELDS = Fields("coaddwcs:J cachesize:J avgpos_x:D avgpos_y:D warpingkernelname:32A")


class CoaddPsfControl:
    """Parameters for warping the PSFs of a coadd's inputs.

    Parameters
    ----------
    warpingKernelName
        Name of the warping kernel.
    cacheSize
        Number of kernels tabulated.
    """

    ConfigClass: ClassVar[type[CoaddPsfConfig]]

    def __init__(self, warpingKernelName: str = "lanczos3", cacheSize: int = 10000) -> None:
        self.warpingKernelName = warpingKernelName
        self.cacheSize = cacheSize


class CoaddPsfConfig(Config):
    """Configuration of the warping of a coadd's input PSFs."""

    Control = CoaddPsfControl

    cacheSize = Field[int](default=10000, optional=True, doc="Number of kernels tabulated.")
    warpingKernelName = Field[str](default="lanczos3", optional=True, doc="Name of the warping kernel.")

    def makeControl(self) -> CoaddPsfControl:
        """Make a control with the values of this config that are set."""
        return CoaddPsfControl(**{name: value for name, value in self.toDict().items() if value is not None})

    def readControl(self, control: CoaddPsfControl) -> None:
        """Take over the values of a control."""
        self.update(cacheSize=control.cacheSize, warpingKernelName=control.warpingKernelName)


CoaddPsfControl.ConfigClass = CoaddPsfConfig


@register("CoaddPsf", module="lsst.meas.algorithms")
class CoaddPsf(ImagePsf):
    """The weighted mean of the warped PSFs of the inputs of a coadd.

    ``CoaddPsf(catalog, coaddWcs, weightFieldName="weight",
    warpingKernelName="lanczos3", cacheSize=10000)``,
    ``CoaddPsf(catalog, coaddWcs, averagePosition,
    warpingKernelName="lanczos3", cacheSize=10000)`` or
    ``CoaddPsf(catalog, coaddWcs, ctrl, weightFieldName="weight")``.

    Parameters
    ----------
    catalog
        One record for each input, with its id, box, WCS, PSF, weight and
        perhaps a valid polygon. With an average position, it is kept with all
        its columns; `getTract` and `getPatch` read two of them.
    coaddWcs
        WCS of the coadd.
    averagePosition
        Position where the PSF is typical (pixels). If not given, it is
        computed from those of the inputs.
    weightFieldName
        Name of the column of weights.
    warpingKernelName
        Name of the warping kernel.
    cacheSize
        Number of kernels tabulated.
    ctrl
        The last two parameters, as a `CoaddPsfControl`.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no column of weights.
    lsst.pex.exceptions.InvalidParameterError
        Raised if the warping kernel is unknown.
    lsst.pex.exceptions.RuntimeError
        Raised if there is no average position that an input covers.
    """

    def __init__(self, catalog: ExposureCatalog, coaddWcs: SkyWcs, *args: Any, **kwargs: Any) -> None:
        super().__init__(isFixed=False)
        if "averagePosition" in kwargs or (args and isinstance(args[0], Point2D)):
            averagePosition, control = _parsePosition(*args, **kwargs)
            components = CoaddComponents(catalog)
        else:
            weightFieldName, control = _parseWeights(*args, **kwargs)
            catalog = makeWeightCatalog(catalog, weightFieldName)
            components = CoaddComponents(catalog)
            averagePosition = computeAveragePosition(catalog, components, coaddWcs)
        self._catalog = catalog
        self._coaddWcs = coaddWcs
        self._components = components
        self._averagePosition = Point2D(averagePosition)
        self._control = control
        self._how = WarpingControl(control.warpingKernelName, "", control.cacheSize)._resampling()

    def clone(self) -> CoaddPsf:
        """Return a copy with empty caches that shares the inputs."""
        return self._copyWithEmptyCaches()

    def resized(self, width: int, height: int) -> Psf:
        """Raise an error, since the inputs determine the dimensions.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the method is called.
        """
        raise LogicError("A CoaddPsf cannot be resized.")

    def getAveragePosition(self) -> Point2D:
        """Return the position where the PSF is typical (pixels)."""
        return self._averagePosition

    def getCoaddWcs(self) -> SkyWcs:
        """Return the WCS of the coadd."""
        return self._coaddWcs

    def getComponentCount(self) -> int:
        """Return the number of inputs."""
        return len(self._components)

    def getPsf(self, index: int) -> Psf:
        """Return the PSF of an input."""
        return self._components.psfs[self._checkIndex(index)]

    def getWcs(self, index: int) -> SkyWcs:
        """Return the WCS of an input."""
        return self._components.wcss[self._checkIndex(index)]

    def getWeight(self, index: int) -> float:
        """Return the weight of an input."""
        return float(self._components.weights[self._checkIndex(index)])

    def getId(self, index: int) -> int:
        """Return the ID of an input."""
        return self._components.ids[self._checkIndex(index)]

    def getBBox(self, index: int) -> Box2I:
        """Return the box of an input, in its own pixels."""
        return self._components.boxes[self._checkIndex(index)]

    def getValidPolygon(self, index: int) -> Polygon | None:
        """Return the polygon inside which an input counts, in its pixels."""
        return self._components.polygons[self._checkIndex(index)]

    def getTract(self, index: int) -> int:
        """Return the tract of an input.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the inputs have no such column.
        """
        return self._getColumn("tract", index)

    def getPatch(self, index: int) -> int:
        """Return the patch of an input.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the inputs have no such column.
        """
        return self._getColumn("patch", index)

    def isPersistable(self) -> bool:
        """Return True, since the PSF can always be saved."""
        return True

    def _getColumn(self, name: str, index: int) -> int:
        self._checkIndex(index)
        if name not in self._catalog.schema.getNames():
            raise NotFoundError(f"The inputs of this CoaddPsf have no {name}.")
        return int(self._catalog[index][name])

    def _checkIndex(self, index: int) -> int:
        if not 0 <= index < len(self._components):
            raise RangeError(f"Index {index} of a coadd input is not in 0 to {len(self._components) - 1}.")
        return index

    def _localWarps(self, position: Point2D) -> list[tuple[int, LocalWarp]]:
        """Return the inputs that cover a position, with the local warp to
        each.
        """
        stencil = makeStencil(position)
        sky = self._coaddWcs.getTransform()._applyArray(stencil)
        covering = self._components.covering(sky[:, :1])
        if not covering:
            raise InvalidPsfError(f"None of {len(self._components)} coadd inputs covers {position}.")
        wcss = {id(wcs): wcs for wcs in (self._components.wcss[i] for i in covering)}
        warps = {
            key: LocalWarp.fromStencil(position, wcs.getTransform()._applyInverseArray(sky))
            for key, wcs in wcss.items()
        }
        return [(i, warps[id(self._components.wcss[i])]) for i in covering]

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        box = Box2I()
        for i, warp in self._localWarps(position):
            box.include(warp.warpBox(self._components.psf(i).computeImageBBox(warp.sourcePosition, color)))
        return box

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        images, weights = [], []
        for i, warp in self._localWarps(position):
            image = self._components.psf(i).computeImage(warp.sourcePosition, color, Psf.INTERNAL)
            try:
                images.append(warp.warpImage(image, self._how))
            except RangeError as err:
                raise RangeError(f"{err} (coadd input {self._components.ids[i]}).") from err
            weights.append(self._components.weights[i])
        return makeCenteredImage(_weightedMean(images, weights))

    def _writeArchive(self, out: ArchiveHandle) -> None:
        x, y = self._averagePosition
        row = {
            "coaddwcs": out.put(self._coaddWcs),
            "cachesize": self._control.cacheSize,
            "avgpos_x": x,
            "avgpos_y": y,
            "warpingkernelname": self._control.warpingKernelName,
        }
        out.addCatalog(FIELDS, [row])
        writeExposureRows(out, self._catalog, permissive=False)

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Any]) -> CoaddPsf:
        row = catalogs[0][0]
        psf = cls(
            readExposureRows(archive, catalogs[1]),
            archive.require(row["coaddwcs"], SkyWcs),
            Point2D(row["avgpos_x"], row["avgpos_y"]),
            row["warpingkernelname"],
            row["cachesize"],
        )
        checkedOrder(psf._how.kernel.order or 1)
        return psf


def _parsePosition(
    averagePosition: Point2D, warpingKernelName: str = "lanczos3", cacheSize: int = 10000
) -> tuple[Point2D, CoaddPsfControl]:
    return averagePosition, CoaddPsfControl(warpingKernelName, cacheSize)


def _parseControl(ctrl: CoaddPsfControl, weightFieldName: str = "weight") -> tuple[str, CoaddPsfControl]:
    return weightFieldName, ctrl


def _parseNames(
    weightFieldName: str = "weight", warpingKernelName: str = "lanczos3", cacheSize: int = 10000
) -> tuple[str, CoaddPsfControl]:
    return weightFieldName, CoaddPsfControl(warpingKernelName, cacheSize)


def _parseWeights(*args: Any, **kwargs: Any) -> tuple[str, CoaddPsfControl]:
    """Choose between the signatures without an average position."""
    if "ctrl" in kwargs or (args and isinstance(args[0], CoaddPsfControl)):
        return _parseControl(*args, **kwargs)
    return _parseNames(*args, **kwargs)


def _weightedMean(images: list[np.ndarray], weights: list[float]) -> np.ndarray:
    """Return the mean of odd-sized images of sum 1 about a common center.

    A total weight of zero gives NaN, as in the stack.
    """
    height, width = np.max([image.shape for image in images], axis=0)
    result = np.zeros((height, width))
    for image, weight in zip(images, weights, strict=True):
        y0, x0 = (height - image.shape[0]) // 2, (width - image.shape[1]) // 2
        result[y0 : y0 + image.shape[0], x0 : x0 + image.shape[1]] += weight * image
    with np.errstate(divide="ignore", invalid="ignore"):
        result /= np.sum(weights)
    return result


CoaddPsf.__module__ = CoaddPsfControl.__module__ = "lsst.meas.algorithms"
