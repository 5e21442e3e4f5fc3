# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import io
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.fits._cards import formatCard
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._output import composeHdu
from lsst.afw.table.io import Persistable
from lsst.afw.table.io._errors import MalformedArchiveError
from lsst.afw.table.io._fields import Fields
from lsst.afw.table.io._inputArchive import InputArchive, TableReader
from lsst.afw.table.io._outputArchive import OutputArchive, composeTable
from lsst.afw.table.io._persistable import register
from lsst.pex.exceptions import Exception as PexException
from lsst.pex.exceptions import LengthError, LogicError, NotFoundError

DATA = pathlib.Path(__file__).parent / "data" / "fits"
NODE = Fields("child:J F:first value:D F:second other:J label:8A bytes:QB text:QA")
LEAF = Fields("values:3D one:1J")
PRIMARY = composeHdu([("SIMPLE", True, ""), ("BITPIX", 8, ""), ("NAXIS", 0, "")])


@register("TestLeaf", module="test")
class Leaf(Persistable):
    def __init__(self, values):
        self.values = values

    def _writeArchive(self, out):
        out.addCatalog(LEAF, [{"values": self.values, "one": [7]}])

    @classmethod
    def _readArchive(cls, archive, catalogs):
        assert catalogs[0][0]["one"].shape == (1,)
        return cls(catalogs[0][0]["values"])


@register("TestNode", module="test")
class Node(Persistable):
    def __init__(self, child, other=None):
        self.child, self.other = child, other

    def _writeArchive(self, out):
        row = {"child": out.put(self.child), "other": out.put(self.other), "first": True, "value": 1.5}
        out.addCatalog(NODE, [row])
        out.addCatalog(NODE, [])

    @classmethod
    def _readArchive(cls, archive, catalogs):
        assert len(catalogs) == 2 and len(catalogs[1]) == 0
        row = catalogs[0][0]
        assert (row["first"], row["second"], row["value"]) == (True, False, 1.5)
        return cls(archive.get(row["child"]), archive.get(row["other"]))


@register("TestStateless", module="")
class Stateless(Persistable):
    def _writeArchive(self, out):
        pass

    @classmethod
    def _readArchive(cls, archive, catalogs):
        assert catalogs == []
        return cls()


class Unsaveable(Persistable):
    pass


def reopen(archive):
    return openRaw(PRIMARY + archive.compose())


def openRaw(raw):
    manager = MemFileManager()
    manager.setData(raw, len(raw))
    return InputArchive(FitsFile(manager), 1)


def indexOf(archive):
    fields = ("id", "cat.archive", "cat.persistable", "row0", "nrows", "name")
    return [tuple(row[f] for f in fields) for row in archive._index]


def test_round_trip_and_sharing():
    leaf = Leaf(np.array([1.0, 2.0, np.nan]))
    archive = OutputArchive()
    assert archive.put(None) == 0
    assert archive.put(Node(leaf, Node(leaf, Stateless()))) == 1
    assert archive.put(leaf) == 2
    assert indexOf(archive) == [
        (2, 1, 0, 0, 1, "TestLeaf"),
        (4, -1, -1, -1, 0, "TestStateless"),
        (3, 2, 0, 0, 1, "TestNode"),
        (3, 2, 1, 1, 0, "TestNode"),
        (1, 2, 0, 1, 1, "TestNode"),
        (1, 2, 1, 2, 0, "TestNode"),
    ]
    back = reopen(archive)
    node = back.get(1)
    assert node.child is node.other.child is back.get(2)
    np.testing.assert_array_equal(node.child.values, leaf.values)
    assert isinstance(node.other.other, Stateless)


def test_files_of_one_object(tmp_path):
    path = str(tmp_path / "node.fits")
    Node(Leaf([1, 2, 3])).writeFits(path)
    np.testing.assert_array_equal(Node.readFits(path).child.values, [1, 2, 3])
    with pytest.raises(MalformedArchiveError, match="Node, not a Leaf"):
        Leaf.readFits(path)
    with pytest.raises(LogicError):
        Unsaveable().writeFits(str(tmp_path / "x.fits"))
    assert [p.name for p in tmp_path.iterdir()] == ["node.fits"]
    with pytest.raises(FitsError):
        Leaf.readFits(str(tmp_path / "none.fits"))


def test_order_of_cards():
    """Flags are mentioned between the columns they stand between."""
    records = composeTable(NODE, [], [])
    header = [records[i : i + 80].decode() for i in range(0, len(records), 80)]
    order = [r.split("'")[1].strip() for r in header if r.startswith(("TTYPE", "TFLAG"))]
    assert order == ["flags", "child", "first", "value", "second", "other", "label", "bytes", "text"]
    keys = [r[:8].strip() for r in header]
    assert keys.index("FLAGCOL") == keys.index("TFORM1") + 1
    forms = [r.split("'")[1].strip() for r in header if r.startswith("TFORM")]
    assert forms == ["2X", "1J", "1D", "1J", "8A", "1QB(0)", "1QA(0)"]
    assert all(f"TCCLS{n}" in keys for n in range(2, 8))


