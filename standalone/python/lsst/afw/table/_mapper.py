# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = ("SchemaMapper",)

from typing import Any

from ._keys import _Field, _Key
from ._schema import Schema


class SchemaMapper:
    """Correspondence between the fields of two schemas.

    Parameters
    ----------
    input
        Schema that records are copied from.
    output
        Schema that records are copied to; empty by default.
    shareAliasMap
        Whether the output schema takes over the aliases of the input.
    """

    def __init__(
        self, input: Schema | None = None, output: Schema | None = None, shareAliasMap: bool = False
    ) -> None:
        self._input = Schema(input)
        self._output = Schema(output)
        if shareAliasMap:
            self._output.setAliasMap(self._input.getAliasMap())
        self._pairs: dict[_Key, _Key] = {}

    def getInputSchema(self) -> Schema:
        return self._input

    def getOutputSchema(self) -> Schema:
        return self._output

    def editOutputSchema(self) -> Schema:
        """Output schema, to be changed in place."""
        return self._output

    def addMapping(self, input: _Key, output: str | _Field | None = None, doReplace: bool = True) -> _Key:
        """Map a field, adding it to the output schema if it is not there.

        Parameters
        ----------
        input
            Key in the input schema.
        output
            Name or field in the output schema; that of the input by default.
        doReplace
            Whether an output field of that name may be reused.

        Returns
        -------
        key
            Key in the output schema.
        """
        field = self._input.find(input).field
        if isinstance(output, str):
            field = field.copyRenamed(output)
        elif output is not None:
            field = output
        key = self._output.addField(field, doReplace=doReplace)
        self._pairs[input] = key
        return key

    def addOutputField(
        self,
        field: str | _Field,
        type: Any = None,
        doc: str | None = None,
        units: str = "",
        size: int | None = None,
        doReplace: bool = False,
        parse_strict: str = "raise",
    ) -> _Key:
        """Add a field to the output schema that nothing is mapped to."""
        return self._output.addField(field, type, doc or "", units, size, doReplace, parse_strict)

    def addMinimalSchema(self, minimal: Schema, doMap: bool = True) -> None:
        """Add all fields of a schema, mapping those the input has.

        The fields must be the first ones of the output.
        """
        for item in minimal:
            key = self._output.addField(item.field)
            if doMap:
                self._pairs[self._input.find(item.field.getName()).key] = key

    def isMapped(self, key: _Key) -> bool:
        return key in self._pairs

    def getMapping(self, key: _Key) -> _Key:
        """Output key of an input key.

        Raises
        ------
        KeyError
            Raised if the field is not mapped.
        """
        return self._pairs[key]

    def _iterPairs(self) -> list[tuple[_Key, _Key]]:
        return list(self._pairs.items())
