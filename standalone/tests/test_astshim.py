# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of AST, as other packages hand them over."""

from __future__ import annotations

import copy
import pickle

import astshim
import numpy as np
import pytest
import starlink.Ast as Ast
from hypothesis import given
from hypothesis import strategies as st
from lsst.afw.geom import SkyWcs, TransformPoint2ToPoint2, makeCdMatrix, makeSkyWcs
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees
from numpy.testing import assert_allclose, assert_array_equal

POINTS = np.array([[0.0, 1.0, -2.5], [3.0, 0.25, 7.0]])


def makeWcs() -> SkyWcs:
    return makeSkyWcs(
        Point2D(100, 200), SpherePoint(40, -30, degrees), makeCdMatrix(0.2 * arcseconds, 30 * degrees)
    )


def makeMappings() -> list[astshim.Mapping]:
    shift = astshim.ShiftMap([1.0, -2.0])
    zoom = astshim.ZoomMap(2, 4.0)
    return [
        shift,
        zoom,
        astshim.UnitMap(2),
        astshim.MatrixMap([[1.0, 2.0], [0.0, 3.0]]),
        astshim.MatrixMap([2.0, 5.0]),
        astshim.PolyMap([[1.0, 1, 2, 0], [2.0, 2, 0, 1]], 2),
        astshim.PolyMap([[2.0, 1, 1, 0], [2.0, 2, 0, 1]], [[0.5, 1, 1, 0], [0.5, 2, 0, 1]]),
        shift.then(zoom),
        astshim.ZoomMap(1, 2.0).under(astshim.ShiftMap([1.0])),
        astshim.Frame(2, "Domain=PIXELS"),
        astshim.SkyFrame("System=GALACTIC"),
        astshim.CmpFrame(astshim.Frame(1, "Domain=TIME"), astshim.Frame(1)),
        astshim.FrameSet(astshim.Frame(2, "Domain=PIXELS"), zoom, astshim.SkyFrame()),
        makeWcs().getFrameDict(),
    ]


@pytest.mark.parametrize("index", range(len(makeMappings())))
def testTextAndPickle(index):
    mapping = makeMappings()[index]
    for back in (
        astshim.Object.fromString(mapping.show()),
        astshim.Mapping.fromString(mapping.show(False)),
        pickle.loads(pickle.dumps(mapping)),
        copy.copy(mapping),
        copy.deepcopy(mapping),
        mapping.copy(),
    ):
        assert back == mapping and back.className == mapping.className
        assert isinstance(back, type(mapping)) or type(mapping) is astshim.FrameDict
        assert_array_equal(back.applyForward(POINTS), mapping.applyForward(POINTS))


def testApply():
    x, y = POINTS
    shift, zoom = astshim.ShiftMap([1.0, -2.0]), astshim.ZoomMap(2, 4.0)
    assert_array_equal(shift.applyForward(POINTS), [x + 1, y - 2])
    assert_array_equal(shift.applyInverse(POINTS), [x - 1, y + 2])
    assert_array_equal(shift.inverted().applyForward(POINTS), [x - 1, y + 2])
    assert_array_equal(shift.then(zoom).applyForward(POINTS), [4 * (x + 1), 4 * (y - 2)])
    assert_array_equal(zoom.then(shift).applyForward([3, 5]), [13, 18])
    assert_array_equal(astshim.MatrixMap([[1.0, 2.0], [0.0, 3.0]]).applyForward(POINTS), [x + 2 * y, 3 * y])
    assert_array_equal(
        astshim.PolyMap([[1.0, 1, 2, 0], [2.0, 2, 0, 1]], 2).applyForward(POINTS), [x**2, 2 * y]
    )
    beside = astshim.ZoomMap(1, 2.0).under(astshim.ShiftMap([1.0]))
    assert (beside.nIn, beside.nOut) == (2, 2)
    assert_array_equal(beside.applyForward(POINTS), [2 * x, y + 1])


def testInputIsNotChanged():
    data = POINTS.copy()
    astshim.ZoomMap(2, 3.0).applyForward(data)
    assert_array_equal(data, POINTS)


def testBadIsNan():
    sky = makeWcs().getFrameDict()
    assert np.isnan(sky.applyInverse([np.deg2rad(220), np.deg2rad(30)])).all()


def testDirections():
    mapping = astshim.PolyMap([[1.0, 1, 2, 0], [2.0, 2, 0, 1]], 2, "IterInverse=0")
    assert mapping.hasForward and not mapping.hasInverse
    inverse = mapping.inverted()
    assert inverse.isInverted and inverse.hasInverse and not inverse.hasForward
    assert not mapping.isLinear
    with pytest.raises(RuntimeError, match="Cannot apply"):
        mapping.applyInverse(POINTS)