def test_bytes_of_a_row():
    fields = Fields("F:band_exists band:32A F:physical_exists physical:32A")
    row = {"band_exists": True, "band": "r", "physical_exists": True, "physical": "r_57"}
    hdu = composeTable(fields, [row], [])
    assert hdu[-2880:][:65] == b"\xc0" + b"r".ljust(32) + b"r_57".ljust(32)


def test_variable_strings_and_values():
    fields = Fields("text:QA bytes:QB ints:QJ doubles:QD short:I angle:Ang name:6A")
    rows = [
        {
            "text": "",
            "bytes": b"\0\1",
            "ints": [1, -2],
            "doubles": [],
            "short": 65535,
            "angle": 1.0,
            "name": "ab c",
        },
        {"text": "amp 1 µ", "bytes": b"", "ints": [], "doubles": [np.nan], "short": 0, "name": ""},
    ]
    raw = PRIMARY + composeTable(fields, rows, [])
    manager = MemFileManager()
    manager.setData(raw, len(raw))
    table = TableReader(FitsFile(manager).hdu(1))
    assert table.fields == fields
    first, second = table.block(0, 2)
    assert (first["text"], bytes(first["bytes"]), first["short"], first["angle"]) == ("", b"\0\1", 65535, 1.0)
    assert first["ints"].tolist() == [1, -2] and second["ints"].size == 0 and first["name"] == "ab c"
    assert second["text"] == "amp 1 µ" and np.isnan(second["doubles"]).all() and np.isnan(second["angle"])
    with fits.open(io.BytesIO(raw)) as hdus:
        assert hdus[1].data["ints"][0].tolist() == [1, -2]
    with pytest.raises(LengthError):
        composeTable(Fields("name:3A"), [{"name": "abcd"}], [])


def link(targets):
    """Archive of nodes whose children have the given ids."""
    archive = OutputArchive()
    catalog = archive._catalogFor(NODE)
    catalog.names.append("TestNode")
    for number, target in enumerate(targets, 1):
        catalog.rows.append({"child": target, "first": True, "value": 1.5})
        entry = {"row0": number - 1, "nrows": 1, "cat.archive": 1, "name": "TestNode"}
        archive._index.append({"id": number, "cat.persistable": 0, **entry})
        archive._index.append({"id": number, "cat.persistable": 1, **entry, "nrows": 0})
    return archive


def test_loops_and_dangling_references():
    with pytest.raises(MalformedArchiveError, match="1 -> 2 -> 3 -> 1"):
        reopen(link([2, 3, 1])).get(1)
    with pytest.raises(MalformedArchiveError, match="1 -> 1"):
        reopen(link([1])).get(1)
    with pytest.raises(MalformedArchiveError, match="no archive object 9"):
        reopen(link([9])).get(1)
    with pytest.raises(MalformedArchiveError, match="deep"):
        reopen(link([*range(2, 5000), 0])).get(1)
    assert reopen(link([2, 3, 0])).get(1).child.child.child is None


def test_failed_objects_are_not_tried_again():
    archive = reopen(link([9]))
    with pytest.raises(PexException):
        archive.get(1)
    with pytest.raises(NotFoundError, match="again"):
        archive.get(1)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda index: index[0].update({"cat.archive": 5}), MalformedArchiveError),
        (lambda index: index[0].update({"row0": 7}), FitsError),
        (lambda index: index[0].update({"nrows": -1}), FitsError),
        (lambda index: index[1].update({"name": "TestLeaf"}), MalformedArchiveError),
        (lambda index: [row.update({"name": "TestLeaf"}) for row in index], MalformedArchiveError),
        (lambda index: index[0].update({"nrows": 0}), MalformedArchiveError),
    ],
)
def test_broken_indexes(change, error):
    archive = link([0])
    change(archive._index)
    with pytest.raises(error):
        reopen(archive).get(1)


def test_no_index():
    with pytest.raises(FitsError, match="not an archive index"):
        openRaw(PRIMARY + composeTable(LEAF, [], []))
    with pytest.raises(FitsError, match="no HDU 1"):
        openRaw(PRIMARY)
    raw = (PRIMARY + link([0]).compose()).replace(b"'ARCHIVE_DATA'", b"'ARCHIVE_DATE'")
    with pytest.raises(FitsError, match="ARCHIVE_DATE"):
        openRaw(raw).get(1)
    raw = (PRIMARY + link([0]).compose()).replace(b"'cat.archive'", b"'cat.archiv'  ").replace(b"64A", b"63A")
    with pytest.raises(PexException):
        openRaw(raw)


def opaque(name, fields, row, module="never.imported"):
    """Archive with one object of a class that does not exist here."""
    archive = OutputArchive()
    catalog = archive._catalogFor(fields)
    catalog.names.append(name)
    catalog.rows.append(row)
    entry = {"id": 1, "cat.archive": 1, "cat.persistable": 0, "row0": 0, "nrows": 1, "name": name}
    archive._index.append({**entry, "module": module})
    return archive


def rewrite(obj):
    archive = OutputArchive()
    archive.put(obj)
    return archive


