# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of classes that the runtime does not implement.

They are kept as the rows they were read from, with the objects they refer to,
and written back unchanged. Nothing in them is executed or unpickled.
"""

from __future__ import annotations

__all__ = ("OpaquePersistable",)

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from ._fields import Fields
from ._homes import registerOpaque
from ._persistable import Storable

if TYPE_CHECKING:
    from ._inputArchive import InputArchive, RowBlock
    from ._outputArchive import ArchiveHandle

_LOG = logging.getLogger("lsst.afw.table")

# Columns that hold the ids of other objects. A class that is not listed and
# has integer columns cannot be written again, since these may be ids.
_REFERENCES: dict[str, tuple[str, ...]] = {
    "Detector": ("transformMap",),
    "TransformMap": ("transform",),
    "PsfexPsf": (),
    "IdentityTransmissionCurve": (),
    "SpatiallyConstantTransmissionCurve": (),
    "RadialTransmissionCurve": (),
    "ProductTransmissionCurve": ("a", "b"),
    "TransformedTransmissionCurve": ("nested", "transform"),
}


class OpaquePersistable(Storable):
    """An archived object that is only passed through.

    Parameters
    ----------
    name
        Persistence name.
    module
        Module named in the archive; it is never imported.
    catalogs
        Fields and rows of each catalog; columns with references hold the
        objects themselves.
    references
        Names of those columns; `None` if they are not known.
    """

    def __init__(
        self,
        name: str,
        module: str,
        catalogs: Sequence[tuple[Fields, list[dict[str, Any]]]],
        references: tuple[str, ...] | None,
    ) -> None:
        super().__init__()
        self._archiveName = name  # type: ignore[misc]
        self._archiveModule = module  # type: ignore[misc]
        self._catalogs = catalogs
        self._references = references

    def isPersistable(self) -> bool:
        return self._references is not None

    def _writeArchive(self, out: ArchiveHandle) -> None:
        for fields, rows in self._catalogs:
            out.addCatalog(fields, [self._numbered(out, row) for row in rows])

    def _numbered(self, out: ArchiveHandle, row: dict[str, Any]) -> dict[str, Any]:
        references = self._references or ()
        return {name: out.put(value) if name in references else value for name, value in row.items()}

    @classmethod
    def _readOpaque(cls, name: str, module: str, archive: InputArchive, blocks: Sequence[RowBlock]) -> Self:
        """Read an object that is passed through.

        Parameters
        ----------
        name, module
            Persistence name and module of the object in the index.
        archive
            Archive with the objects it refers to.
        blocks
            Its rows in each catalog.
        """
        references = _REFERENCES.get(name)
        if references is None and not any(f.code == "J" for block in blocks for f in block.fields):
            references = ()
        if references is None:
            _LOG.warning(
                "Objects of class %s (%s) are not known here and cannot be written again.", name, module
            )
        catalogs = []
        for block in blocks:
            rows = [{column: row[column] for column in row.names} for row in block]
            for row in rows:
                row.update({c: archive.get(row[c]) for c in references or () if c in row})
            catalogs.append((block.fields, rows))
        obj = object.__new__(cls)
        # Such classes need not have a public constructor.
        OpaquePersistable.__init__(obj, name, module, catalogs, references)
        return obj

    def __repr__(self) -> str:
        return f"<{self._archiveName} of {self._archiveModule or 'no module'}, passed through>"


registerOpaque("", OpaquePersistable)
