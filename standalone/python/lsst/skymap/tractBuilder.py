# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "BaseTractBuilder",
    "BaseTractBuilderConfig",
    "CellTractBuilder",
    "CellTractBuilderConfig",
    "LegacyTractBuilder",
    "LegacyTractBuilderConfig",
    "tractBuilderRegistry",
)

import abc
import numbers
import struct
from collections.abc import Sequence
from typing import Any, cast

import lsst.pex.config as pexConfig
from lsst.afw.geom import SkyWcs
from lsst.geom import Box2I, Extent2D, Extent2I, Point2I

from .detail import Index2D
from .patchInfo import PatchInfo

tractBuilderRegistry = pexConfig.makeRegistry("Ways to divide a tract into patches.")


class BaseTractBuilderConfig(pexConfig.Config):
    """Configuration of a tract builder."""


class BaseTractBuilder(metaclass=abc.ABCMeta):
    """Divider of a tract into patches.

    Parameters
    ----------
    config
        Instance of the subclass's ``ConfigClass``.

    Notes
    -----
    The number of patches and the box of the tract are known after
    `setupPatches`; a builder serves one tract.
    """

    def __init__(self, config: BaseTractBuilderConfig) -> None:
        self.config: Any = config
        self._numPatches = Index2D(0, 0)
        self._tractBBox = Box2I()

    @abc.abstractmethod
    def getPatchInnerDimensions(self) -> Extent2I:
        """Return the size of the inner box of a patch (pixels)."""
        raise NotImplementedError()

    @abc.abstractmethod
    def getPatchBorder(self) -> int:
        """Return the width of the border of a patch (pixels)."""
        raise NotImplementedError()

    @abc.abstractmethod
    def _getPackedSizes(self) -> tuple[int, ...]:
        """Return the sizes that a sky map's hash depends on."""
        raise NotImplementedError()

    @abc.abstractmethod
    def _getOuterBBox(self, innerBBox: Box2I) -> Box2I:
        raise NotImplementedError()

    def _getCellArguments(self) -> dict[str, Any]:
        """Return the arguments of `PatchInfo` that describe cells."""
        return {}

    def getPackedConfig(self, config: Any) -> bytes:
        """Return the packed configuration that a sky map's hash depends on.

        Parameters
        ----------
        config
            Configuration of the sky map (`BaseSkyMapConfig`).
        """
        sizes = self._getPackedSizes()
        projection = config.projection.encode("ascii")
        numbers = (*sizes, config.tractOverlap, config.pixelScale, projection, config.rotation)
        return struct.pack(f"<{len(sizes)}idd3sd", *numbers)

    def setupPatches(self, minBBox: Box2I, wcs: SkyWcs) -> tuple[Box2I, SkyWcs]:
        """Lay out the smallest grid of whole patches that covers a box.

        Parameters
        ----------
        minBBox
            Pixels that the tract must cover, in the frame of ``wcs``.
        wcs
            WCS with any pixel origin.

        Returns
        -------
        bbox
            Box of the tract, with its first pixel at (0, 0).
        wcs
            WCS of the tract.
        """
        minimum, dimensions, counts = [], [], []
        for start, width, inner in zip(
            minBBox.getMin(), minBBox.getDimensions(), self.getPatchInnerDimensions(), strict=True
        ):
            num = -(-width // inner)
            minimum.append(start - (num * inner - width) // 2)
            dimensions.append(num * inner)
            counts.append(num)
        self._numPatches = Index2D(*counts)
        self._tractBBox = Box2I(Point2I(0, 0), Extent2I(*dimensions))
        return Box2I(self._tractBBox), wcs.copyAtShiftedPixelOrigin(Extent2D(*(-float(m) for m in minimum)))

    def getPatchInfo(self, index: Index2D | Sequence[int] | int, tractWcs: SkyWcs) -> PatchInfo:
        """Return a patch.

        Parameters
        ----------
        index
            Column and row of the patch, or its number.
        tractWcs
            WCS of the tract.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        if isinstance(index, numbers.Number):
            pair = self.getPatchIndexPair(cast(int, index))
        else:
            pair = Index2D(*cast(Sequence[int], index))
            self._checkIndex(pair)
        inner = self.getPatchInnerDimensions()
        innerBBox = Box2I(Point2I(pair.x * inner.getX(), pair.y * inner.getY()), inner)
        return PatchInfo(
            index=pair,
            innerBBox=innerBBox,
            outerBBox=self._getOuterBBox(innerBBox),
            sequentialIndex=self.getSequentialPatchIndexFromPair(pair),
            tractWcs=tractWcs,
            **self._getCellArguments(),
        )

    def _checkIndex(self, index: Sequence[int]) -> None:
        if not all(0 <= i < n for i, n in zip(index, self._numPatches, strict=True)):
            raise IndexError(
                f"Patch index {tuple(index)} is not in range [0, 0] to {list(self._numPatches)}."
            )

    def getSequentialPatchIndex(self, patchInfo: PatchInfo) -> int:
        """Return the number of a patch.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        return self.getSequentialPatchIndexFromPair(patchInfo.getIndex())

    def getSequentialPatchIndexFromPair(self, index: Index2D | Sequence[int]) -> int:
        """Return the number of the patch with a column and row.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        self._checkIndex(index)
        x, y = index
        return self._numPatches.x * y + x

    def getPatchIndexPair(self, sequentialIndex: int) -> Index2D:
        """Return the column and row of a patch from its number.

        Raises
        ------
        IndexError
            Raised if the tract has no such patch.
        """
        count = self._numPatches.x * self._numPatches.y
        if not 0 <= sequentialIndex < count:
            raise IndexError(f"Patch {sequentialIndex} is not in range 0 to {count - 1}.")
        y, x = divmod(int(sequentialIndex), self._numPatches.x)
        return Index2D(x, y)


class LegacyTractBuilderConfig(BaseTractBuilderConfig):
    """Configuration of `LegacyTractBuilder`."""

    patchInnerDimensions = pexConfig.ListField[int](
        doc="Width and height of the inner box of a patch (pixels).",
        length=2,
        default=[4000, 4000],
    )
    patchBorder = pexConfig.Field[int](doc="Width of the border of a patch (pixels).", default=100)


@pexConfig.registerConfigurable("legacy", tractBuilderRegistry)
class LegacyTractBuilder(BaseTractBuilder):
    """Divider of a tract into patches whose borders end at its edge."""

    ConfigClass = LegacyTractBuilderConfig

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return the size of the inner box of a patch (pixels)."""
        return Extent2I(*self.config.patchInnerDimensions)

    def getPatchBorder(self) -> int:
        """Return the width of the border of a patch (pixels)."""
        return self.config.patchBorder

    def _getPackedSizes(self) -> tuple[int, ...]:
        return *self.getPatchInnerDimensions(), self.getPatchBorder()

    def _getOuterBBox(self, innerBBox: Box2I) -> Box2I:
        return innerBBox.dilatedBy(self.getPatchBorder()).clippedTo(self._tractBBox)


class CellTractBuilderConfig(BaseTractBuilderConfig):
    """Configuration of `CellTractBuilder`."""

    cellInnerDimensions = pexConfig.ListField[int](
        doc="Width and height of the inner box of a cell (pixels).", length=2, default=[150, 150]
    )
    cellBorder = pexConfig.Field[int](doc="Width of the border of a cell (pixels).", default=50)
    numCellsPerPatchInner = pexConfig.Field[int](
        doc="Number of cells along either axis of the inner box of a patch.", default=20
    )
    numCellsInPatchBorder = pexConfig.Field[int](
        doc="Number of cells on each side of the inner box of a patch.", default=1
    )

    def validate(self) -> None:
        """Check that the cells are square.

        Raises
        ------
        ValueError
            Raised if the cells are not square.
        """
        super().validate()
        width, height = self.cellInnerDimensions
        if width != height:
            raise ValueError(f"Cells must be square; cellInnerDimensions is {width} x {height}.")


@pexConfig.registerConfigurable("cells", tractBuilderRegistry)
class CellTractBuilder(BaseTractBuilder):
    """Divider of a tract into patches made of cells.

    The outer box of every patch has the same size, so it reaches beyond
    the tract at the rim.
    """

    ConfigClass = CellTractBuilderConfig

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return the size of the inner box of a patch (pixels)."""
        return Extent2I(*self.config.cellInnerDimensions) * self.config.numCellsPerPatchInner

    def getPatchBorder(self) -> int:
        """Return the width of the border of a patch (pixels)."""
        return self.config.numCellsInPatchBorder * self.config.cellInnerDimensions[0] + self.config.cellBorder

    def _getPackedSizes(self) -> tuple[int, ...]:
        dimensions, *others = self._getCellArguments().values()
        return *dimensions, *others

    def _getOuterBBox(self, innerBBox: Box2I) -> Box2I:
        return innerBBox.dilatedBy(self.getPatchBorder())

    def _getCellArguments(self) -> dict[str, Any]:
        return {
            "cellInnerDimensions": self.config.cellInnerDimensions,
            "cellBorder": self.config.cellBorder,
            "numCellsPerPatchInner": self.config.numCellsPerPatchInner,
            "numCellsInPatchBorder": self.config.numCellsInPatchBorder,
        }
