# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composing binary tables by the conventions of afw tables.

The order of the cards is part of the format: flags and columns must be
mentioned in the order of the schema, which general FITS libraries do not keep.
"""

from __future__ import annotations

__all__ = ("composeTable",)

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lsst.afw.fits._cards import CardValue
from lsst.afw.fits._output import composeHdu
from lsst.pex.exceptions import LengthError

from ._fields import SCALARS, Field, Fields

_UNSIGNED_ZERO = 32768


def composeTable(
    fields: Fields,
    rows: Sequence[Mapping[str, Any]],
    extra: Iterable[tuple[str, CardValue, str]],
    records: Iterable[bytes] = (),
) -> bytes:
    """Compose the HDU of a binary table.

    Parameters
    ----------
    fields
        Columns and flags.
    rows
        Values by name. Missing ones are 0, NaN, false, or empty.
    extra
        Cards that follow those of the columns.
    records
        Further header records, in their final form.

    Returns
    -------
    hdu
        Header and data, padded.
    """
    table, heap, longest = _packRows(fields, rows)
    cards: list[tuple[str, CardValue, str]] = [
        ("XTENSION", "BINTABLE", "binary table extension"),
        ("BITPIX", 8, "8-bit bytes"),
        ("NAXIS", 2, "2-dimensional binary table"),
        ("NAXIS1", fields.dtype.itemsize, "width of table in bytes"),
        ("NAXIS2", len(rows), "number of rows in table"),
        ("PCOUNT", len(heap), "size of special data area"),
        ("GCOUNT", 1, "one data group (required keyword)"),
        ("TFIELDS", len(fields.columns) + bool(fields.flags), "number of fields in each row"),
    ]
    cards += _columnCards(fields, longest)
    cards += extra
    return composeHdu(cards, table + heap, records)


def _columnCards(fields: Fields, longest: dict[str, int]) -> list[tuple[str, CardValue, str]]:
    cards: list[tuple[str, CardValue, str]] = []
    column, bit = 0, 0
    if fields.flags:
        column = 1
        cards += [
            ("TTYPE1", "flags", "bits for all Flag fields; see also TFLAGn"),
            ("TFORM1", f"{len(fields.flags)}X", "format of field"),
            ("FLAGCOL", 1, "Column number for the bitflags."),
        ]
    for field in fields:
        if field.isFlag:
            bit += 1
            cards.append((f"TFLAG{bit}", field.name, ""))
            if field.doc:
                cards.append((f"TFDOC{bit}", field.doc, ""))
            continue
        column += 1
        cards.append((f"TTYPE{column}", field.name, field.doc))
        cards.append((f"TFORM{column}", _form(field, longest), "format of field"))
        if field.doc:
            cards.append((f"TDOC{column}", field.doc, ""))
        unit = "rad" if field.isAngle else field.unit
        if unit:
            cards.append((f"TUNIT{column}", unit, ""))
        cards.append((f"TCCLS{column}", field.fieldClass, "Field template used by lsst.afw.table"))
        if field.code == "I":
            cards.append((f"TZERO{column}", _UNSIGNED_ZERO, "offset of unsigned integers"))
            cards.append((f"TSCAL{column}", 1, "scale of unsigned integers"))
    return cards


def _form(field: Field, longest: dict[str, int]) -> str:
    if field.isVariable:
        return f"1Q{field.code}({longest[field.name]})"
    return f"{field.size}{field.code}"


def _packRows(fields: Fields, rows: Sequence[Mapping[str, Any]]) -> tuple[bytes, bytes, dict[str, int]]:
    """Rows and heap as stored, and the greatest length of variable fields."""
    packed = np.zeros(len(rows), fields.dtype)
    heap = bytearray()
    longest = {f.name: 0 for f in fields.columns if f.isVariable}
    for bit, field in enumerate(fields.flags):
        values = np.array([bool(row.get(field.name, False)) for row in rows], bool)
        packed["flags"][:, bit // 8] |= np.where(values, 0x80 >> bit % 8, 0).astype("u1")
    for number, field in enumerate(fields.columns):
        column = packed[f"c{number}"]
        if field.isVariable:
            for i, row in enumerate(rows):
                raw = _variableBytes(field, row.get(field.name))
                count = len(raw) // np.dtype(SCALARS[field.code] if field.code != "A" else "u1").itemsize
                column[i] = (count, len(heap))
                heap += raw
                longest[field.name] = max(longest[field.name], count)
        elif rows:
            column[...] = _packColumn(field, rows)
    return packed.tobytes(), bytes(heap), longest


def _packColumn(field: Field, rows: Sequence[Mapping[str, Any]]) -> Any:
    blank: Any = " " if field.isString else np.nan if field.code in "ED" else 0
    values = [row.get(field.name, blank) for row in rows]
    if field.isString:
        return [_fixedBytes(field, value) for value in values]
    if field.isArray:
        values = [np.broadcast_to(np.asarray(v), field.size) if np.ndim(v) == 0 else v for v in values]
    array = np.asarray(values)
    if field.code == "I":
        return array.astype("i4") - _UNSIGNED_ZERO
    if field.code in "BJK" and array.size and np.any(array != array.astype(SCALARS[field.code])):
        raise OverflowError(f"A value of column {field.name!r} does not fit its type {field.code}: {values}.")
    return array


def _fixedBytes(field: Field, value: str) -> bytes:
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) > field.size:
        raise LengthError(f"String {value!r} is longer than the {field.size} bytes of column {field.name!r}.")
    return raw.ljust(field.size)


def _variableBytes(field: Field, value: Any) -> bytes:
    if field.isString:
        # An empty string is stored as a single NUL.
        return (value or "").encode("utf-8", "surrogateescape") or b"\0"
    if value is None:
        return b""
    if field.code == "B":
        return bytes(value)
    if field.code == "I":
        return (np.asarray(value, "i4") - _UNSIGNED_ZERO).astype(">i2").tobytes()
    return np.asarray(value).astype(">" + SCALARS[field.code]).tobytes()
