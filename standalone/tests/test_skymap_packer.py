# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packing of tract, patch and band into one integer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.daf.butler import DataCoordinate, DimensionUniverse
from lsst.pex.config import Config
from lsst.skymap.packers import SkyMapDimensionPacker

UNIVERSE = DimensionUniverse()


def fixedDataId():
    dataId = DataCoordinate.standardize(skymap="s", universe=UNIVERSE)
    record = UNIVERSE["skymap"].RecordClass(
        skymap="s", hash=b"\0" * 20, tract_max=18938, patch_nx_max=9, patch_ny_max=9
    )
    return dataId.expanded({"skymap": record})


class WithPacker(Config):
    packer = SkyMapDimensionPacker.make_config_field()


def test_withoutBands():
    packer = WithPacker().packer.apply(fixedDataId())
    assert set(packer.dimensions.required) == {"skymap", "tract", "patch"}
    assert packer.pack(tract=9813, patch=42) == 42 + 81 * 9813
    assert packer.maxBits == (18938 * 81 - 1).bit_length()
    assert packer.pack(tract=1, patch=0, returnMaxBits=True) == (81, packer.maxBits)


@pytest.mark.parametrize(
    "band, number", [("u", 1), ("g", 2), ("r", 3), ("i", 4), ("z", 5), ("y", 6), ("N964", 27)]
)
def test_bandNumbers(band, number):
    packer = SkyMapDimensionPacker(fixedDataId(), n_tracts=10, n_patches=4)
    assert len(packer.SUPPORTED_FILTERS) == 28
    assert packer.pack(tract=7, patch=3, band=band) == 3 + 4 * 7 + number * 40
    assert packer.maxBits == (28 * 40 - 1).bit_length()


@given(
    tract=st.integers(0, 18937),
    patch=st.integers(0, 80),
    band=st.sampled_from(SkyMapDimensionPacker.SUPPORTED_FILTERS[1:7]),
)
@settings(max_examples=30, deadline=None)
def test_roundTrip(tract, patch, band):
    packer = SkyMapDimensionPacker(fixedDataId())
    dataId = DataCoordinate.standardize(skymap="s", tract=tract, patch=patch, band=band, universe=UNIVERSE)
    packed, maxBits = packer.pack(dataId, returnMaxBits=True)
    assert packed < 2**maxBits
    assert packer.unpack(packed) == dataId


def test_configuredBands():
    config = WithPacker()
    config.packer.bands = {"r": 0, "Q": 1}
    config.packer.n_bands = 2
    config.packer.n_tracts, config.packer.n_patches = 3, 5
    packer = config.packer.apply(fixedDataId())
    assert packer.pack(tract=2, patch=4, band="Q") == 4 + 5 * 2 + 15
    assert packer.unpack(29)["band"] == "Q"
    with pytest.raises(ValueError, match="'g'"):
        packer.pack(tract=2, patch=4, band="g")


def test_outOfRange():
    packer = SkyMapDimensionPacker(fixedDataId(), n_bands=0, n_tracts=3, n_patches=5)
    with pytest.raises(ValueError, match="tract 3"):
        packer.pack(tract=3, patch=0)
    with pytest.raises(ValueError, match="patch 5"):
        packer.pack(tract=0, patch=5)
    with pytest.raises(ValueError, match="tract 3"):
        packer.unpack(15)
    with pytest.raises(ValueError, match="consistent"):
        packer.pack(skymap="other", tract=0, patch=0)


def test_dimensions():
    patch = UNIVERSE.conform(["patch"])
    patchAndBand = UNIVERSE.conform(["patch", "band"])
    assert SkyMapDimensionPacker(fixedDataId(), patch).dimensions == patch
    assert SkyMapDimensionPacker(fixedDataId(), patchAndBand).dimensions == patchAndBand
    with pytest.raises(ValueError, match="n_bands"):
        SkyMapDimensionPacker(fixedDataId(), patch, n_bands=3)
    with pytest.raises(ValueError, match="n_bands"):
        SkyMapDimensionPacker(fixedDataId(), patchAndBand, n_bands=0)


@pytest.mark.parametrize(
    "names",
    [
        ["tract"],
        ["skymap"],
        ["band"],
        ["tract", "band"],
        ["patch", "instrument"],
        ["patch", "band", "visit"],
        ["patch", "physical_filter"],
        ["visit", "detector"],
        [],
    ],
)
def test_wrongDimensions(names):
    dimensions = UNIVERSE.conform(names)
    for n_bands in (None, 0, 3):
        with pytest.raises(ValueError, match="packs tract, patch"):
            SkyMapDimensionPacker(fixedDataId(), dimensions, n_bands=n_bands)
