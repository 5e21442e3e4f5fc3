# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that make a file hostile."""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import pickletools
import re
import struct
from collections.abc import Callable

import numpy as np
from lsst.afw.fits import MemFileManager
from lsst.afw.fits._file import FitsFile, Hdu
from lsst.afw.table.io._inputArchive import TableReader

__all__ = ("MUTATIONS", "Victim", "mutate", "replace_value", "set_card")

BLOCK, CARD = 2880, 80
NUMBERS = (0, 1, -1, 2, 3, 7, 8, 255, 65535, 2**31 - 1, -(2**31), 2**31, 2**40, 2**63 - 1, 2**64, 10**30)
VALUES = (
    "T",
    "F",
    "",
    "'",
    "''",
    "'x&'",
    "'NAN'",
    "'+INFINITY'",
    "1E400",
    "-1E-400",
    "1.0D5",
    "NaN",
    "(1, 2)",
    "'" + "A" * 60 + "'",
    "\x00\xff",
    "9" * 60,
)
SIZE_CARD = re.compile(
    r"(Z?NAXIS\d*|Z?BITPIX|ZTILE\d|[PG]COUNT|THEAP|TFIELDS|AR_HDU|AR_NCAT|AR_CATN|ZVAL\d|ZSCALE|ZZERO|ZBLANK"
    r"|ZDITHER0|BSCALE|BZERO|BLANK|TZERO\d+|FLAGCOL|CRVAL\dA|CRPIX\dA|EXPINFO_V|TFORM\d+|MP_\w+)\Z"
)
FORMS = ("1J", "0J", "1QB(5)", "1PB", "2QB", "64A", "1X", "999999999J", "1D", "1L", "1C", "J", "-1J", "1Z")
AST_VALUES = (
    "0",
    "-1",
    "1e308",
    "-1e-308",
    "1e400",
    "nan",
    "<bad>",
    "2147483647",
    "99999999999999999999",
    '"x"',
    '"%s%n"',
    "",
)
AST_CLASSES = (
    *(
        "FrameSet",
        "CmpMap",
        "SkyFrame",
        "Frame",
        "PolyMap",
        "MatrixMap",
        "WcsMap",
        "SphMap",
        "PermMap",
        "UnitMap",
    ),
    *("LutMap", "ZoomMap", "TranMap", "MathMap", "IntraMap", "Table", "KeyMap", "Channel", "Region", "Box"),
)
NAMES = (
    *(
        "os",
        "system",
        "builtins",
        "eval",
        "exec",
        "getattr",
        "posix",
        "subprocess",
        "Popen",
        "numpy",
        "dtype",
    ),
    *("ndarray", "object", "O", "V8", "f8", "galsim.image", "Image", "piff.pixelgrid", "PixelGrid"),
    *("__class__", "__dict__", "__setstate__", "draw", "_array", "_bounds", "_gsparams", "interp", "model"),
    *("galsim.gsparams", "GSParams", "lsst.afw.image._image", "ImageD", "__main__", ""),
)


@dataclasses.dataclass
class Victim:
    """A file under attack.

    Parameters
    ----------
    data
        Bytes of the file.
    touched
        HDUs that were changed, with "header" or "data"; `None` once that
        cannot be told.
    """

    data: bytearray
    touched: set[tuple[int, str]] | None = dataclasses.field(default_factory=set)
    notes: list[str] = dataclasses.field(default_factory=list)

    def hdus(self) -> list[Hdu]:
        """Return the HDUs as far as they can still be found."""
        file = MemFileManager()
        file.setData(bytes(self.data), len(self.data))
        found = []
        try:
            fits = FitsFile(file)
            while (hdu := fits.find(len(found))) is not None and len(found) < 100:
                found.append(hdu)
        except Exception:
            # An earlier change broke the file; what comes before it is left.
            return found
        return found

    def touch(self, index: int, part: str) -> None:
        if self.touched is not None:
            self.touched.add((index, part))

    def touch_all(self) -> None:
        self.touched = None

    def overwrite(self, position: int, new: bytes) -> None:
        """Replace bytes, without changing the length of the file."""
        end = min(position + len(new), len(self.data))
        self.data[position:end] = new[: max(0, end - position)]


def _pick(rng: np.random.Generator, items: list) -> object:
    return items[rng.integers(len(items))]


def _change_bytes(rng: np.random.Generator, victim: Victim) -> None:
    """Change some bytes anywhere."""
    hdus = victim.hdus()
    for position in rng.integers(len(victim.data), size=rng.integers(1, 20)):
        victim.data[position] = rng.choice([0, 255, rng.integers(256), victim.data[position] ^ 1])
        for hdu in hdus:
            if hdu._start <= position < hdu.end:
                victim.touch(hdu.index, "header" if position < hdu.dataStart else "data")


