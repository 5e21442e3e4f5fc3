# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Visits and detectors of science images."""

from __future__ import annotations

__all__ = ("Identified", "NamePattern", "identify")

import dataclasses
import filecmp
import pathlib
import re
from collections.abc import Mapping, Sequence

from ..templateMake._inputs import ScienceFile
from ..templateMake._terminal import Failure

_FIELDS = ("visit", "detector")


class NamePattern:
    """Pattern of the numbers in file names, such as ``c_{visit}_{detector}``.

    Parameters
    ----------
    text
        Pattern of the end of a file name, with ``{visit}`` and
        ``{detector}`` in place of numbers, and ``*`` for any text.

    Raises
    ------
    Failure
        Raised if the pattern names anything else, or a number twice.
    """

    def __init__(self, text: str) -> None:
        parts = re.split(r"(\{\w*\}|\*)", text)
        names = [part[1:-1] for part in parts if part.startswith("{")]
        if sorted(names) != sorted(set(names) & set(_FIELDS)) or not names:
            raise Failure(
                f"The pattern {text!r} needs {{visit}} or {{detector}}, each once, and no other name."
            )
        self._text = text
        self._regex = re.compile("".join(map(self._translate, parts)))

    @staticmethod
    def _translate(part: str) -> str:
        if part.startswith("{"):
            return rf"(?P<{part[1:-1]}>\d+)"
        return ".*" if part == "*" else re.escape(part)

    def numbers(self, path: pathlib.Path) -> dict[str, int]:
        """Return the numbers in the name of a file.

        Raises
        ------
        Failure
            Raised if the name does not match.
        """
        found = self._regex.search(path.name)
        if found is None:
            raise Failure(f"The name of {path} does not match the pattern {self._text!r}.")
        return {name: int(value) for name, value in found.groupdict().items()}


@dataclasses.dataclass
class Identified:
    """A science image with its visit and detector."""

    science: ScienceFile
    visit: int
    detector: int


def identify(
    sciences: Sequence[ScienceFile],
    *,
    pattern: NamePattern | None,
    visit: int | None,
    known: Mapping[pathlib.Path, tuple[int, int]],
) -> list[Identified]:
    """Find the visit and the detector of each science image.

    Parameters
    ----------
    sciences
        Science images.
    pattern
        Pattern of the file names, which takes precedence over the headers.
    visit
        Visit of files without one.
    known
        Visit and detector of files that are already in the repository.

    Returns
    -------
    identified
        Files in the given order. Unknown detectors are numbered in the
        order of the files.

    Raises
    ------
    Failure
        Raised if a visit is unknown, or two files have the same visit and
        detector.
    """
    find_known = _Finder(known).find
    rows: list[tuple[ScienceFile, int, int | None]] = []
    for science in sciences:
        numbers = pattern.numbers(science.path) if pattern is not None else {}
        number = numbers.get("visit", science.visit if science.visit is not None else visit)
        earlier = find_known(science.path)
        if number is None:
            number = earlier[0] if earlier else None
        if number is None:
            raise Failure(
                f"The science image {science.path} names no visit: give one with --visit, or its place in "
                "file names with --names, e.g. 'calexp_{visit}_{detector}.fits'."
            )
        detector = numbers.get("detector", science.detector)
        if detector is None and earlier is not None and earlier[0] == number:
            detector = earlier[1]
        rows.append((science, number, detector))
    return _count_detectors(rows, known)


class _Finder:
    """Finder of known files, by path or as identical copies."""

    def __init__(self, known: Mapping[pathlib.Path, tuple[int, int]]) -> None:
        self._known = known
        self._by_size: dict[int, list[pathlib.Path]] = {}
        for path in known:
            if path.exists():
                self._by_size.setdefault(path.stat().st_size, []).append(path)

    def find(self, path: pathlib.Path) -> tuple[int, int] | None:
        """Return the visit and detector of a file; `None` if it is new."""
        found = self._known.get(path.resolve())
        if found is None:
            for other in self._by_size.get(path.stat().st_size, ()):
                if filecmp.cmp(path, other, shallow=False):
                    return self._known[other]
        return found


def _count_detectors(
    rows: Sequence[tuple[ScienceFile, int, int | None]], known: Mapping[pathlib.Path, tuple[int, int]]
) -> list[Identified]:
    taken: dict[tuple[int, int], pathlib.Path] = {pair: path for path, pair in known.items()}
    for science, visit, detector in rows:
        if detector is None:
            continue
        other = taken.setdefault((visit, detector), science.path.resolve())
        if other != science.path.resolve() and other not in known:
            raise Failure(
                f"The science images {other} and {science.path} are both of visit {visit}, detector "
                f"{detector}: leave out one, or distinguish them with --names."
            )
    identified = []
    for science, visit, detector in rows:
        if detector is None:
            detector = 0
            while (visit, detector) in taken:
                detector += 1
            taken[visit, detector] = science.path.resolve()
        identified.append(Identified(science, visit, detector))
    return identified
