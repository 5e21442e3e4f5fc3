# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.table import (
    BaseCatalog,
    ExposureCatalog,
    ExposureRecord,
    ExposureTable,
    FieldD,
    Schema,
    SchemaMapper,
)
from lsst.daf.base import PropertyList
from lsst.geom import Angle, Box2I, Extent2I, Point2I, degrees
from lsst.pex.exceptions import LengthError, LogicError, RuntimeError


@pytest.fixture
def schema():
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D", doc="weight of the input")
    schema.addField("visit", type=np.int64)
    schema.addField("flag_bad", type="Flag", doc="is it bad?")
    schema.addField("filter", type=str, size=8)
    schema.addField("corners", type="ArrayD", size=4, units="degree")
    schema.addField("samples", type="ArrayF", size=0)
    schema.addField("text", type="String", size=0)
    schema.addField("angle", type="Angle")
    schema.addField("count", type="U")
    return schema


def fill(catalog, n=3):
    for i in range(n):
        record = catalog.addNew()
        record.setId(10 * i)
        record.setBBox(Box2I(Point2I(i, 2), Extent2I(5, 6)))
        record["weight"] = 0.5 * i
        record["visit"] = 2**40 + i
        record["flag_bad"] = i % 2 == 1
        record["filter"] = f"r {i}"
        record["corners"] = np.arange(4) + i
        record["samples"] = np.ones(i, "f4")
        record["text"] = "x" * i
        record["angle"] = i * degrees
        record["count"] = 65535 - i
    return catalog


def test_initial_values(schema):
    record = ExposureCatalog(schema).addNew()
    assert isinstance(record, ExposureRecord)
    assert np.isnan(record["weight"]) and np.isnan(record["corners"]).all()
    assert (record["visit"], record["flag_bad"], record["filter"], record["count"]) == (0, False, "", 0)
    assert record["samples"].size == 0
    assert record.getWcs() is None and record.psf is None


def test_fields(schema):
    assert schema.getOrderedNames()[:6] == [
        "id",
        "bbox_min_x",
        "bbox_min_y",
        "bbox_max_x",
        "bbox_max_y",
        "weight",
    ]
    key, field = schema.find("weight")
    assert (field.getName(), field.getTypeString(), field.getDoc()) == ("weight", "D", "weight of the input")
    assert key.isValid() and schema.find(key).field == field
    assert "weight" in schema and "nothing" not in schema
    assert schema["bbox"]["min"].find("x").key == schema.find("bbox_min_x").key
    assert schema.getNames(topOnly=True) >= {"bbox", "flag", "weight"}
    assert schema.find("samples").key.isVariableLength()
    assert not schema.find("corners").field.isVariableLength()
    with pytest.raises(KeyError, match="nothing"):
        schema.find("nothing")
    with pytest.raises(ValueError, match="already"):
        schema.addField("weight", type="D")
    with pytest.raises(TypeError, match="size"):
        schema.addField("a", type="String")
    with pytest.raises(TypeError, match="size"):
        schema.addField("a", type="D", size=3)
    with pytest.raises(TypeError, match="No field type"):
        schema.addField("a", type="Complex")


def test_layout_of_records():
    schema = Schema()
    offsets = [schema.addField(f"f{i}", type=t).getOffset() for i, t in enumerate("BIDFL")]
    assert offsets == [0, 4, 8, 16, 24]
    flags = [schema.addField(f"g{i}", type="Flag").getOffset() for i in range(65)]
    assert set(flags[:64]) == {32} and flags[64] == 40
    assert schema.getRecordSize() == 48


def test_counting_fields(schema):
    flags = schema.getFlagFieldCount()
    schema.addField("more", type="Flag")
    assert schema.getFlagFieldCount() == flags + 1
    assert schema.getNonFlagFieldCount() == len(schema) - flags - 1
    names = []
    schema.forEach(lambda item: names.append(item.field.getName()))
    assert names == schema.getOrderedNames()
    assert schema["a"]["b"].getPrefix() == "a_b"


def test_comparing_schemas(schema):
    other = Schema(schema)
    assert other == schema and schema.compare(other, Schema.IDENTICAL) == Schema.IDENTICAL
    other.addField(FieldD("more", "doc"))
    assert other != schema and other.contains(schema) and not schema.contains(other)
    assert ExposureTable.checkSchema(other) and not ExposureTable.checkSchema(Schema())
    with pytest.raises(LogicError):
        ExposureCatalog(Schema())


def test_keys_of_a_shorter_schema(schema):
    key = ExposureTable.getIdKey()
    record = fill(ExposureCatalog(schema))[2]
    assert record.get(key) == 20 and key.get(record) == 20
    with pytest.raises(KeyError):
        BaseCatalog(Schema()).addNew().get(key)