def _cut(rng: np.random.Generator, victim: Victim) -> None:
    """Remove, repeat, add or move a stretch of the file."""
    victim.touch_all()
    size = len(victim.data)
    unit = BLOCK if rng.integers(2) else 1
    a, b = sorted((rng.integers(0, size // unit + 1, 2) * unit).tolist())
    match rng.integers(5):
        case 0:
            del victim.data[a:]
        case 1:
            del victim.data[a:b]
        case 2:
            victim.data[a:a] = victim.data[a:b]
        case 3:
            victim.data[a:a] = rng.bytes(int(rng.integers(1, 9000)))
        case 4:
            victim.data += bytes(victim.data[a:b])


def _cards(hdu: Hdu, data: bytearray) -> list[tuple[int, str]]:
    """Return position and keyword of the cards of an HDU."""
    cards = []
    for position in range(hdu._start, hdu.dataStart, CARD):
        text = data[position : position + CARD].decode("latin-1")
        key = text[9:].partition("=")[0].strip() if text.startswith("HIERARCH") else text[:8].strip()
        cards.append((position, key))
        if key == "END":
            break
    return cards


def set_card(victim: Victim, position: int, value: str) -> None:
    record = victim.data[position : position + CARD].decode("latin-1")
    head = record.partition("=")[0] + "= " if "=" in record[:70] else record[:8] + "= "
    victim.overwrite(position, f"{head}{value}".encode("latin-1").ljust(CARD)[:CARD])


def _change_header(rng: np.random.Generator, victim: Victim) -> None:
    """Change one card of any kind."""
    hdus = victim.hdus()
    if not hdus:
        return
    hdu = _pick(rng, hdus)
    victim.touch(hdu.index, "header")
    cards = _cards(hdu, victim.data)
    position, key = _pick(rng, cards)
    other, _ = _pick(rng, cards)
    victim.notes.append(f"card {key} of HDU {hdu.index}")
    record = bytes(victim.data[position : position + CARD])
    match rng.integers(8):
        case 0:
            set_card(victim, position, str(rng.choice(VALUES)))
        case 1:
            set_card(victim, position, str(_pick(rng, list(NUMBERS))))
        case 2:
            victim.overwrite(position, b" " * CARD)
        case 3:
            victim.overwrite(other, record)
        case 4:
            victim.overwrite(position, bytes(victim.data[other : other + CARD]))
            victim.overwrite(other, record)
        case 5:
            column = int(rng.integers(CARD))
            victim.overwrite(position + column, bytes([rng.integers(256)]))
        case 6:
            victim.overwrite(position, b"END".ljust(CARD))
        case 7:
            victim.overwrite(position, f"CONTINUE  '{rng.choice(VALUES)}'".encode("latin-1").ljust(CARD))


def _change_size(rng: np.random.Generator, victim: Victim) -> None:
    """Make a card that tells a size, a place or a scale lie."""
    cards = [
        (hdu, position, key)
        for hdu in victim.hdus()
        for position, key in _cards(hdu, victim.data)
        if SIZE_CARD.match(key)
    ]
    if not cards:
        return
    hdu, position, key = _pick(rng, cards)
    victim.touch(hdu.index, "header")
    if key.startswith("TFORM"):
        value = f"'{rng.choice(FORMS)}'"
    elif rng.integers(2):
        value = str(_pick(rng, list(NUMBERS)))
    else:
        record = victim.data[position : position + CARD].decode("latin-1")
        digits = re.search(r"=\s*(-?\d+)", record)
        old = int(digits[1]) if digits else 1
        value = str(_pick(rng, [old + 1, old - 1, -old, old * 2, old // 2, old * 1000, f"{old}.5"]))
    victim.notes.append(f"{key} = {value} in HDU {hdu.index}")
    set_card(victim, position, value)


def _tables(victim: Victim) -> list[TableReader]:
    """Return the tables of the archive that can still be read."""
    tables = []
    for hdu in victim.hdus():
        try:
            table = TableReader(hdu)
        except Exception:
            # Not a table, or one that an earlier change broke.
            continue
        if table.nRows and table._dtype.itemsize:
            tables.append(table)
    return tables


def _change_row(rng: np.random.Generator, victim: Victim) -> None:
    """Change one value, or the length or place of an array, in a table."""
    tables = _tables(victim)
    if not tables:
        return
    table = _pick(rng, tables)
    victim.touch(table.hdu.index, "data")
    row = int(rng.integers(table.nRows))
    name = _pick(rng, list(table._dtype.names))
    dtype, offset = table._dtype.fields[name][:2]
    position = table.hdu.dataStart + row * table._dtype.itemsize + offset
    victim.notes.append(f"row {row}, column {name} of HDU {table.hdu.index}")
    base = dtype.base
    if base.kind == "i":
        values = np.array([rng.choice(NUMBERS[:11]) for _ in range(max(1, dtype.itemsize // base.itemsize))])
        new = values.astype(np.int64).astype(base).tobytes()
    elif base.kind == "f":
        value = rng.choice([0.0, -1.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 1e-308, 1e10, 1e5])
        with np.errstate(over="ignore"):
            new = np.array([value]).astype(base).tobytes() * (dtype.itemsize // base.itemsize)
    else:
        new = rng.bytes(dtype.itemsize)
    victim.overwrite(position, new[: dtype.itemsize])


def _change_ids(rng: np.random.Generator, victim: Victim) -> None:
    """Make archive ids loop, dangle or name something else."""
    tables = [table for table in _tables(victim) if any(f.code == "J" for f in table.fields)]
    if not tables:
        return
    # As often the index as all other tables together.
    table = tables[0] if rng.integers(2) else _pick(rng, tables)
    victim.touch(table.hdu.index, "data")
    columns = [name for name in table._dtype.names if table._dtype[name].base == np.dtype(">i4")]
    if not columns:
        return
    for _ in range(rng.integers(1, 4)):
        row, name = int(rng.integers(table.nRows)), _pick(rng, columns)
        offset = table._dtype.fields[name][1]
        position = table.hdu.dataStart + row * table._dtype.itemsize + offset
        value = int(rng.choice([*range(-1, 40), 10**6, 2**31 - 1, -(2**31)]))
        victim.notes.append(f"row {row}, column {name} of HDU {table.hdu.index} is {value}")
        victim.overwrite(position, np.array([value], ">i4").tobytes())
    if rng.integers(4) == 0:
        size = table._dtype.itemsize
        a, b = (table.hdu.dataStart + int(i) * size for i in rng.integers(table.nRows, size=2))
        victim.overwrite(a, bytes(victim.data[b : b + size]))


def _change_text(rng: np.random.Generator, victim: Victim) -> None:
    """Change the text of an AST object, or of statistics."""
    values = [
        (table, row, column)
        for table in _tables(victim)
        for column in table.fields
        if column.isVariable and column.code == "B"
        for row in range(table.nRows)
    ]
    if not values:
        return
    table, row, field = _pick(rng, values)
    text = bytes(table.value(field.name, row)).decode("latin-1")
    for _ in range(rng.integers(1, 4)):
        text = _change_ast(rng, text)
    replace_value(victim, table, row, field.name, text.encode("latin-1", "replace"))
    victim.notes.append(f"text in row {row} of HDU {table.hdu.index}")


def _change_ast(rng: np.random.Generator, text: str) -> str:
    lines = text.split("\n")
    i, j = rng.integers(len(lines), size=2).tolist()
    match rng.integers(10):
        case 0:
            del lines[i]
        case 1:
            lines.insert(j, lines[i])
        case 2:
            lines[i], lines[j] = lines[j], lines[i]
        case 3 | 4 | 5:
            lines[i] = lines[i].partition("=")[0] + "= " + str(rng.choice(AST_VALUES))
        case 6:
            lines[i] = re.sub(r"(Begin|End|IsA) \w+", rf"\1 {rng.choice(AST_CLASSES)}", lines[i])
        case 7:
            old, new = str(rng.choice(AST_CLASSES)), str(rng.choice(AST_CLASSES))
            return text.replace(old, new)
        case 8:
            depth = int(rng.choice([3, 50, 200, 20000]))
            lines[i:i] = [" MapA =", " Begin CmpMap", " Nin = 2"] * depth
        case 9:
            lines = lines[: i + 1]
    return "\n".join(lines)


def _change_pickle(rng: np.random.Generator, victim: Victim) -> None:
    """Change the instructions of a pickle."""
    values = [
        (table, row, column.name)
        for table in _tables(victim)
        for column in table.fields
        if column.isVariable and column.code == "B"
        for row in range(table.nRows)
        if bytes(table.value(column.name, row)[:1]) == b"\x80"
    ]
    if not values:
        return
    table, row, name = _pick(rng, values)
    steps = _instructions(bytes(table.value(name, row)))
    for _ in range(rng.integers(1, 4)):
        _change_steps(rng, steps)
    replace_value(victim, table, row, name, b"".join(steps))
    victim.notes.append(f"pickle in row {row} of HDU {table.hdu.index}")


def _instructions(data: bytes) -> list[bytes]:
    """Take a pickle apart into its instructions, without the frames."""
    places = [place for _, _, place in pickletools.genops(data)] + [len(data)]
    steps = [data[a:b] for a, b in itertools.pairwise(places)]
    return [step for step in steps if step[:1] != b"\x95"]


def _change_steps(rng: np.random.Generator, steps: list[bytes]) -> None:
    i, j = sorted(rng.integers(1, len(steps), size=2).tolist())
    # The start of a pickle makes the model, the rest the stars.
    if rng.integers(2):
        i, j = sorted(rng.integers(1, min(len(steps), 400), size=2).tolist())
    match rng.integers(9):
        case 0:
            del steps[i : i + int(rng.integers(1, 4))]
        case 1:
            steps[i], steps[j] = steps[j], steps[i]
        case 2:
            steps.insert(i, steps[j])
        case 3:
            steps[i:i] = steps[i : min(j, i + 30)]
        case 4:
            steps.insert(i, bytes([rng.choice(list(b"0(12Rbisuted}])lo.NQP\x81\x82\x92\x93\x94\x97\x98"))]))
        case 5:
            names = [k for k, step in enumerate(steps) if step[:1] == b"\x8c"]
            steps[_pick(rng, names)] = _text(str(rng.choice(NAMES)))
        case 6:
            numbers = [k for k, step in enumerate(steps) if step[:1] in b"KMJG"]
            steps[_pick(rng, numbers)] = _number(rng)
        case 7:
            strings = [k for k, step in enumerate(steps) if step[:1] in b"BC\x8c" and len(step) > 2]
            k = _pick(rng, strings)
            steps[k] = steps[_pick(rng, strings)]
        case 8:
            position = int(rng.integers(len(steps[i])))
            steps[i] = steps[i][:position] + rng.bytes(1) + steps[i][position + 1 :]


def _text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def _number(rng: np.random.Generator) -> bytes:
    if rng.integers(2):
        return b"J" + struct.pack("<i", int(rng.choice([0, -1, 1, 3, 100, 2**20, 2**31 - 1, -(2**31)])))
    return b"G" + struct.pack(">d", float(rng.choice([0.0, -1.0, np.nan, np.inf, 1e-300, 1e300, 0.3])))


def replace_value(victim: Victim, table: TableReader, row: int, name: str, value: bytes) -> None:
    """Append a value to the heap of a table, and let a row refer to it."""
    hdu = table.hdu
    column = table._columns[name].name
    dtype, offset = table._dtype.fields[column][:2]
    heap = hdu.read(table._heapStart, hdu.dataSize) + value
    descriptor = np.array([len(value), len(heap) - len(value)], dtype.base).tobytes()
    position = hdu.dataStart + row * table._dtype.itemsize + offset
    victim.overwrite(position, descriptor)
    for card, key in _cards(hdu, victim.data):
        if key == "PCOUNT":
            victim.overwrite(card, f"PCOUNT  = {len(heap):>20}".encode().ljust(CARD))
    data = bytes(victim.data[hdu.dataStart : hdu.dataStart + table._heapStart]) + heap
    victim.data[hdu.dataStart : hdu.end] = data + b"\0" * (-len(data) % BLOCK)
    victim.touch(hdu.index, "data")
    if any(other.index > hdu.index and other.header.get("EXTTYPE") is None for other in victim.hdus()):
        victim.touch_all()


MUTATIONS: dict[str, Callable[[np.random.Generator, Victim], None]] = {
    "bytes": _change_bytes,
    "cut": _cut,
    "header": _change_header,
    "size": _change_size,
    "row": _change_row,
    "ids": _change_ids,
    "text": _change_text,
    "pickle": _change_pickle,
}


def mutate(rng: np.random.Generator, data: bytes) -> Victim:
    """Change a file once to three times.

    Parameters
    ----------
    rng
        Source of all that is random.
    data
        Bytes of an intact file.

    Returns
    -------
    victim
        The changed file, and what was changed.
    """
    zipped = data[:2] == b"\x1f\x8b"
    outside = zipped and rng.integers(2) == 0
    victim = Victim(bytearray(gzip.decompress(data) if zipped and not outside else data))
    for _ in range(rng.integers(1, 4)):
        kind = str(rng.choice(["bytes", "cut"] if outside else list(MUTATIONS)))
        if not victim.data:
            break
        victim.notes.append(kind)
        try:
            MUTATIONS[kind](rng, victim)
        except Exception:
            # An earlier change broke what this one needs.
            victim.touch_all()
    if zipped:
        victim.touch_all()
        if not outside:
            victim.data = bytearray(gzip.compress(bytes(victim.data), mtime=0))
    return victim
