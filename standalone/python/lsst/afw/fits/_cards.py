# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Header cards: parsing and composing the 80-byte records of a header."""

from __future__ import annotations

__all__ = (
    "BLOCK",
    "CARD",
    "Card",
    "CardValue",
    "FitsError",
    "FitsTypeError",
    "formatCard",
    "parseCards",
    "undefined",
)

import functools
import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from lsst.pex.exceptions import IoError


class FitsError(IoError):
    """Error for a FITS file that is missing, corrupt or unsuitable."""


class FitsTypeError(FitsError):
    """Error for pixels on disk that do not fit the requested type."""


FitsError.__module__ = "lsst.afw.fits"


BLOCK = 2880
CARD = 80

CardValue: TypeAlias = "bool | int | float | str | None"

undefined = None
"""Value of a card with a keyword and no value."""

_COMMENTARY = ("COMMENT", "HISTORY", "")
_INTEGER = re.compile(r"[+-]?\d+\Z")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_STANDARD_KEY = re.compile(r"[A-Z0-9_-]{1,8}\Z")
_SPECIAL_DOUBLES = {"NAN": math.nan, "+INFINITY": math.inf, "-INFINITY": -math.inf}
_PRINTABLE = re.compile(r"[ -~]*\Z")


@dataclass(slots=True)
class Card:
    """One keyword with its value and comment.

    Parameters
    ----------
    key
        Keyword in upper case, without ``HIERARCH``; ``COMMENT`` and
        ``HISTORY`` cards have their text as the value. A card without a
        keyword, but with text, counts as a ``COMMENT`` card.
    value
        Value; `None` if it is undefined.
    comment
        Comment.
    """

    key: str
    value: CardValue
    comment: str = ""


def parseCards(raw: bytes) -> list[Card]:
    """Parse header records up to the END card.

    Parameters
    ----------
    raw
        The records, 80 bytes each.

    Returns
    -------
    cards
        Cards in file order; blank records are left out, and CONTINUE
        records are joined to the card that they continue.

    Raises
    ------
    FitsError
        Raised if a value does not follow the FITS standard.
    """
    return [Card(card.key, card.value, card.comment) for card in _parseCards(bytes(raw))]


# Files of one kind share most of their headers, and each partial read of a
# file starts by parsing the same ones.
@functools.lru_cache(maxsize=128)
def _parseCards(raw: bytes) -> tuple[Card, ...]:
    """Parse header records; the cards must not be changed."""
    text = raw.decode("latin-1")
    cards: list[Card] = []
    continued = False
    for start in range(0, len(text), CARD):
        record = text[start : start + CARD]
        key = record[:8].rstrip().upper()
        if key == "END":
            break
        if key == "CONTINUE" and continued:
            more, comment = _parseString(record[8:].lstrip(), record)
            last = cards[-1]
            last.value = str(last.value)[:-1] + more
            last.comment += comment
        elif key == "HIERARCH" and "=" in record:
            key, _, rest = record[8:].partition("=")
            cards.append(Card(key.strip().upper(), *_parseValue(rest, record)))
        elif key in _COMMENTARY:
            remark = record[8:].rstrip()
            if key or remark:
                cards.append(Card(key or "COMMENT", remark))
        elif record[8] == "=":
            cards.append(Card(key, *_parseValue(record[9:], record)))
        else:
            cards.append(Card(key, undefined, record[8:].strip()))
        value = cards[-1].value if cards else None
        continued = isinstance(value, str) and value.endswith("&") and cards[-1].key not in _COMMENTARY
    for card in cards:
        if isinstance(card.value, str) and card.key not in _COMMENTARY:
            card.value = _SPECIAL_DOUBLES.get(card.value, card.value)
    return tuple(cards)


def _parseValue(text: str, record: str) -> tuple[CardValue, str]:
    text = text.strip()
    if text.startswith("'"):
        return _parseString(text, record)
    word, _, comment = text.partition("/")
    word = word.strip()
    comment = comment.strip()
    if not word:
        return undefined, comment
    if word in ("T", "t", "F", "f"):
        return word in "Tt", comment
    if _INTEGER.match(word):
        # Like the stack, clamp to the range of 64 bits.
        return max(-(2**63), min(int(word), 2**63 - 1)), comment
    if _FLOAT.match(word):
        return float(word), comment
    raise FitsError(f"Cannot parse the value of header card {record.rstrip()!r}.")


