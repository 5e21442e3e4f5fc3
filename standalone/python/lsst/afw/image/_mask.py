# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks, and the names of their bits in this process and in files."""

from __future__ import annotations

__all__ = (
    "Mask",
    "MaskFitsReader",
    "MaskPixel",
    "MaskX",
    "defaultPlanes",
    "makeMaskFromArray",
    "replaceDefault",
)

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, Self

import numpy as np

from lsst.afw.fits import DEFAULT_HDU
from lsst.afw.fits._cards import formatCard
from lsst.afw.fits._planeWriter import planeOptions
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, RuntimeError
from lsst.pixels import move_bits
from lsst.utils import TemplateMeta

from ._fitsWriters import writePlane
from ._pixelBlock import PARENT, ImageOrigin, PixelBlock
from ._planeReader import PlaneReader

MAX_PLANES = 32
INITIAL = (
    "BAD",
    "SAT",
    "INTRP",
    "CR",
    "EDGE",
    "DETECTED",
    "DETECTED_NEGATIVE",
    "SUSPECT",
    "NO_DATA",
    "VIGNETTED",
    "STREAK",
)


class PlaneDict:
    """Names of the bits of a mask, shared by reference between masks.

    Parameters
    ----------
    planes
        Mapping from name to bit number.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if a bit number is not in 0..31 or used twice.
    """

    def __init__(self, planes: Mapping[str, int]) -> None:
        self.bits: dict[str, int] = {}
        for name, bit in planes.items():
            if not 0 <= bit < MAX_PLANES:
                raise RuntimeError(f"Mask plane {name} has bit {bit}; bits are 0 to {MAX_PLANES - 1}.")
            if bit in self.bits.values():
                raise RuntimeError(f"Mask planes {planes} use bit {bit} twice.")
            self.bits[name] = bit
        _live.add(self)

    def getBit(self, name: str) -> int:
        """Return a plane's bit; raise InvalidParameterError if unknown."""
        try:
            return self.bits[name]
        except KeyError:
            raise InvalidParameterError(
                f"Mask plane {name!r} is not among {', '.join(sorted(self.bits))}."
            ) from None

    def add(self, name: str) -> int:
        """Return a plane's bit, adding it to all live dictionaries if new.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if all bits are in use.
        """
        if name in self.bits:
            return self.bits[name]
        used = set(self.bits.values())
        bit = next((i for i in range(MAX_PLANES) if i not in used), None)
        if bit is None:
            raise RuntimeError(f"No bit left for mask plane {name!r}; {MAX_PLANES} are in use.")
        for other in (self, *_live):
            if name not in other.bits and bit not in other.bits.values():
                other.bits[name] = bit
        return bit

    def describe(self, value: int) -> str:
        """Return the comma-separated names of the bits set in a pixel."""
        return ",".join(name for name in sorted(self.bits) if value >> self.bits[name] & 1)


_live: weakref.WeakSet[PlaneDict] = weakref.WeakSet()
_default = PlaneDict({name: bit for bit, name in enumerate(INITIAL)})


def defaultPlanes() -> PlaneDict:
    """Return the default dictionary."""
    return _default


def replaceDefault(planes: Mapping[str, int]) -> PlaneDict:
    """Make a new default dictionary; existing masks keep the old one."""
    global _default
    _default = PlaneDict(planes)
    return _default


def detachDefault() -> PlaneDict:
    """Replace the default dictionary with a copy of itself."""
    return replaceDefault(_default.bits)


PREFIX = "MP_"