@given(st.lists(st.floats(-100, 100), min_size=6, max_size=6))
def testLinearApprox(numbers):
    matrix, shift = np.array(numbers[:4]).reshape(2, 2), np.array(numbers[4:])
    if abs(np.linalg.det(matrix)) < 1e-3:
        return
    mapping = astshim.MatrixMap(matrix).then(astshim.ShiftMap(shift))
    fit = mapping.linearApprox([-5, -5], [5, 7], 1e-6)
    assert_allclose(fit[0], shift, atol=1e-6)
    assert_allclose(fit[1:], matrix, atol=1e-6)


def testNotLinear():
    with pytest.raises(RuntimeError, match="not linear within 1e-06"):
        astshim.PolyMap([[1.0, 1, 2, 0], [2.0, 2, 0, 1]], 2).linearApprox([0, 0], [9, 9], 1e-6)


def testFrame():
    frame = astshim.Frame(2, "Domain=PIXELS,Ident=first")
    assert (frame.nAxes, frame.domain, frame.ident) == (2, "PIXELS", "first")
    frame.setUnit(1, "m")
    frame.setLabel(2, "height")
    frame.setBottom(1, -3.0)
    assert (frame.getUnit(1), frame.getLabel(2), frame.getBottom(1)) == ("m", "height", -3.0)
    assert frame.test("Domain") and not frame.test("Title")
    frame.clear("Domain")
    assert frame.domain == ""
    sky = astshim.SkyFrame()
    assert (sky.system, sky.lonAxis, sky.latAxis, sky.domain) == ("ICRS", 1, 2, "SKY")
    with pytest.raises(RuntimeError, match="set System"):
        sky.system = "NOWHERE"


def testFrameSet():
    frames = astshim.FrameSet(astshim.Frame(2, "Domain=A"))
    frames.addFrame(frames.BASE, astshim.ZoomMap(2, 2.0), astshim.Frame(2, "Domain=B"))
    frames.addFrame(2, astshim.ShiftMap([1, 1]), astshim.SkyFrame())
    assert (frames.nFrame, frames.base, frames.current) == (3, 1, 3)
    assert isinstance(frames.getFrame(3), astshim.SkyFrame)
    assert type(frames.getFrame(1)) is astshim.Frame
    assert_array_equal(frames.applyForward([1, 2]), [3, 5])
    assert_array_equal(frames.getMapping(1, 2).applyForward([1, 2]), [2, 4])
    frames.getFrame(1).domain = "OTHER"
    assert frames.getFrame(1).domain == "A"
    frames.getFrame(1, copy=False).domain = "OTHER"
    assert frames.getFrame(1).domain == "OTHER"
    frames.remapFrame(3, astshim.ZoomMap(2, 10.0))
    assert_array_equal(frames.applyForward([1, 2]), [30, 50])
    frames.removeFrame(2)
    assert_array_equal(frames.applyForward([1, 2]), [30, 50])


def testFrameDict():
    original = astshim.FrameSet(
        astshim.Frame(2, "Domain=A"), astshim.ZoomMap(2, 2.0), astshim.Frame(2, "Domain=B")
    )
    frames = astshim.FrameDict(original)
    assert frames.getAllDomains() == {"A", "B"}
    assert frames.hasDomain("A") and not frames.hasDomain("SKY")
    assert frames.getIndex("B") == 2 and frames.getFrame("B").domain == "B"
    frames.setCurrent("A")
    assert (frames.current, original.current) == (1, 2)
    with pytest.raises(ValueError, match="'B'"):
        frames.setDomain("B")
    frames.setDomain("C")
    assert frames.getAllDomains() == {"B", "C"} and original.getFrame(1).domain == "A"
    with pytest.raises(IndexError, match="'A'"):
        frames.getIndex("A")
    frames.addFrame("B", astshim.ShiftMap([1, 1]), astshim.SkyFrame())
    assert_array_equal(frames.getMapping("C", "SKY").applyForward([1, 2]), [3, 5])
    assert isinstance(frames.copy(), astshim.FrameDict)
    with pytest.raises(ValueError, match="one domain"):
        frames.addFrame("B", astshim.UnitMap(2), astshim.Frame(2, "Domain=C"))
    assert frames.nFrame == 3
    frames.setBase("B")
    assert frames.base == frames.getIndex("B")
    frames.remapFrame("SKY", astshim.ZoomMap(2, 10.0))
    assert_array_equal(frames.applyForward([1, 2]), [20, 30])
    frames.removeFrame("C")
    assert frames.getAllDomains() == {"B", "SKY"}
    with pytest.raises(IndexError, match="'C'"):
        frames.removeFrame("C")
    with pytest.raises(ValueError, match="one domain"):
        astshim.FrameDict(astshim.Frame(2, "Domain=A"), astshim.UnitMap(2), astshim.Frame(2, "Domain=A"))
    with pytest.raises(TypeError, match="ZoomMap"):
        astshim.FrameDict(astshim.ZoomMap(2, 1.5))


