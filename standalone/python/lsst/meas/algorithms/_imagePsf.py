# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs that are defined by their images."""

from __future__ import annotations

__all__ = ("ImagePsf", "PickledPsf")


from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lsst.afw.detection import InvalidPsfError, Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color
from lsst.afw.table.io._fields import Field, Fields
from lsst.afw.table.io._unpickler import Allowed, PickleError, readPickle
from lsst.geom import Point2D

from ._moments import adaptiveMoments, apertureFlux

if TYPE_CHECKING:
    from lsst.afw.table.io._inputArchive import InputArchive
    from lsst.afw.table.io._outputArchive import ArchiveHandle


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

    The pickle of a PSF that was read stays as it is until an image, or
    something else that is in it, is asked for; when the PSF is written, the
    same bytes are. A pickle is only read by an allow-list.

    A subclass provides ``_allowList()``, ``_unpack(contents)``, which checks
    the unpickled object and sets the attributes of the PSF, and ``_pack()``,
    which makes the pickle of a PSF that was not read.
    """

    def __init__(self) -> None:
        super().__init__(isFixed=False)
        self._pickle: np.ndarray | None = None
        self._isUnpacked = True

    def isPersistable(self) -> bool:
        """Return whether the PSF can be saved; it always can."""
        return True

    def clone(self) -> Self:
        """Copy with empty caches."""
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
        """Read the pickle, unless that is done."""
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
