# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gzip codes of FITS tiled images.

Source: sections 10.4.2 and 10.4.3 of the FITS Standard 4.0. Pixels are stored
with their high bytes first; GZIP_2 puts the first bytes of all pixels of a
tile before their second bytes, and so on.

Intel's ISA-L does the work if the package ``isal`` is installed: it compresses
several times faster than zlib, to the same size.
"""

from __future__ import annotations

__all__ = (
    "deflate",
    "inflate",
    "shuffle",
    "unshuffle",
)

from types import ModuleType

import numpy as np

from lsst.pixels import compiled

_LIBRARY: ModuleType
try:
    from isal import isal_zlib as _LIBRARY
except ModuleNotFoundError:
    import zlib as _LIBRARY

_GZIP_LEVEL = 1
# The largest window, and a gzip header.
_GZIP_WINDOW = 31


def deflate(data: bytes | np.ndarray) -> bytes:
    """Compress contiguous data as a self-contained gzip file."""
    return _LIBRARY.compress(data, _GZIP_LEVEL, _GZIP_WINDOW)


def inflate(code: bytes | np.ndarray, most: int) -> bytes:
    """Decompress a gzip file.

    Parameters
    ----------
    code
        Contents of the file.
    most
        Largest number of bytes to expect.

    Raises
    ------
    ValueError
        Raised if the file is corrupt, truncated, or holds more bytes.
    """
    decompressor = _LIBRARY.decompressobj(_GZIP_WINDOW)
    try:
        data = decompressor.decompress(code, most + 1)
    except _LIBRARY.error as err:
        raise ValueError(str(err)) from err
    if not decompressor.eof or len(data) > most:
        raise ValueError(f"It is truncated or holds more than {most} bytes.")
    return data


def shuffle(pixels: np.ndarray) -> np.ndarray:
    """Sort the bytes of each tile's pixels by significance.

    Parameters
    ----------
    pixels
        Pixels, shape (number of tiles, pixels per tile).

    Returns
    -------
    data
        Bytes, shape (number of tiles, bytes per tile).
    """
    out = np.empty((len(pixels), pixels.shape[1] * pixels.itemsize), np.uint8)
    _shuffle(np.ascontiguousarray(pixels).view(f"u{pixels.itemsize}"), out)
    return out


def unshuffle(data: np.ndarray, first: int, out: np.ndarray) -> None:
    """Reassemble pixels from their sorted bytes.

    Parameters
    ----------
    data
        Bytes as returned by `shuffle`.
    first
        Index of the first wanted pixel of each tile.
    out
        Array to fill, shape (number of tiles, number of wanted pixels per
        tile).
    """
    _unshuffle(data, data.shape[1] // out.itemsize, first, out.view(f"u{out.itemsize}"))


@compiled(exact=True)
def _shuffle(pixels, out):  # type: ignore[no-untyped-def]
    n = pixels.shape[1]
    size = pixels.itemsize
    for tile in range(pixels.shape[0]):
        for byte in range(size):
            shift = np.uint64(8 * (size - 1 - byte))
            part = out[tile, byte * n : (byte + 1) * n]
            for i in range(n):
                part[i] = np.uint8((pixels[tile, i] >> shift) & 255)


@compiled(exact=True)
def _unshuffle(data, n, first, out):  # type: ignore[no-untyped-def]
    size = out.itemsize
    wanted = out.shape[1]
    for tile in range(out.shape[0]):
        pixels = out[tile]
        for byte in range(size):
            part = data[tile, byte * n + first : byte * n + first + wanted]
            if byte == 0:
                for i in range(wanted):
                    pixels[i] = part[i]
            else:
                for i in range(wanted):
                    pixels[i] = (pixels[i] << 8) | part[i]
