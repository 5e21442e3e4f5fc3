# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""SkyWcs and transforms as text: pickles, archives, malformed text."""

from __future__ import annotations

import copy
import pathlib
import pickle
import random
import re

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.geom import (
    SkyWcs,
    TransformPoint2ToPoint2,
    makeCdMatrix,
    makeSkyWcs,
    makeWcsPairTransform,
    transformFromString,
)
from lsst.afw.geom._python._transform import unpickleTransform
from lsst.afw.geom.skyWcs import SkyWcs as SkyWcsByModule
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import Exception as LsstException
from lsst.pex.exceptions import TypeError as LsstTypeError

DATA = pathlib.Path(__file__).resolve().parent / "data" / "wcs"
with fits.open(DATA / "wcs_sip.fits") as _hdus:
    SIP = bytes(_hdus["SkyWcs"].data["wcs"][0]).decode("ascii")
TAN = makeSkyWcs(Point2D(10, 20), SpherePoint(30, 40, degrees), makeCdMatrix(1 * arcseconds))


class Out:
    """Archive that remembers what an object wrote."""

    def __init__(self):
        self.catalogs = []

    def addCatalog(self, fields, rows):
        self.catalogs.append((fields, [CatalogRow(row) for row in rows]))


class CatalogRow(dict):
    @property
    def names(self):
        return tuple(self)


def throughArchive(obj):
    out = Out()
    obj._writeArchive(out)
    return type(obj)._readArchive(None, [rows for _, rows in out.catalogs]), out.catalogs


def testForm():
    assert re.match(r"1 SkyWcs 0  Begin FrameSet\n#   Title = ", TAN.writeString())
    assert TAN.writeString().endswith("\n End FrameSet\n")
    transform = makeWcsPairTransform(TAN, TAN)
    assert transform.writeString().startswith("1 TransformPoint2ToPoint2 Begin UnitMap\n")


def testPickle():
    function, arguments = TAN.__reduce__()
    assert function is unpickleTransform
    assert arguments == (SkyWcs, TAN.writeString())
    assert pickle.loads(pickle.dumps(TAN)) == TAN
    assert b"lsst.afw.geom._python._transform" in pickle.dumps(TAN)
    assert (SkyWcs.__module__, TransformPoint2ToPoint2.__module__) == ("lsst.afw.geom",) * 2
    assert SkyWcsByModule is SkyWcs
    assert copy.deepcopy(TAN) == TAN


def testPickleKeepsApproximation():
    wcs = SkyWcs.readString(SIP).copyWithFitsApproximation(TAN)
    again = pickle.loads(pickle.dumps(wcs))
    assert again == wcs and again.getFitsApproximation() == TAN
    assert wcs.writeString().startswith("1 SkyWcs 1  Begin")


def testArchive():
    again, catalogs = throughArchive(SkyWcs.readString(SIP))
    assert again.writeString() == SIP
    [(fields, [row])] = catalogs
    assert [field.name for field in fields] == ["wcs"]
    assert bytes(row["wcs"]).decode() == SIP


def testArchiveWithApproximation():
    wcs = SkyWcs.readString(SIP).copyWithFitsApproximation(TAN)
    again, catalogs = throughArchive(wcs)
    assert [field.name for field in catalogs[0][0]] == ["wcs", "approx"]
    assert again == wcs and again.getFitsApproximation() == TAN


def testArchiveOfTransform():
    transform = makeWcsPairTransform(TAN, SkyWcs.readString(SIP))
    again, catalogs = throughArchive(transform)
    assert [field.name for field in catalogs[0][0]] == ["bytes"]
    assert again.writeString() == transform.writeString()


def testTransformText():
    transform = makeWcsPairTransform(TAN, SkyWcs.readString(SIP))
    for again in (transformFromString(transform.writeString()), pickle.loads(pickle.dumps(transform))):
        assert type(again) is TransformPoint2ToPoint2
        data = np.array([[1.0, 2.0], [3.0, 4.0]])
        np.testing.assert_array_equal(again._applyArray(data), transform._applyArray(data))


def nested(depth):
    """Transform text with mappings nested ``depth`` deep."""
    head = "Begin CmpMap\nNin = 2\nIsA Mapping\nMapA =\n"
    unit = "Begin UnitMap\nNin = 2\nIsA Mapping\nEnd UnitMap\n"
    return "1 TransformPoint2ToPoint2 " + head * depth + unit + f"MapB =\n{unit}End CmpMap\n" * depth


def zoom(items, parent="Mapping"):
    return f"1 TransformPoint2ToPoint2 Begin ZoomMap\nNin = 2\nIsA {parent}\n{items}\nEnd ZoomMap\n"