def test_unknown_psf_is_passed_through():
    pickled = b"cos\nsystem\n(S'exit 1'\ntR."
    archive = opaque(
        "OtherPsf", Fields("bytes:QB"), {"bytes": pickled}, "lsst.meas.extensions.other.otherPsf"
    )
    psf = reopen(archive).get(1)
    from lsst.afw.detection import InvalidPsfError, Psf
    from lsst.geom import Point2D

    assert isinstance(psf, Psf) and psf.isPersistable()
    for method in (
        psf.computeImage,
        psf.computeKernelImage,
        psf.computeShape,
        psf.computeBBox,
        psf.computePeak,
    ):
        with pytest.raises(InvalidPsfError, match="OtherPsf"):
            method(Point2D(0, 0))
    with pytest.raises(InvalidPsfError, match="OtherPsf"):
        psf.getAveragePosition()
    again = rewrite(psf)
    assert again.compose() == archive.compose()
    assert pickled in again.compose()


def test_references_of_known_classes_are_renumbered():
    source = OutputArchive()
    source.put(Leaf([1, 2, 3]))
    fields = Fields("name:QA id:J serial:QA transformMap:J")
    catalog = source._catalogFor(fields)
    catalog.names.append("Detector")
    catalog.rows.append({"name": "ccd 1", "id": 1, "serial": "s", "transformMap": 1})
    entry = {"id": 2, "cat.archive": 2, "cat.persistable": 0, "row0": 0, "nrows": 1, "name": "Detector"}
    source._index.append({**entry, "module": "lsst.afw.cameraGeom"})
    detector = reopen(source).get(2)
    target = OutputArchive()
    target.put(Stateless())
    assert target.put(detector) == 2
    row = reopen(target)._table(2).block(0, 1)[0]
    assert (row["name"], row["id"], row["transformMap"]) == ("ccd 1", 1, 3)


def test_unknown_references_are_not_written(caplog):
    obj = reopen(opaque("Strange", Fields("what:J"), {"what": 1})).get(1)
    assert "cannot be written again" in caplog.text
    assert not obj.isPersistable()
    with pytest.raises(LogicError, match="Strange"):
        rewrite(obj)
    archive = OutputArchive()
    assert archive.put(obj, permissive=True) == 0


@pytest.mark.parametrize(
    ("name", "fields", "row"),
    [
        ("Evil", "bytes:QB", {"bytes": b"x"}),
        (
            "GaussianPsf",
            "dimensions_x:J dimensions_y:J sigma:D",
            {"dimensions_x": 9, "dimensions_y": 9, "sigma": 1.5},
        ),
    ],
)
def test_nothing_in_a_file_is_imported(tmp_path, name, fields, row):
    """A module named by an archive is not imported, even if it exists."""
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')")
    raw = PRIMARY + opaque(name, Fields(fields), row, "evil").compose()
    (tmp_path / "evil.fits").write_bytes(raw)
    code = (
        "from lsst.afw.fits._file import FitsFile\n"
        "from lsst.afw.table.io._inputArchive import InputArchive\n"
        f"import sys; obj = InputArchive(FitsFile('evil.fits'), 1).get(1); assert '{name}' in repr(obj)\n"
        "assert 'evil' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_archive_of_the_real_stack():
    file = FitsFile(str(DATA / "psf_coadd.fits"))
    archive = InputArchive(file, 4)
    classes = {entries[0].name for entries in archive._entries.values()}
    assert "CoaddPsf" in classes and "SkyWcs" in classes
    for hdu in range(4, file.count()):
        table = TableReader(file.hdu(hdu))
        rows = [{name: row[name] for name in row.names} for row in table.block(0, table.nRows)]
        assert file.hdu(hdu).read(0, file.hdu(hdu).dataSize) in composeTable(table.fields, rows, [])


def test_old_encodings():
    columns = [
        ("point", "2J", "Point"),
        ("pos", "2D", "Coord"),
        ("skipped", "1L", "Scalar"),
        ("fluxmag0.err", "1D", "Scalar"),
    ]
    cards = [("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", 33), ("NAXIS2", 1)]
    cards += [("PCOUNT", 0), ("GCOUNT", 1), ("TFIELDS", 4)]
    for n, (name, form, template) in enumerate(columns, 1):
        cards += [(f"TTYPE{n}", name), (f"TFORM{n}", form), (f"TCCLS{n}", template)]
    records = b"".join(formatCard(*card) for card in cards)
    row = np.array((3, 4, 0.1, 0.2, b"T", 5.0), ">i4,>i4,>f8,>f8,S1,>f8").tobytes()
    raw = PRIMARY + (records + b"END".ljust(80)).ljust(2880) + row.ljust(2880, b"\0")
    manager = MemFileManager()
    manager.setData(raw, len(raw))
    row = TableReader(FitsFile(manager).hdu(1)).block(0, 1)[0]
    assert row.names == ("point_x", "point_y", "pos_ra", "pos_dec", "fluxmag0.err")
    assert [row[name] for name in row.names] == [3, 4, 0.1, 0.2, 5.0]
