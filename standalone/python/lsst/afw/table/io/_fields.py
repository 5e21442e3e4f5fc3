# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

__all__ = (
    "Field",
    "Fields",
)

import dataclasses
import functools
from collections.abc import Iterator

import numpy as np

# Code letter -> type of one element in the file. Letter I stands for unsigned
# 16-bit integers, which FITS stores as signed ones with an offset.
SCALARS = {"B": "u1", "I": "i2", "J": "i4", "K": "i8", "E": "f4", "D": "f8", "A": "S"}


@dataclasses.dataclass(frozen=True)
class Field:
    """One column (or flag) of an archive catalog.

    Parameters
    ----------
    name
        Column name.
    code
        Element code: one of ``B I J K E D A``, or ``X`` for a flag.
    size
        Number of elements; 0 for a variable-length column.
    isArray
        Whether the column is an array even if it has a single element.
    isAngle
        Whether the column is an angle (radians).
    doc, unit
        Documentation and unit; ignored when fields are compared.
    """

    name: str
    code: str
    size: int = 1
    isArray: bool = False
    isAngle: bool = False
    doc: str = dataclasses.field(default="", compare=False)
    unit: str = dataclasses.field(default="", compare=False)

    @property
    def isFlag(self) -> bool:
        return self.code == "X"

    @property
    def isString(self) -> bool:
        return self.code == "A"

    @property
    def isVariable(self) -> bool:
        return self.size == 0

    @property
    def fieldClass(self) -> str:
        """Value of the ``TCCLS`` card."""
        if self.isAngle:
            return "Angle"
        if self.isString:
            return "String"
        return "Array" if self.isArray else "Scalar"

    @property
    def dtype(self) -> np.dtype:
        """Big-endian layout of the column within a row of the file."""
        if self.isVariable:
            return np.dtype((">i8", 2))
        if self.isString:
            return np.dtype(f"S{self.size}")
        base = np.dtype(">" + SCALARS[self.code])
        return np.dtype((base, (self.size,))) if self.isArray else base


def _parse(item: str) -> Field:
    name, _, code = item.rpartition(":")
    if name == "F":
        return Field(code, "X")
    if not name:
        raise ValueError(f"Field {item!r} has no type.")
    if code == "Ang":
        return Field(name, "D", isAngle=True)
    count, letter = code[:-1], code[-1:]
    if letter not in SCALARS or letter == "X":
        raise ValueError(f"Field {item!r} has unknown type {code!r}.")
    if count == "Q":
        return Field(name, letter, 0, isArray=letter != "A")
    if count:
        return Field(name, letter, int(count), isArray=letter != "A")
    if letter == "A":
        raise ValueError(f"String field {item!r} has no length.")
    return Field(name, letter)


class Fields:
    """The ordered columns and flags of an archive catalog.

    Two catalogs whose fields compare equal share one table of an archive.

    Parameters
    ----------
    spec
        Blank-separated ``name:code`` items in schema order, e.g.
        ``"F:isConstant mean:D coefficients:6D name:32A bytes:QB"``, or a
        sequence of `Field`.
    """

    def __init__(self, spec: str | tuple[Field, ...] | list[Field]) -> None:
        self.items = tuple(map(_parse, spec.split())) if isinstance(spec, str) else tuple(spec)
        names = [f.name for f in self.items]
        if len(set(names)) != len(names):
            raise ValueError(f"Duplicate field names in {names}.")

    @functools.cached_property
    def flags(self) -> tuple[Field, ...]:
        return tuple(f for f in self.items if f.isFlag)

    @functools.cached_property
    def columns(self) -> tuple[Field, ...]:
        return tuple(f for f in self.items if not f.isFlag)

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.items)

    @functools.cached_property
    def dtype(self) -> np.dtype:
        """Layout of one row in the file; flags come first, packed."""
        layout: list[tuple[str, np.dtype]] = []
        if self.flags:
            layout.append(("flags", np.dtype(("u1", ((len(self.flags) + 7) // 8,)))))
        layout += [(f"c{i}", f.dtype) for i, f in enumerate(self.columns)]
        return np.dtype(layout)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and self.items == other.items

    def __hash__(self) -> int:
        return hash(self.items)

    def __repr__(self) -> str:
        return f"Fields({list(self.items)})"