def parsePlanes(cards: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Return the mask planes that header cards (keyword, value) describe.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if two planes share a bit, there are too many, or a bit is not
        an integer in 0...31.
    """
    planes: dict[str, int] = {key.removeprefix(PREFIX): bit for key, bit in cards if key.startswith(PREFIX)}
    bits = list(planes.values())
    if not all(type(bit) is int and 0 <= bit < MAX_PLANES for bit in bits) or len(set(bits)) < len(bits):
        raise RuntimeError(f"The mask planes of the file do not have bits of their own: {planes}.")
    return planes


def adoptPlanes(pixels: np.ndarray, planes: Mapping[str, int], conform: bool) -> np.ndarray:
    """Make pixels of a file agree with the default dictionary.

    Parameters
    ----------
    pixels
        Mask pixels, int32; not changed.
    planes
        Planes of the file; if there are none, nothing is done.
    conform
        Whether to replace the default dictionary instead of moving bits.

    Returns
    -------
    pixels
        The same array if no bit has to move; otherwise a new one,
        without the bits that ``planes`` does not describe.
    """
    default = defaultPlanes()
    if not planes or planes == default.bits:
        return pixels
    if conform:
        replaceDefault(planes)
        return pixels
    moves = {planes[name]: default.add(name) for name in sorted(planes)}
    return pixels if all(old == new for old, new in moves.items()) else move_bits(pixels, moves)


def maskPlaneRecords() -> list[bytes]:
    """Compose the cards of the planes of the default mask dictionary."""
    return [formatCard(PREFIX + name, bit) for name, bit in sorted(defaultPlanes().bits.items())]


MaskPixel = np.int32


class MaskX(PixelBlock):
    """A plane of int32 bit masks whose bits are named by a dictionary.

    Constructors: ``(bbox | dimensions | width, height[, initialValue]
    [, planeDefs])``; ``(mask, deep=False)``; ``(mask, bbox, origin=PARENT,
    deep=False)``; ``(array, deep=False, xy0=Point2I(0, 0))``, which shares an
    int32 array; ``(fileName, hdu=..., metadata=None, bbox=Box2I(),
    origin=PARENT, conformMasks=False, allowUnsafe=False)``, which adds the
    header to ``metadata``. Masks made without ``planeDefs`` share the
    process-wide default dictionary, on which the static methods act.

    Raises
    ------
    TypeError
        Raised if the arguments match none of the constructors, or an array
        has the wrong type, number of dimensions or order in memory.
    lsst.pex.exceptions.LengthError
        Raised if a box is not inside the mask.
    """

    dtype = MaskPixel
    _planes: PlaneDict

    _selectors = ("src", "array", "fileName", "manager", "bbox", "dimensions", "width")

    def _allocate(self, box: Box2I | Extent2I, *args: Any, **kwargs: Any) -> None:
        if args and isinstance(args[0], Mapping):
            kwargs["planeDefs"], args = args[0], args[1:]
        planeDefs = args[1] if len(args) == 2 else kwargs.pop("planeDefs", {})
        super()._allocate(box, *args[:1], **kwargs)
        self._planes = PlaneDict(planeDefs) if planeDefs else defaultPlanes()

    def _adopt(self, source: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(source, np.ndarray):
            self._wrap(source, *args, **kwargs)
            self._planes = defaultPlanes()
        elif isinstance(source, MaskX):
            self._copySource(source, *args, **kwargs)
            self._planes = source._planes
        else:
            return False
        return True

    def _headerRecords(self) -> list[bytes]:
        return maskPlaneRecords()

    # The default dictionary.

    @staticmethod
    def addMaskPlane(name: str) -> int:
        """Return the bit number of a plane, adding it if it does not exist.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if all 32 bits are in use.
        """
        return defaultPlanes().add(name)

    @staticmethod
    def getMaskPlane(name: str) -> int:
        """Return a plane's bit; raise InvalidParameterError if unknown."""
        return defaultPlanes().getBit(name)

    @staticmethod
    def getPlaneBitMask(name: str | Sequence[str]) -> int:
        """Return the pixel value with the bits of one or several planes set.

        It is negative if one of them has bit 31.
        """
        names = [name] if isinstance(name, str) else name
        value = 0
        for each in names:
            value |= 1 << defaultPlanes().getBit(each)
        return int(_toPixel(value))

    @staticmethod
    def removeMaskPlane(name: str) -> None:
        """Remove a plane from the default dictionary; existing masks keep it.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no such plane.
        """
        defaultPlanes().getBit(name)
        del detachDefault().bits[name]

    @staticmethod
    def clearMaskPlaneDict() -> None:
        """Remove all planes from the default dictionary."""
        defaultPlanes().bits.clear()

    @staticmethod
    def getNumPlanesMax() -> int:
        return MAX_PLANES

    @staticmethod
    def getNumPlanesUsed() -> int:
        return len(defaultPlanes().bits)

    @staticmethod
    def interpret(value: int) -> str:
        """Return comma-separated, sorted names of the bits set in a value."""
        return defaultPlanes().describe(value)

    @staticmethod
    def parseMaskPlaneMetadata(metadata: Any) -> dict[str, int]:
        """Return the planes that the ``MP_*`` entries of a header describe.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if two planes share a bit, there are too many, or a bit is
            not an integer in 0...31.
        """
        return parsePlanes((name, metadata.getScalar(name)) for name in metadata.names())

    @staticmethod
    def addMaskPlanesToMetadata(metadata: Any) -> None:
        """Add the default dictionary to a header as ``MP_*`` entries."""
        for name, bit in sorted(defaultPlanes().bits.items()):
            metadata.set(PREFIX + name, bit)

    # This mask.

    def getMaskPlaneDict(self) -> dict[str, int]:
        """Return the bit numbers of this mask's planes by name."""
        return dict(self._planes.bits)

    def clearAllMaskPlanes(self) -> None:
        """Set all pixels to 0."""
        self._array[...] = 0

    def clearMaskPlane(self, plane: int) -> None:
        """Clear one bit in all pixels.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the default dictionary has no such bit.
        """
        self &= ~_bitMask(plane)

    def setMaskPlaneValues(self, plane: int, x0: int, x1: int, y: int) -> None:
        """Set one bit in LOCAL columns ``x0`` to ``x1`` (inclusive) of a row.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the default dictionary has no such bit.
        IndexError
            Raised if the pixels are not inside the mask.
        """
        bits = _toPixel(_bitMask(plane))
        if not (0 <= x0 <= x1 + 1 <= self.getWidth() and 0 <= y < self.getHeight()):
            raise IndexError(f"Columns {x0}..{x1} of row {y} are not inside {self.getDimensions()} pixels.")
        self._array[y, x0 : x1 + 1] |= bits

    def removeAndClearMaskPlane(self, name: str, removeFromDefault: bool = False) -> None:
        """Clear a plane and drop it from this mask's dictionary.

        Parameters
        ----------
        name
            Name of the plane.
        removeFromDefault
            Whether to remove it from the default dictionary, too.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no such plane.
        """
        self &= ~(1 << self._planes.getBit(name))
        self._planes = PlaneDict({key: bit for key, bit in self._planes.bits.items() if key != name})
        if removeFromDefault:
            self.removeMaskPlane(name)

    def printMaskPlanes(self) -> None:
        """Print the planes of this mask."""
        for name, bit in sorted(self._planes.bits.items()):
            print(f"Plane {bit} -> {name}")

    def getAsString(self, x: int, y: int) -> str:
        """Return the names of the planes set in the pixel at LOCAL (x, y)."""
        return self._planes.describe(int(self._array[y, x]))

    def conformMaskPlanes(self, masterPlaneDict: Mapping[str, int]) -> None:
        """Move the bits of the pixels to where the default dictionary has
        them, and adopt that dictionary.

        Parameters
        ----------
        masterPlaneDict
            Bit numbers by name of the planes in the pixels. Names that
            are not in the default dictionary are added to it. If any plane
            has to move, bits not described are cleared.

        Notes
        -----
        Nothing happens if ``masterPlaneDict`` equals the mask's own
        dictionary, even if the default dictionary differs from both. So
        this does not bring a mask that was made with planes of its
        own in line with the default.
        """
        if dict(masterPlaneDict) == self._planes.bits:
            return
        moves = {masterPlaneDict[name]: defaultPlanes().add(name) for name in sorted(masterPlaneDict)}
        if any(old != new for old, new in moves.items()):
            self._array[...] = move_bits(self._array, moves)
        self._planes = defaultPlanes()

    def __ior__(self, rhs: Any) -> Self:
        self._array |= self._operand(rhs)
        return self

    def __iand__(self, rhs: Any) -> Self:
        self._array &= self._operand(rhs)
        return self

    def __ixor__(self, rhs: Any) -> Self:
        self._array ^= self._operand(rhs)
        return self

    def _operand(self, rhs: Any) -> Any:
        """Return the right-hand side as a scalar or an array of pixels."""
        if not isinstance(rhs, MaskX):
            return self._scalar(rhs)
        if self._planes is not rhs._planes and self._planes.bits != rhs._planes.bits:
            raise RuntimeError(f"Mask planes differ: {self._planes.bits} and {rhs._planes.bits}.")
        self._checkDimensions(rhs)
        return rhs._array

    def _scalar(self, value: Any) -> Any:
        if not isinstance(value, int | np.integer):
            raise TypeError(f"Expected an integer or a Mask, got {value!r}.")
        return _toPixel(int(value))

    def __or__(self, other: Any) -> NoReturn:
        raise _notImplemented("|")

    def __and__(self, other: Any) -> NoReturn:
        raise _notImplemented("&")

    def __xor__(self, other: Any) -> NoReturn:
        raise _notImplemented("^")

    @classmethod
    def readFits(cls, filename: str, hdu: int = DEFAULT_HDU) -> Self:
        """Read from a FITS file, moving bits to the default dictionary's."""
        # Defined here too, since `Mask` copies it from this class only.
        return super().readFits(filename, hdu)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (np.ascontiguousarray(self._array), self._x0, self._y0, self._planes.bits)


MaskX.__module__ = "lsst.afw.image"


def _restore(array: np.ndarray, x0: int, y0: int, planes: Mapping[str, int]) -> MaskX:
    """Unpickle a mask, whose planes may have other bits in this process."""
    mask = MaskX(array if array.flags.writeable else array.copy(), xy0=Point2I(x0, y0))
    mask.conformMaskPlanes(planes)
    return mask


def _toPixel(value: int) -> Any:
    """Return the pixel with the bits of an integer of at most 32 bits."""
    if not -(1 << 31) <= value < 1 << 32:
        raise OverflowError(f"{value} has more than 32 bits.")
    return np.uint32(value & 0xFFFFFFFF).view(MaskPixel)


def _bitMask(plane: int) -> int:
    """Return the value of a bit that the default dictionary must have."""
    if plane not in defaultPlanes().bits.values():
        raise InvalidParameterError(f"No mask plane has bit {plane}.")
    return 1 << plane


def _notImplemented(operator: str) -> NotImplementedError:
    return NotImplementedError(f"Masks are modified in place: use {operator}= instead of {operator}.")


class Mask(metaclass=TemplateMeta):
    """Masks; `MaskX` is the only kind."""

    TEMPLATE_DEFAULTS = (MaskPixel,)

    def writeFitsWithOptions(
        self, dest: str, options: Mapping[str, Any] | None, item: str | None = None
    ) -> None:
        """Write to a FITS file with compression.

        Parameters
        ----------
        dest
            Path of the file.
        options
            Compression options by plane; `None` for no compression.
        item
            Plane whose options apply; ``"mask"`` if not given.
        """
        writePlane(self, dest, options=planeOptions(options, item or "mask"))


Mask.register(MaskPixel, MaskX)
Mask.alias("X", MaskX)


def makeMaskFromArray(array: np.ndarray | None) -> MaskX | None:
    """Make a mask that shares the memory of an int32 array.

    Parameters
    ----------
    array
        Array of shape (height, width), or `None`.

    Returns
    -------
    mask
        Mask with its origin at (0, 0) and the default planes, or `None`.

    Raises
    ------
    TypeError
        Raised if the array is of another type.
    """
    return None if array is None else MaskX(array)


class MaskFitsReader(PlaneReader):
    """Reader of a mask in a FITS file.

    Parameters
    ----------
    fileName
        Path of the file, or an in-memory file.
    hdu
        0-based position of the mask, as for `ImageFitsReader`.
    """

    _types = (np.dtype("i4"),)
    _keepBlank = True

    def read(
        self,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> MaskX:
        """Read a mask; see `readArray`.

        Bits are moved to where the default dictionary of this process has
        their planes; unknown planes are added to it.

        Parameters
        ----------
        bbox, origin, allowUnsafe, dtype
            As for `readArray`.
        conformMasks
            Whether to replace the default dictionary with that of the file.
        """
        array = self.readArray(bbox, origin, allowUnsafe, dtype)
        array = adoptPlanes(array, self._readPlanes(), conformMasks)
        return MaskX(array, xy0=self.readXY0(bbox, origin))

    def _readPlanes(self) -> dict[str, int]:
        header = self._file.hdu(self._index).header
        cards = list(header.cards)
        if header.get("INHERIT") is True:
            cards = self._file.hdu(0).header.cards + cards
        return parsePlanes((card.key, card.value) for card in cards)


MaskFitsReader.__module__ = "lsst.afw.image"
MaskX._readerClass = MaskFitsReader