def test_aliases(schema):
    schema.getAliasMap().set("w", "weight")
    record = ExposureCatalog(schema).addNew()
    record["w"] = 2.0
    assert record["weight"] == 2.0
    aliases = schema.getAliasMap()
    assert not aliases.empty()
    assert aliases.erase("w") and not aliases.erase("w")
    assert aliases.empty() and "w" not in schema


def test_values_that_do_not_fit(schema):
    record = ExposureCatalog(schema).addNew()
    with pytest.raises(LengthError, match="123456789"):
        record["filter"] = "123456789"
    with pytest.raises(ValueError, match="4 values"):
        record["corners"] = [1.0]
    for name, value in (("count", -1), ("count", 65536), ("id", 1.5), ("filter", 3), ("angle", 3.0)):
        with pytest.raises(TypeError, match=name):
            record[name] = value


def test_columns(schema):
    catalog = fill(ExposureCatalog(schema), 3)
    np.testing.assert_array_equal(catalog["weight"], [0, 0.5, 1])
    np.testing.assert_array_equal(catalog["flag_bad"], [False, True, False])
    assert catalog["filter"].tolist() == ["r 0", "r 1", "r 2"]
    assert catalog["corners"].shape == (3, 4)
    assert catalog.isContiguous()
    catalog["weight"][:] = 7
    assert catalog[1]["weight"] == 7
    catalog["visit"] = np.arange(3)
    assert catalog[2]["visit"] == 2
    picked = catalog[np.array([True, False, True])]
    assert [r.getId() for r in picked] == [0, 20] and not picked.isContiguous()
    with pytest.raises(RuntimeError, match="contiguous"):
        _ = picked.columns
    assert not picked["weight"].flags.writeable
    with pytest.raises(ValueError, match="5 values"):
        catalog["filter"] = ["a"] * 5


def test_shallow_and_deep_copies(schema):
    catalog = fill(ExposureCatalog(schema), 250)
    shallow, deep = catalog.copy(), catalog.copy(deep=True)
    assert deep.isContiguous() and not catalog.isContiguous()
    catalog[0]["weight"] = 99.0
    assert shallow[0]["weight"] == 99.0 and deep[0]["weight"] == 0.0
    assert deep[7]["samples"].size == 7
    shallow.clear()
    assert len(catalog) == 250


def test_finding_and_sorting(schema):
    catalog = fill(ExposureCatalog(schema), 5)
    assert catalog.find(30)["weight"] == 1.5 and catalog.find(31) is None
    assert catalog.isSorted()
    catalog["weight"] = [3, 1, 2, 5, 4]
    catalog.sort("weight")
    assert [r.getId() for r in catalog] == [10, 20, 0, 40, 30] and not catalog.isSorted()
    assert catalog.find(40)["weight"] == 4
    assert catalog.equal_range(2, "weight") == slice(1, 2)
    catalog.sort()
    assert catalog.isSorted()


def test_storage_and_metadata_of_a_table(schema):
    catalog = ExposureCatalog(schema)
    catalog.reserve(7)
    assert catalog.capacity() == catalog.table.getBufferSize() == 7
    catalog.addNew()
    assert (catalog.capacity(), catalog.table.getBufferSize()) == (7, 6)
    metadata = PropertyList()
    catalog.table.setMetadata(metadata)
    assert catalog.table.popMetadata() is metadata and catalog.table.getMetadata() is None


def test_keyword_setters(schema):
    record = ExposureCatalog(schema).addNew()
    record.setPsf(psf="any object")
    assert record.getPsf() == "any object"
    for args, kwargs in (((), {}), ((1, 2), {}), ((), {"wcs": 1}), ((1,), {"psf": 1})):
        with pytest.raises(TypeError, match="psf"):
            record.setPsf(*args, **kwargs)


def test_mapper(schema):
    mapper = SchemaMapper(schema)
    mapper.addMinimalSchema(ExposureTable.makeMinimalSchema())
    mapper.addMapping(schema.find("weight").key, "w")
    extra = mapper.addOutputField("extra", type="F")
    assert mapper.isMapped(schema.find("weight").key)
    assert not mapper.isMapped(schema.find("filter").key)
    target = ExposureCatalog(mapper.getOutputSchema())
    source = fill(ExposureCatalog(schema), 3)
    source[1].setPsf("any object")
    target.extend(source, mapper=mapper)
    assert target.schema.getOrderedNames()[-2:] == ["w", "extra"]
    assert [r["w"] for r in target] == [0, 0.5, 1] and np.isnan(target[0].get(extra))
    assert target[1].getPsf() == "any object" and target[1].getBBox() == source[1].getBBox()
    with pytest.raises(LogicError):
        target.append(source[0])


