# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that can be saved in archives, and files that hold one of them."""

from __future__ import annotations

__all__ = (
    "Fields",
    "Persistable",
    "Storable",
    "readPersistable",
    "register",
)

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._output import composePrimary, writeFile

from ._fields import Fields
from ._homes import REGISTRY
from ._inputArchive import InputArchive
from ._outputArchive import OutputArchive

if TYPE_CHECKING:
    from ._outputArchive import ArchiveHandle

# Position of the index, and id of the object, in such a file.
_INDEX_HDU = 1
_OBJECT_ID = 1


class Persistable:
    """Base of the classes that can be saved in a table archive.

    A class becomes persistable with the `register` decorator and two private
    methods: ``_writeArchive(out)``, which puts the objects it refers to and
    adds its catalogs, and the class method ``_readArchive(archive,
    catalogs)``, which reverses that.
    """

    _archiveName: ClassVar[str | None] = None
    _archiveModule: ClassVar[str] = ""

    def isPersistable(self) -> bool:
        """Return whether the object can be saved in an archive."""
        return self._archiveName is not None

    def writeFits(self, fileName: str | MemFileManager, mode: str = "w") -> None:
        """Write the object to a FITS file that holds only an archive.

        Parameters
        ----------
        fileName
            Path of the file, or a file in memory; an existing one is replaced.
        mode
            Only ``"w"`` is supported.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the object is not persistable.
        """
        if mode != "w":
            raise ValueError(f"Mode {mode!r} is not supported; use 'w'.")
        archive = OutputArchive()
        archive.put(self)
        writeFile(fileName, [composePrimary(16), archive.compose()])

    def _writeArchive(self, out: ArchiveHandle) -> None:
        raise NotImplementedError(f"{type(self).__name__} cannot be written to an archive.")

    @classmethod
    def _readArchive(cls, archive: InputArchive, catalogs: Sequence[Sequence[Any]]) -> Any:
        raise NotImplementedError(f"{cls.__name__} cannot be read from an archive.")


class Storable(Persistable):
    """Base of the objects that an exposure can hold as a component."""


Storable.__module__ = "lsst.afw.typehandling"


def readPersistable(cls: type, fileName: str | MemFileManager, hdu: int | None = None) -> Any:
    """Read an object of type ``cls`` from a file written by `writeFits`.

    Parameters
    ----------
    cls
        Required class of the object.
    fileName
        Path of the file, or a file in memory.
    hdu
        0-based number of the header that names the archive.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be read.
    lsst.pex.exceptions.Exception
        Raised if the object in the file is not a ``cls``.
    """
    index = _INDEX_HDU if hdu is None or hdu < 0 else hdu
    return InputArchive(FitsFile(fileName), index).get(_OBJECT_ID, cls)


_T = TypeVar("_T", bound="type[Persistable]")


def register(
    name: str, *, module: str = "", aliases: Sequence[str] = (), facade: bool = True
) -> Callable[[_T], _T]:
    """Register a class with archives.

    Parameters
    ----------
    name
        Persistence name written to the archive index.
    module
        Python module written to the archive index.
    aliases
        Further persistence names that read as this class.
    facade
        Whether the class gets a ``readFits`` method.

    Returns
    -------
    decorator
        Class decorator.
    """

    def decorate(cls: _T) -> _T:
        cls._archiveName = name
        cls._archiveModule = module
        for key in (name, *aliases):
            REGISTRY[key] = cls
        if facade and not hasattr(cls, "readFits"):
            setattr(cls, "readFits", classmethod(readPersistable))  # noqa: B010
        return cls

    return decorate
