# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sum of backgrounds."""

from __future__ import annotations

__all__ = ["BackgroundList"]

from collections.abc import Iterator
from typing import Any

import lsst.afw.image as afwImage

from ._approximate import ApproximateControl, ApproximateStyle
from ._background import Background, RowModel
from ._interpolate import InterpStyle, UndersampleStyle

Entry = tuple[Background, InterpStyle, UndersampleStyle, ApproximateStyle, int, int, bool]


class BackgroundList:
    """Backgrounds and how to evaluate each, to be added up.

    An entry is a tuple of background, interpolation style, undersample style,
    and of the approximation the style, order in x and y and weighting.

    Parameters
    ----------
    *args
        Entries, or bare `Background` objects: their styles are those that are
        in use when the list is first read.
    """

    def __init__(self, *args: Any) -> None:
        self._backgrounds: list[Any] = []
        for item in args:
            self.append(item)

    def __len__(self) -> int:
        return len(self._backgrounds)

    def __iter__(self) -> Iterator[Entry]:
        for i in range(len(self)):
            yield self[i]

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return BackgroundList(*(self[i] for i in range(*index.indices(len(self)))))
        self._backgrounds[index] = self._complete(self._backgrounds[index])
        return self._backgrounds[index]

    @staticmethod
    def _complete(item: Any) -> Entry:
        """Entry of a bare background; an entry as it is."""
        if not isinstance(item, Background):
            return item
        actrl = item.getBackgroundControl().getApproximateControl()
        return (
            item,
            item.getAsUsedInterpStyle(),
            item.getAsUsedUndersampleStyle(),
            actrl.getStyle(),
            actrl.getOrderX(),
            actrl.getOrderY(),
            actrl.getWeighting(),
        )

    def append(self, val: Any) -> None:
        """Add an entry or a bare background.

        TypeError if it is neither.
        """
        if not isinstance(val, Background):
            val = tuple(val)
            if len(val) != 7 or not isinstance(val[0], Background):
                raise TypeError(f"not a background nor a 7-tuple that starts with one: {val!r}")
        self._backgrounds.append(val)

    def clone(self) -> BackgroundList:
        """Return a list of the same backgrounds."""
        return BackgroundList(*self)

    def _makeModels(self) -> list[RowModel]:
        """Prepare the evaluation of every entry."""
        return [entry[0]._makeModel(*self._stylesOf(entry)) for entry in self]

    @staticmethod
    def _stylesOf(entry: Entry) -> tuple[InterpStyle, UndersampleStyle]:
        """Styles to evaluate with: an approximation takes its control's."""
        background, interpStyle, undersampleStyle, approxStyle = entry[:4]
        if approxStyle == ApproximateControl.UNKNOWN:
            return interpStyle, undersampleStyle
        control = background.getBackgroundControl()
        return control.getInterpStyle(), control.getUndersampleStyle()

    def getImage(self) -> afwImage.ImageF | None:
        """Return the sum of the backgrounds as an image; None if empty."""
        image = None
        for entry in self:
            part = entry[0].getImageF(*self._stylesOf(entry))
            if image is None:
                image = part
            else:
                image += part
        return image
