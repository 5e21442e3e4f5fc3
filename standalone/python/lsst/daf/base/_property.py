# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of one property."""

from __future__ import annotations

import dataclasses
from typing import Any

from ._dateTime import DateTime

__all__ = ["Property"]


@dataclasses.dataclass
class Property:
    """Values of one kind, and what is said of them."""

    kind: str
    values: list[Any]
    comment: str = ""

    def same(self, other: Property) -> bool:
        """Whether kind and values are equal; NaN equals NaN."""
        return (
            self.kind == other.kind
            and len(self.values) == len(other.values)
            and all(a == b or (a != a and b != b) for a, b in zip(self.values, other.values, strict=True))
        )

    def plain(self) -> Any:
        """Value, or list of the values if there are several."""
        return list(self.values) if len(self.values) > 1 else self.values[0]

    def text(self) -> str:
        """Value as text, in brackets if there are several."""
        texts = [_format(value) for value in self.values]
        return texts[0] if len(texts) == 1 else f"[ {', '.join(texts)} ]"


def _format(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, DateTime):
        return value.toString(DateTime.UTC)
    if isinstance(value, float):
        return f"{value:#.14g}"
    return f'"{value}"' if isinstance(value, str) else str(value)