def testFitsChannel():
    stream = astshim.StringStream()
    channel = astshim.FitsChan(stream, "Encoding=FITS-WCS, CDMatrix=1")
    channel.setFitsI("NAXIS1", 100)
    channel.setFitsS("OBJECT", "M31")
    channel.setFitsF("EXPOSURE", 2.5)
    assert channel.write(makeWcs().getFrameDict()) == 1
    cards = list(channel)
    assert all(len(card) == 80 for card in cards)
    header = {card[:8].strip(): card[10:30].strip() for card in cards}
    assert header["NAXIS1"] == "100" and header["CTYPE1"] == "'RA---TAN'"
    assert (header["OBJECT"], header["EXPOSURE"]) == ("'M31     '", "2.5")
    expected = makeWcs().getFrameDict().applyForward(POINTS)
    for text in ("".join(cards), "\n".join(cards)):
        back = astshim.FitsChan(astshim.StringStream(text)).read()
        assert isinstance(back, astshim.FrameSet)
        assert_allclose(back.applyForward(POINTS), expected, rtol=1e-12)
    assert astshim.FitsChan(astshim.StringStream(), "Encoding=FITS-WCS").write(astshim.ZoomMap(2, 2.0)) == 0
    with pytest.raises(RuntimeError, match="no object"):
        astshim.FitsChan(astshim.StringStream("OBJECT  = 'M31'")).read()


def testChannel():
    stream = astshim.StringStream()
    mapping = astshim.ZoomMap(2, 2.0)
    assert astshim.Channel(stream, "Comment=0").write(mapping) == 1
    assert stream.getSinkData() == mapping.show(False) and stream.getSourceData() == ""
    assert astshim.StringStream(mapping.show()).getSourceData() == mapping.show()


def testConstructors():
    with pytest.raises(TypeError, match="no constructor"):
        astshim.Mapping()
    with pytest.raises(TypeError, match="not a Mapping"):
        astshim.CmpMap(astshim.UnitMap(2), Ast.UnitMap(2), True)
    with pytest.raises(ValueError, match="to 2 coordinates cannot precede one from 3"):
        astshim.UnitMap(2).then(astshim.UnitMap(3))
    with pytest.raises(ValueError, match="is 3, but there are 2"):
        astshim.PolyMap([[1.0, 3, 1, 0]], 2)
    with pytest.raises(ValueError, match="shape"):
        astshim.UnitMap(2).applyForward(np.zeros((3, 2)))
    with pytest.raises(TypeError, match="holds a ZoomMap"):
        astshim.Frame.fromString(astshim.ZoomMap(2, 2.0).show())
    with pytest.raises(TypeError, match="Malformed"):
        astshim.Object.fromString(" Begin ZoomMap\n End ZoomMap")


def testPicklesNameThePublicModule():
    data = pickle.dumps(astshim.UnitMap(2))
    assert b"astshim" in data and b"_object" not in data


def testUnhashable():
    with pytest.raises(TypeError):
        hash(astshim.UnitMap(2))


def testOtherClassesOfAst():
    """What has no class of its own is of the nearest base."""
    mapping = TransformPoint2ToPoint2(Ast.PcdMap(0.1, [1.0, 2.0])).getMapping()
    assert type(mapping) is astshim.Mapping and mapping.className == "PcdMap"
    assert_array_equal(pickle.loads(pickle.dumps(mapping)).applyForward(POINTS), mapping.applyForward(POINTS))


def testCompoundFramesAreChecked():
    frame = astshim.CmpFrame(astshim.Frame(1, "Domain=TIME"), astshim.Frame(1))
    frames = astshim.FrameSet(astshim.Frame(2), astshim.UnitMap(2), frame)
    assert isinstance(astshim.Object.fromString(frames.show()).getFrame(2), astshim.CmpFrame)
    for old, new in (
        ("    FrameA =", "    Axp1 = 2\n    FrameA ="),
        ("    FrameA =", "    FrameC ="),
        ("          Naxes = 1", "          Naxes = 3"),
        (" IsA Frame\n    FrameA", "    Naxes = 7\n IsA Frame\n    FrameA"),
    ):
        text = frame.show(False)
        assert old in text
        with pytest.raises(TypeError, match="Malformed"):
            SkyWcs.readString("1 SkyWcs 0 " + text.replace(old, new, 1))


def testSkyWcs():
    wcs = makeWcs()
    frames = wcs.getFrameDict()
    assert isinstance(frames, astshim.FrameDict)
    assert frames.getAllDomains() == {"PIXELS", "IWC", "SKY"}
    assert SkyWcs(frames) == SkyWcs(frameDict=frames) == wcs
    frames.setCurrent("IWC")
    frames.setDomain("OTHER")
    assert SkyWcs(wcs.getFrameDict()) == wcs
    with pytest.raises(TypeError, match="IWC"):
        SkyWcs(frames)
    with pytest.raises(TypeError, match="frame set"):
        SkyWcs(astshim.UnitMap(2))


def testTransform():
    mapping = astshim.ZoomMap(2, 3.0)
    transform = TransformPoint2ToPoint2(mapping)
    assert transform.applyForward(Point2D(1, 2)) == Point2D(3, 6)
    assert transform.getMapping() == mapping
    assert type(transform.getMapping()) is astshim.ZoomMap
