# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("InputArchive",)

import builtins
from dataclasses import dataclass
from typing import Any, TypeVar

from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import NotFoundError

from ._errors import MalformedArchiveError
from ._homes import findClass, findOpaque
from ._tableReader import RowBlock, TableReader

_T = TypeVar("_T")

# Objects nest like CoaddPsf of CoaddPsf of WarpedPsf of kernels: a few levels.
_MAX_DEPTH = 60

_INDEX_FIELDS = (
    ("J", 1),
    ("J", 1),
    ("J", 1),
    ("J", 1),
    ("J", 1),
    ("A", 64),
    ("A", 64),
)


@dataclass(frozen=True)
class _Entry:
    """One row of the index: a block of rows of an object."""

    catalog: int
    persistable: int
    row0: int
    nRows: int
    name: str
    module: str


class InputArchive:
    """The objects saved in a FITS file.

    Only the index is read at first; tables are opened when an object in them
    is asked for. Every object is made once.

    Parameters
    ----------
    file
        File with the archive.
    hdu
        0-based position of the index.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there is no archive index there.
    """

    def __init__(self, file: FitsFile, hdu: int) -> None:
        self._file = file
        self._hdu = hdu
        index = file.hdu(hdu)
        if index.header.get("EXTTYPE") != "ARCHIVE_INDEX":
            raise FitsError(f"{index!r} is no archive index: EXTTYPE is {index.header.get('EXTTYPE')!r}.")
        self._nCatalogs = index.header.getInt("AR_NCAT")
        self._entries = _readIndex(TableReader(index))
        self._tables: dict[int, TableReader] = {}
        self._objects: dict[int, Any] = {}
        self._failed: set[int] = set()
        self._active: list[int] = []

    def get(self, id: int, expected: type | None = None) -> Any:
        """Get an object.

        Parameters
        ----------
        id
            Number of the object in the archive; 0 stands for `None`.
        expected
            Class it must have.

        Returns
        -------
        obj
            The object; the same one whenever it is asked for.

        Raises
        ------
        MalformedArchiveError
            Raised if there is no such object, it refers to itself, its parts
            do not fit together, or it has another class.
        lsst.pex.exceptions.NotFoundError
            Raised if the object could not be made before.
        """
        if id == 0:
            return None
        if id not in self._objects:
            self._objects[id] = self._load(id)
        obj = self._objects[id]
        if expected is not None and not isinstance(obj, expected):
            raise MalformedArchiveError(
                f"Archive object {id} of {self._file.name} is a {type(obj).__name__}, "
                f"not a {expected.__name__}."
            )
        return obj

    def require(self, id: int, expected: type[_T]) -> _T:
        """Get an object that has to be there.

        Parameters
        ----------
        id
            Number of the object in the archive.
        expected
            Class it must have.

        Raises
        ------
        MalformedArchiveError
            Raised if ``id`` is 0, and as by `get`.
        """
        if id == 0:
            raise MalformedArchiveError(f"A {expected.__name__} is missing in {self._file.name}.")
        return self.get(id, expected)

    def _load(self, id: int) -> Any:
        if id in self._failed:
            raise NotFoundError(f"Not trying to read archive object {id} of {self._file.name} again.")
        if id in self._active:
            chain = " -> ".join(map(str, [*self._active[self._active.index(id) :], id]))
            raise MalformedArchiveError(f"Archive objects of {self._file.name} refer to themselves: {chain}.")
        if len(self._active) >= _MAX_DEPTH:
            raise MalformedArchiveError(
                f"Archive objects of {self._file.name} are nested more than {_MAX_DEPTH} deep."
            )
        self._active.append(id)
        try:
            return self._make(id)
        except builtins.Exception:
            self._failed.add(id)
            raise
        finally:
            self._active.pop()

    def _make(self, id: int) -> Any:
        entries = self._entries.get(id)
        if entries is None:
            raise MalformedArchiveError(f"There is no archive object {id} in {self._file.name}.")
        name, module = entries[0].name, entries[0].module
        if any((e.name, e.module) != (name, module) for e in entries):
            raise MalformedArchiveError(f"Archive object {id} of {self._file.name} has several classes.")
        context = f"While reading archive object {id} ({name}) of {self._file.name}"
        try:
            catalogs = [self._block(e) for e in entries if e.catalog >= 0]
            cls: Any = findClass(name) or findOpaque(name)
            if hasattr(cls, "_readOpaque"):
                return cls._readOpaque(name, module, self, catalogs)
            return cls._readArchive(self, catalogs)
        except PexException as err:
            err.add_note(context)
            raise
        except (LookupError, ValueError, ArithmeticError, TypeError, AttributeError) as err:
            raise MalformedArchiveError(f"{context}: {type(err).__name__}: {err}") from err

    def _block(self, entry: _Entry) -> RowBlock:
        return self._table(entry.catalog).block(entry.row0, entry.nRows)

    def _table(self, catalog: int) -> TableReader:
        if catalog not in self._tables:
            if not 1 <= catalog < self._nCatalogs:
                raise MalformedArchiveError(
                    f"{self._file.name} has no archive catalog {catalog}; there are {self._nCatalogs - 1}."
                )
            hdu = self._file.hdu(self._hdu + catalog)
            found = (hdu.header.get("EXTTYPE"), hdu.header.get("AR_CATN"))
            if found != ("ARCHIVE_DATA", catalog):
                raise FitsError(f"{hdu!r} is not archive catalog {catalog}: EXTTYPE, AR_CATN are {found}.")
            self._tables[catalog] = TableReader(hdu)
        return self._tables[catalog]


def _readIndex(table: TableReader) -> dict[int, list[_Entry]]:
    found = tuple((f.code, f.size) for f in table.fields)
    if found != _INDEX_FIELDS:
        raise MalformedArchiveError(
            f"{table.hdu!r} has the columns {found}, which are not those of an index."
        )
    names = table.fields.names
    numbers = [table.column(name).tolist() for name in names[:5]]
    texts = [
        [raw.rstrip(b"\0 ").decode("ascii", "replace") for raw in table.column(name).tolist()]
        for name in names[5:]
    ]
    entries: dict[int, list[_Entry]] = {}
    for id, *rest in zip(*numbers, *texts, strict=True):
        entries.setdefault(id, []).append(_Entry(*rest))
    for group in entries.values():
        group.sort(key=lambda e: e.persistable)
    return entries
