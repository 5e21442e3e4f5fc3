# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of filters."""

import pickle

import pytest
from lsst.afw.image import FilterLabel
from lsst.pex.exceptions import LogicError

LABELS = [
    FilterLabel.fromBandPhysical("r", "r_57"),
    FilterLabel.fromBand("r"),
    FilterLabel.fromPhysical("r_57"),
    FilterLabel("g", "r_57"),
]


def test_labels():
    both, band, physical, _ = LABELS
    assert (both.bandLabel, both.physicalLabel) == ("r", "r_57")
    assert band.hasBandLabel()
    assert not band.hasPhysicalLabel()
    assert physical.hasPhysicalLabel()
    assert not physical.hasBandLabel()
    with pytest.raises(LogicError):
        _ = band.physicalLabel
    with pytest.raises(LogicError):
        _ = physical.bandLabel


def test_invalid():
    for args in ((), (None,), (None, None)):
        with pytest.raises(ValueError, match="needs a band"):
            FilterLabel(*args)
    for make in (
        lambda: FilterLabel(5),
        lambda: FilterLabel("r", 5),
        lambda: FilterLabel(physical=b"r_57"),
        lambda: FilterLabel.fromBand(None),
        lambda: FilterLabel.fromPhysical(None),
        lambda: FilterLabel.fromBandPhysical("r", None),
        lambda: FilterLabel.fromBandPhysical(None, "r_57"),
    ):
        with pytest.raises(TypeError, match="strings"):
            make()


def test_equality():
    for i, a in enumerate(LABELS):
        for j, b in enumerate(LABELS):
            assert (a == b) == (i == j)
    assert FilterLabel("r", "r_57") == LABELS[0]
    assert len({*LABELS, FilterLabel("r", "r_57")}) == len(LABELS)
    assert LABELS[1] != "r"


@pytest.mark.parametrize("label", [*LABELS, FilterLabel("", "x")])
def test_persistence(label, tmp_path):
    path = str(tmp_path / "label.fits")
    label.writeFits(path)
    assert FilterLabel.readFits(path) == label
    assert pickle.loads(pickle.dumps(label)) == label
    assert repr(eval(repr(label))) == repr(label)