MALFORMED = {
    "empty": "",
    "no prefix": SIP[11:],
    "version": SIP.replace("1 SkyWcs", "2 SkyWcs", 1),
    "class": SIP.replace("SkyWcs", "SkyWCS", 1),
    "no dump": SIP[:11],
    "truncated": SIP[: len(SIP) // 2],
    "not ascii": SIP.replace("IWC", "IÄC"),
    "twice": SIP + SIP[11:],
    "NUL": SIP.replace("Nframe", "Nfr\0me"),
    "NUL in string": SIP.replace('"ICRS"', '"IC\0RS"', 1),
    "huge number": SIP.replace("Sft1 = -1000", "Sft1 = -1e308"),
    "double for an integer": SIP.replace("Nframe = 3", "Nframe = 3.5"),
    "missing frame": SIP.replace('"PIXELS"', '"OTHER"'),
    "missing link": SIP.replace("    Lnk2 = 1\n", ""),
    "cyclic link": SIP.replace("    Lnk2 = 1\n", "    Lnk2 = 3\n"),
    "many frames": SIP.replace("Nframe = 3", "Nframe = 999999999"),
    "huge integer": SIP.replace("Nframe = 3", f"Nframe = {10**30}"),
    "other frame is current": SIP.replace("Currnt = 3", "Currnt = 2"),
    "missing parent": SIP.replace(" IsA Frame\n", "", 1),
    "other class": SIP.replace("WcsMap", "MathMap"),
    "mapping as axis": SIP.replace("SkyAxis", "Axis"),
    "shape": SIP.replace("Nout = 2", "Nout = 3", 1),
    "polynomial power": SIP.replace("PF2 = 2", "PF2 = 4"),
    "polynomial size": SIP.replace("NCF1 = 6", "NCF1 = 60000000"),
    "polynomial coefficient": SIP.replace("CF7 = 1\n", "NiterInv = 1\n"),
    "projection": SIP.replace('Type = "TAN"', 'Type = "XYZ"'),
    "type of value": SIP.replace("PlrLg = 0", 'PlrLg = "0"'),
    "long line": SIP.replace('"deg"', f'"{"d" * 5000}"'),
}
MALFORMED_TRANSFORMS = {
    "empty": "",
    "version": zoom("Zoom = 2").replace("1 T", "2 T"),
    "unknown class": zoom("Zoom = 2").replace("ToPoint2", "ToPoint7"),
    "no mapping": "1 TransformPoint2ToPoint2 Begin Axis\nEnd Axis\n",
    "deep": nested(5000),
    "no zoom": zoom(""),
    "zero zoom": zoom("Zoom = 0"),
    "huge zoom": zoom("Zoom = 1e308"),
    "item twice": zoom("Zoom = 1\nZoom = 2"),
    "unknown item": zoom("Zoom = 1\nFoo = 2"),
    "parent": zoom("Zoom = 1", "Frame"),
    "object for a number": zoom("Zoom =\nBegin UnitMap\nNin = 2\nIsA Mapping\nEnd UnitMap"),
    "axes": zoom("Zoom = 2").replace("Nin = 2", "Nin = 3"),
    "memory": zoom("Zoom = 2").replace("Nin = 2", "Nin = 500000000"),
    "no object": "1 TransformPoint2ToPoint2 # nothing\n",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def testMalformedSkyWcs(text):
    assert text != SIP
    with pytest.raises(LsstTypeError):
        SkyWcs.readString(text)


@pytest.mark.parametrize("text", MALFORMED_TRANSFORMS.values(), ids=MALFORMED_TRANSFORMS.keys())
def testMalformedTransform(text):
    with pytest.raises(LsstTypeError):
        transformFromString(text)
    with pytest.raises(LsstTypeError):
        TransformPoint2ToPoint2.readString(text)


def testWellFormedVariants():
    assert list(transformFromString(zoom("Zoom = 2")).applyForward(Point2D(1, 2))) == [2, 4]
    assert list(transformFromString(nested(50)).applyForward(Point2D(1, 2))) == [1, 2]


VALUES = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "64",
    "1e308",
    "<bad>",
    "nan",
    '"TAN"',
    '"ICRS"',
    '""',
    "2147483647",
    "0.5",
    "x",
]


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 5))
def testRandomDamage(seed, edits):
    """Whatever is damaged, the result is a WCS or an exception."""
    rng = random.Random(seed)
    lines = SIP.splitlines()
    for _ in range(edits):
        place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        kind = rng.randrange(4)
        if kind == 0:
            del lines[place]
        elif kind == 1:
            lines[place] = lines[other]
        elif kind == 2:
            lines.insert(place, lines[other])
        else:
            lines[place] = re.sub(r"= .*", f"= {rng.choice(VALUES)}", lines[place])
    try:
        wcs = SkyWcs.readString("\n".join(lines) + "\n")
        sky = wcs.pixelToSkyArray([0.0, 1e5], [3.0, -1e5])
        wcs.skyToPixelArray(*sky)
    except LsstException:
        return
    assert wcs == SkyWcs.readString(wcs.writeString())