def test_box(schema):
    record = ExposureCatalog(schema).addNew()
    for box in (Box2I(), Box2I(Point2I(-3, 7), Extent2I(10, 2))):
        record.setBBox(box)
        assert record.getBBox() == box


def test_file_round_trip(schema, tmp_path):
    catalog = fill(ExposureCatalog(schema), 130)
    schema.getAliasMap().set("w", "weight")
    path = str(tmp_path / "catalog.fits")
    catalog.writeFits(path)
    back = ExposureCatalog.readFits(path)
    assert back.schema.compare(catalog.schema, Schema.EQUAL_FIELDS | Schema.EQUAL_KEYS) == 15
    assert len(back) == 130 and back.isContiguous()
    for old, new in zip(catalog, back, strict=True):
        for name in schema.getOrderedNames():
            np.testing.assert_array_equal(new[name], old[name])
    assert isinstance(back[0]["angle"], Angle)
    assert [p.name for p in tmp_path.iterdir()] == ["catalog.fits"]


def test_base_catalog_in_memory():
    schema = Schema()
    schema.addField("flag", type="Flag")
    schema.addField("x", type="F", units="pixel", doc="a position")
    catalog = BaseCatalog(schema)
    catalog.resize(4)
    catalog["x"] = np.arange(4)
    catalog[2]["flag"] = True
    manager = MemFileManager()
    catalog.writeFits(manager)
    back = BaseCatalog.readFits(manager)
    assert type(back) is BaseCatalog
    np.testing.assert_array_equal(back["flag"], [False, False, True, False])
    assert back.schema.find("x").field.getUnits() == "pixel"
    table = back.asAstropy()
    assert table.colnames == ["flag", "x"] and str(table["x"].unit) == "pix"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(width=32),
            st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8),
            st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5),
            st.lists(st.booleans(), min_size=10, max_size=10),
        ),
        max_size=6,
    )
)
def test_any_values_survive(rows):
    schema = Schema()
    for i in range(5):
        schema.addField(f"early{i}", type="Flag")
    schema.addField("long", type="L")
    schema.addField("float", type="F")
    for i in range(5):
        schema.addField(f"late{i}", type="Flag")
    schema.addField("string", type="String", size=8)
    schema.addField("array", type="ArrayI", size=0)
    flags = [name for name in schema.getOrderedNames() if name.startswith(("early", "late"))]
    catalog = BaseCatalog(schema)
    for long, value, string, array, bits in rows:
        record = catalog.addNew()
        record["long"], record["float"], record["string"], record["array"] = long, value, string, array
        for name, bit in zip(flags, bits, strict=True):
            record[name] = bit
    manager = MemFileManager()
    catalog.writeFits(manager)
    back = BaseCatalog.readFits(manager)
    assert back.schema.getOrderedNames() == schema.getOrderedNames()
    for record, (long, value, string, array, bits) in zip(back, rows, strict=True):
        assert (record["long"], record["string"], record["array"].tolist()) == (long, string, array)
        np.testing.assert_array_equal(record["float"], value)
        assert [record[name] for name in flags] == bits


def test_missing_file(tmp_path):
    with pytest.raises(FitsError):
        BaseCatalog.readFits(str(tmp_path / "none.fits"))


SUMMARY = pathlib.Path(__file__).resolve().parents[3] / "shared/golden/hsc/visitSummary_1176.fits"


@pytest.mark.skipif(not SUMMARY.exists(), reason="needs the reference data")
def test_visit_summary_of_the_real_stack(tmp_path):
    catalog = ExposureCatalog.readFits(str(SUMMARY))
    assert len(catalog) == 103 and catalog.isContiguous()
    assert catalog.table.getMetadata().getArray("COMMENT")[0] == "Catalog id is detector id, sorted."
    record = catalog.find(50)
    assert record["band"] == "z" and record["raCorners"].shape == (4,) and record["visit"] == 1176
    assert record.getBBox().getDimensions() == Extent2I(2048, 4176)
    assert record.getPhotoCalib().getCalibrationMean() > 0
    assert record.getVisitInfo().getExposureTime() == 270.0
    assert len(record.getValidPolygon().getVertices()) > 3
    center = record.getWcs().pixelToSky(1024, 2088)
    assert [r.getId() for r in catalog.subsetContaining(center)] == [50]
    assert center.getRa().asDegrees() == pytest.approx(record["ra"], abs=1e-3)
    path = str(tmp_path / "again.fits")
    catalog.writeFits(path)
    back = ExposureCatalog.readFits(path)
    assert back.schema.compare(catalog.schema, Schema.EQUAL_FIELDS) == Schema.EQUAL_FIELDS
    assert all(a.getWcs() == b.getWcs() for a, b in zip(catalog, back, strict=True))
    np.testing.assert_array_equal(back["psfSigma"], catalog["psfSigma"])
