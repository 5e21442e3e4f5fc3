# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""PSFs fitted by Piff, and their pickles in the form of the stack."""

from __future__ import annotations

__all__ = ("PiffPsf", "dumpsForStack")

import contextlib
import io
import math
import pickle
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from astshim._object import writeAst
from starlink import Ast

from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import Color, ImageD
from lsst.afw.table.io._persistable import register
from lsst.afw.table.io._unpickler import Allowed, PickleError
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms._imagePsf import PickledPsf


class _ObjectMaker:
    """Placeholder for ``astshim.ObjectMaker``, which parses an AST object."""

    def __call__(self, text: str) -> Any:
        raise NotImplementedError("Texts of AST objects are read by the allow-list.")


# The Python pickler, since the C one has no hook for the names of globals.
_Base: Any = vars(pickle)["_Pickler"]


class _Pickler(_Base):
    """Pickler that writes AST objects as the stack does."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Ast.Object):
            return _ObjectMaker(), (writeAst(obj),)
        if type(obj) is _ObjectMaker:
            return _ObjectMaker, ()
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if obj is not _ObjectMaker:
            super().save_global(obj, name)
            return
        self.save("astshim")
        self.save("ObjectMaker")
        self.write(pickle.STACK_GLOBAL)
        self.memoize(obj)


def dumpsForStack(obj: Any) -> bytes:
    """Write a pickle in the form found in the stack's files.

    Parameters
    ----------
    obj
        Object to write.
    """
    file = io.BytesIO()
    _Pickler(file, protocol=4).dump(obj)
    return file.getvalue()


_MAX_WIDTH = 2048
_COLOR = "colorValue"


@register("PiffPsf", module="lsst.meas.extensions.piff.piffPsf")
class PiffPsf(PickledPsf):
    """A PSF whose images are drawn by a solution of Piff.

    Parameters
    ----------
    width, height
        Size of the images (pixels); both must be equal.
    piffResult
        Solution, a ``piff.PSF``.

    Raises
    ------
    ValueError
        Raised if the images are not square.
    """

    _width: int
    _result: Any

    def __init__(self, width: int, height: int, piffResult: Any) -> None:
        super().__init__()
        if width != height or not 1 <= width <= _MAX_WIDTH:
            raise ValueError(
                f"A PSF image of {width} x {height} pixels is not square and of 1 to {_MAX_WIDTH} pixels."
            )
        self._width, self._result = int(width), piffResult

    @property
    def width(self) -> int:
        """Width of the images (pixels)."""
        self._load()
        return self._width

    @property
    def height(self) -> int:
        """Height of the images (pixels)."""
        return self.width

    @property
    def dimensions(self) -> Extent2I:
        """Size of the images (pixels)."""
        return Extent2I(self.width, self.width)

    @property
    def _piffResult(self) -> Any:
        self._load()
        return self._result

    def resized(self, width: int, height: int) -> PiffPsf:
        """Return a copy whose images have another size.

        Parameters
        ----------
        width, height
            Size of the images (pixels); both must be equal.
        """
        return PiffPsf(width, height, self._piffResult)

    def getAveragePosition(self) -> Point2D:
        """Return the mean position of the stars the solution was fitted to."""
        return Point2D(*self._meanOverStars(lambda star: (star.image_pos.x, star.image_pos.y)))

    def _meanOverStars(self, value: Callable[[Any], tuple[float, ...]]) -> list[float]:
        """Average over the stars that the solution was fitted to."""
        result = self._piffResult
        with _readable("the stars of the PSF of Piff"):
            used = [star for star in result.stars if not star.is_flagged and not star.is_reserve]
            values = [value(star) for star in used]
            means = [float(np.mean(column)) for column in zip(*values, strict=True)]
        if not means:
            raise InvalidPsfError("The PSF of Piff lists no star that it was fitted to.")
        return means

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        return self._draw(position, color, True)

    def _doComputeImage(self, position: Point2D, color: Color) -> ImageD:
        return self._draw(position, color, None)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return Box2I(Point2I(-(self.width // 2), -(self.width // 2)), self.dimensions)

    def _draw(self, position: Point2D, color: Color, center: bool | None) -> ImageD:
        """Draw an image of sum 1, at the center or at the star's position."""
        model, arguments = self._piffResult, {}
        with _readable(f"the PSF of Piff at {position}"):
            if _COLOR in model.interp_property_names:
                arguments[_COLOR] = self._colorOf(color)
            drawn = model.draw(
                position.getX(), position.getY(), stamp_size=self._width, center=center, **arguments
            ).array
            total = float(drawn.sum())
        if not math.isfinite(total) or total == 0.0:
            raise InvalidPsfError(f"The image of the PSF of Piff at {position} has the sum {total}.")
        image = ImageD(np.array(drawn / total, np.float64))
        corner = Point2I(position) if center is None else Point2I(0, 0)
        image.setXY0(corner - Extent2I(self._width // 2, self._width // 2))
        return image

    def _colorOf(self, color: Color) -> float:
        if not color.isIndeterminate():
            return color.getColorValue()
        (mean,) = self._meanOverStars(lambda star: (star.data.properties[_COLOR],))
        return mean

    @classmethod
    def _allowList(cls) -> Mapping[tuple[str, str], Allowed]:
        try:
            import piff  # noqa: F401
        except ImportError as err:
            raise InvalidPsfError(
                "This PSF is a model of Piff, which is not installed; "
                "install it by 'pip install lsst-standalone[piff]'."
            ) from err
        from ._pickles import allowedNames

        return allowedNames()

    def _unpack(self, contents: Any) -> None:
        import piff

        if type(contents) is not tuple or len(contents) != 3 or not isinstance(contents[2], piff.PSF):
            raise PickleError("The pickle does not hold a size and a solution of Piff.")
        width, height, result = contents
        if type(width) is not int or width != height or not 1 <= width <= _MAX_WIDTH:
            raise PickleError(f"Images of {str(width)[:40]} x {str(height)[:40]} pixels are not square.")
        with _readable("the parts of the PSF"):
            for part in _parts(result):
                _complete(part)
        self._width, self._result = width, result

    def _pack(self) -> bytes:
        return dumpsForStack((self._width, self._width, self._result))


@contextlib.contextmanager
def _readable(what: str) -> Iterator[None]:
    """Report any error in a solution from a file."""
    try:
        yield
    except InvalidPsfError:
        raise
    except Exception as err:
        raise InvalidPsfError(f"Piff cannot compute {what}: {type(err).__name__}: {err}") from err


def _parts(result: Any) -> Iterator[Any]:
    """Iterate over a solution and the solutions that it consists of."""
    stack, seen = [result], set()
    while stack:
        part = stack.pop()
        if id(part) in seen or part is None:
            continue
        seen.add(id(part))
        yield part
        attributes = vars(part)
        stack.extend(attributes.get("components") or ())
        stack.extend((attributes.get("psf_by_chip") or {}).values())
        stack.append(attributes.get("single_psf"))


def _complete(part: Any) -> None:
    """Add the attributes that older versions of Piff did not write."""
    model, interp = vars(part).get("model"), vars(part).get("interp")
    for obj in (part, model, interp):
        if obj is not None and hasattr(obj, "__dict__") and not hasattr(obj, "_num"):
            obj._num = None
    if model is not None and hasattr(model, "__dict__") and not hasattr(model, "_fit_flux"):
        model._fit_flux = None