def _parseString(text: str, record: str) -> tuple[str, str]:
    """Split a quoted string from the comment after it.

    Doubled quotes are kept as they are, as in the stack.
    """
    if not text.startswith("'"):
        raise FitsError(f"Cannot parse the string in header card {record.rstrip()!r}.")
    position = 1
    while True:
        end = text.find("'", position)
        if end < 0:
            raise FitsError(f"The string in header card {record.rstrip()!r} is not terminated.")
        if text[end + 1 : end + 2] != "'":
            break
        position = end + 2
    return text[1:end].rstrip(), text[end + 1 :].partition("/")[2].strip()


def _formatFloat(value: float) -> str:
    """Return the shortest decimal of 15 to 17 digits that round-trips."""
    if math.isnan(value):
        return "'NAN     '"
    if math.isinf(value):
        return "'+INFINITY'" if value > 0 else "'-INFINITY'"
    texts = (f"{value:.{digits}G}" for digits in (15, 16, 17))
    text = next(t for t in texts if float(t) == value)
    mantissa, exponent, power = text.partition("E")
    return mantissa + ("" if "." in mantissa else ".") + exponent + power


def _formatValue(value: CardValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "T" if value else "F"
    return str(value) if isinstance(value, int) else _formatFloat(value)  # type: ignore[arg-type]


def formatCard(key: str, value: CardValue, comment: str = "") -> bytes:
    """Compose the record or records of one card.

    Parameters
    ----------
    key
        Keyword; anything but a standard keyword of at most eight
        characters becomes a HIERARCH card.
    value
        Value, `None` for an undefined one.
    comment
        Comment; truncated where the record ends.

    Returns
    -------
    records
        One or more records of 80 bytes.

    Raises
    ------
    FitsError
        Raised if the card cannot be expressed in a header.
    """
    key = key.upper()
    if not _PRINTABLE.match(key) or "=" in key or (isinstance(value, str) and not _PRINTABLE.match(value)):
        raise FitsError(f"Header card {key}={value!r} has characters that a FITS header cannot hold.")
    if not _PRINTABLE.match(comment):
        comment = ""
    if key in _COMMENTARY:
        return _commentary(key, str(value))
    head = f"{key:<8}= " if _STANDARD_KEY.match(key) else f"HIERARCH {key} = "
    if isinstance(value, str):
        return _formatString(head, value, comment)
    text = _formatValue(value)
    body = head + (f"{text:<8}" if text.startswith("'") else text.rjust(30 - len(head)))
    if len(body) > CARD:
        raise FitsError(f"Header card {key}={value!r} does not fit a record.")
    if comment:
        body = f"{body} / {comment}" if not text.startswith("'") else f"{body:<30} / {comment}"
    return f"{body:<80.80}".encode("ascii")


def _commentary(key: str, text: str) -> bytes:
    parts = [text[i : i + 72] for i in range(0, max(len(text), 1), 72)]
    return "".join(f"{key:<8}{part:<72}" for part in parts).encode("ascii")


def _formatString(head: str, value: str, comment: str) -> bytes:
    quoted = value.replace("'", "''")
    room = CARD - len(head) - 2
    if room < 10:
        raise FitsError(f"Keyword of header card {head.strip()!r} is too long.")
    if len(quoted) <= room:
        body = f"{head}'{quoted:<8}'"
        if comment:
            body = f"{body:<30} / {comment}"
        return f"{body:<80.80}".encode("ascii")
    records: list[str] = []
    while quoted or not records:
        room = CARD - len(head) - 2
        part, quoted = _split(quoted, room)
        records.append(f"{head}'{part}'")
        head = "CONTINUE  "
    return "".join(f"{record:<80}" for record in records).encode("ascii")


def _split(quoted: str, room: int) -> tuple[str, str]:
    """Cut a quoted string to fit, but not between doubled quotes."""
    if len(quoted) <= room:
        return f"{quoted:<8}", ""
    cut = room - 1
    leading = quoted[:cut]
    if (len(leading) - len(leading.rstrip("'"))) % 2:
        cut -= 1
    return quoted[:cut] + "&", quoted[cut:]
