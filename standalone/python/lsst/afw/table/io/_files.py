# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that hold a single archived object and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._memFile import MemFileManager
from lsst.afw.fits._output import composePrimary, writeFile

from ._inputArchive import InputArchive
from ._outputArchive import OutputArchive

if TYPE_CHECKING:
    from ._persistable import Persistable

__all__ = ["readArchiveFile", "writeArchiveFile"]

# Position of the index, and id of the object, in such a file.
_INDEX_HDU = 1
_OBJECT_ID = 1


def writeArchiveFile(obj: Persistable, target: str | MemFileManager) -> None:
    """Write an object to a file; see `Persistable.writeFits`."""
    archive = OutputArchive()
    archive.put(obj)
    writeFile(target, [composePrimary(16), archive.compose()])


def readArchiveFile(cls: type, source: str | MemFileManager, hdu: int | None) -> Any:
    """Read an object from a file; see `readPersistable`."""
    index = _INDEX_HDU if hdu is None or hdu < 0 else hdu
    return InputArchive(FitsFile(source), index).get(_OBJECT_ID, cls)
