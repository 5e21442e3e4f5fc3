# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "ArchiveHandle",
    "OutputArchive",
)

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lsst.afw.fits._cards import CardValue
from lsst.pex.exceptions import LogicError

from ._fields import Field, Fields
from ._tableWriter import composeTable

if TYPE_CHECKING:
    from ._persistable import Persistable

_TABLE_VERSION = ("AFW_TABLE_VERSION", 3, "")
_INDEX = Fields(
    [
        Field("id", "J", doc="Archive ID of the object that owns the rows"),
        Field("cat.archive", "J", doc="Number of the catalog in the archive"),
        Field("cat.persistable", "J", doc="Number of the catalog among those of the object"),
        Field("row0", "J", doc="First row of the object in the catalog"),
        Field("nrows", "J", doc="Number of rows of the object in the catalog"),
        Field("name", "A", 64, doc="Name of the class of the object"),
        Field("module", "A", 64, doc="Python module that provides the class"),
    ]
)


class _Catalog:
    """Rows of one schema, of any number of objects."""

    def __init__(self, fields: Fields, number: int) -> None:
        self.fields = fields
        self.number = number
        self.rows: list[Mapping[str, Any]] = []
        self.names: list[str] = []


class OutputArchive:
    """Objects to be saved in a FITS file.

    An object that is put twice is saved once. Objects whose catalogs have
    equal fields share a table.
    """

    def __init__(self) -> None:
        self._catalogs: dict[Fields, _Catalog] = {}
        self._index: list[dict[str, Any]] = []
        self._ids: dict[int, int] = {}
        # Ids are by identity, so the objects must not go away.
        self._keep: list[Persistable] = []

    def put(self, obj: Persistable | None, permissive: bool = False) -> int:
        """Add an object and all that it refers to.

        Parameters
        ----------
        obj
            Object to save.
        permissive
            Leave out an object that cannot be saved, instead of raising.

        Returns
        -------
        id
            Number of the object in the archive; 0 for `None` and for an
            object that is left out.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the object cannot be saved.
        """
        if obj is None:
            return 0
        if id(obj) in self._ids:
            return self._ids[id(obj)]
        if not obj.isPersistable():
            if permissive:
                return 0
            raise LogicError(f"{obj!r} cannot be saved in an archive.")
        number = len(self._keep) + 1
        self._ids[id(obj)] = number
        self._keep.append(obj)
        handle = ArchiveHandle(self, obj, number)
        obj._writeArchive(handle)
        handle._finish()
        return number

    def _catalogFor(self, fields: Fields) -> _Catalog:
        if fields not in self._catalogs:
            self._catalogs[fields] = _Catalog(fields, len(self._catalogs) + 1)
        return self._catalogs[fields]

    def compose(self) -> bytes:
        """Compose all HDUs of the archive, the index first."""
        cards: list[tuple[str, CardValue, str]] = [
            ("EXTTYPE", "ARCHIVE_INDEX", ""),
            ("EXTNAME", "ARCHIVE_INDEX", ""),
            ("AR_CATN", 0, "number of this catalog in the archive"),
            ("AR_NCAT", len(self._catalogs) + 1, "number of catalogs in the archive"),
            _TABLE_VERSION,
        ]
        hdus = [composeTable(_INDEX, self._index, cards)]
        versions: dict[str, int] = {}
        for catalog in self._catalogs.values():
            name = catalog.names[-1]
            versions[name] = versions.get(name, 0) + 1
            cards = [
                ("EXTTYPE", "ARCHIVE_DATA", ""),
                ("AR_CATN", catalog.number, "number of this catalog in the archive"),
            ]
            cards += [("AR_NAME", n, "Class name for objects stored here") for n in catalog.names]
            cards.append(("EXTNAME", name, ""))
            if versions[name] > 1:
                cards.append(("EXTVER", versions[name], ""))
            cards.append(_TABLE_VERSION)
            hdus.append(composeTable(catalog.fields, catalog.rows, cards))
        return b"".join(hdus)


class ArchiveHandle:
    """View of the archive for an object that is being saved.

    Parameters
    ----------
    archive
        The archive.
    obj
        The object.
    number
        Its archive id.
    """

    def __init__(self, archive: OutputArchive, obj: Persistable, number: int) -> None:
        self._archive = archive
        self._name = str(obj._archiveName)
        self._module = obj._archiveModule
        self._number = number
        self._count = 0

    def put(self, obj: Persistable | None, permissive: bool = False) -> int:
        """Save another object; see `OutputArchive.put`."""
        return self._archive.put(obj, permissive)

    def addCatalog(self, fields: Fields, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add the next catalog of the object.

        Parameters
        ----------
        fields
            Columns and flags.
        rows
            Values by name; those left out are 0, NaN, false or empty.
        """
        catalog = self._archive._catalogFor(fields)
        if self._name not in catalog.names:
            catalog.names.append(self._name)
        self._addEntry(catalog.number, self._count, len(catalog.rows), len(rows))
        catalog.rows.extend(rows)
        self._count += 1

    def _finish(self) -> None:
        if self._count == 0:
            self._addEntry(-1, -1, -1, 0)

    def _addEntry(self, catalog: int, persistable: int, row0: int, nRows: int) -> None:
        entry = (self._number, catalog, persistable, row0, nRows, self._name, self._module)
        self._archive._index.append(dict(zip(_INDEX.names, entry, strict=True)))
