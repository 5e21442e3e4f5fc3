# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Intact files, of which the hostile ones are made."""

from __future__ import annotations

import functools
import gzip
import pathlib
from collections.abc import Callable

import numpy as np
from lsst.afw.detection import GaussianPsf
from lsst.afw.detection._psf import OpaquePsf
from lsst.afw.fits import (
    CompressionAlgorithm,
    CompressionOptions,
    DitherAlgorithm,
    MemFileManager,
    QuantizationOptions,
    ScalingAlgorithm,
)
from lsst.afw.geom import Polygon, SkyWcs, makeCdMatrix, makeSkyWcs, makeTanSipWcs, makeTransform
from lsst.afw.image import (
    ApCorrMap,
    CoaddInputs,
    ExposureF,
    ExposureSummaryStats,
    FilterLabel,
    ImageD,
    PhotoCalib,
    VisitInfo,
)
from lsst.afw.math import (
    ChebyshevBoundedField,
    FixedKernel,
    LinearCombinationKernel,
    PolynomialFunction2D,
    ProductBoundedField,
    WarpingControl,
)
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.afw.table.io._fields import Fields
from lsst.afw.table.io._opaque import OpaquePersistable
from lsst.geom import (
    AffineTransform,
    Box2D,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
)
from lsst.meas.algorithms import (
    CoaddBoundedField,
    CoaddBoundedFieldElement,
    CoaddPsf,
    DoubleGaussianPsf,
    KernelPsf,
    PcaPsf,
    WarpedPsf,
)

__all__ = ("SAMPLES", "load", "make_science", "make_template")

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
BOX = Box2I(Point2I(-7, 12), Extent2I(40, 30))
CENTER = Point2D(Box2D(BOX).getCenter())
SKY = SpherePoint(30.0, 10.0, degrees)
# A pickle that ends the process which loads it.
FATAL_PICKLE = b"cos\n_exit\n(I99\ntR."


def _wcs(x: float = 0.0) -> SkyWcs:
    return makeSkyWcs(Point2D(x, 10.0), SKY, makeCdMatrix(0.2 * arcseconds))


def _sip_wcs() -> SkyWcs:
    cubic = np.zeros((4, 4))
    cubic[3, 0] = cubic[1, 2] = 1e-7
    return makeTanSipWcs(CENTER, SKY, makeCdMatrix(0.2 * arcseconds, 30 * degrees), cubic, cubic.T)


def _kernel(sigma: float) -> FixedKernel:
    array = GaussianPsf(9, 9, sigma).computeKernelImage(CENTER).array
    return FixedKernel(ImageD(array, False, Point2I(0, 0)))


def _psfs() -> list:
    shear = AffineTransform(LinearTransform(np.array([[1.1, 0.1], [-0.1, 0.95]])), Extent2D(3.0, 4.0))
    slopes = [PolynomialFunction2D([1.0, 0.0, 0.0]), PolynomialFunction2D([0.0, 0.01, 0.02])]
    control = WarpingControl("lanczos3", "bilinear", 0)
    return [
        GaussianPsf(9, 9, 1.5),
        DoubleGaussianPsf(9, 9, 1.5, 3.0, 0.2),
        KernelPsf(_kernel(1.5), CENTER),
        PcaPsf(LinearCombinationKernel([_kernel(1.5), _kernel(2.0)], slopes), CENTER),
        WarpedPsf(GaussianPsf(9, 9, 1.5), makeTransform(shear), control),
    ]


def _catalog(psfs: list) -> ExposureCatalog:
    """Inputs of a coadd, one for each PSF."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("tract", type="I", doc="tract")
    schema.addField("patch", type="I", doc="patch")
    schema.addField("weight", type="D", doc="weight")
    catalog = ExposureCatalog(schema)
    for i, psf in enumerate(psfs):
        record = catalog.addNew()
        record.setId(2**40 + i)
        record.setPsf(psf)
        record.setWcs(_wcs(0.5 * i))
        record.setBBox(BOX.dilatedBy(20))
        record.setValidPolygon(Polygon(Box2D(BOX.dilatedBy(15))))
        record.setPhotoCalib(PhotoCalib(1.0 + i))
        record.setVisitInfo(VisitInfo(id=i + 1, exposureTime=30.0))
        record["tract"], record["patch"], record["weight"] = 3, i, 1.0 + i
    return catalog


def _field() -> ChebyshevBoundedField:
    return ChebyshevBoundedField(BOX, np.array([[2.0, 0.1, 0.01], [0.2, 0.0, 0.0]]))


def _corrections() -> ApCorrMap:
    corrections = ApCorrMap()
    element = CoaddBoundedFieldElement(_field(), _wcs(), Polygon(Box2D(BOX.dilatedBy(9))), 1.0)
    corrections["a_instFlux"] = _field()
    corrections["b_instFlux"] = ProductBoundedField([_field(), _field()])
    corrections["c_instFlux"] = CoaddBoundedField(BOX, _wcs(), [element])
    return corrections


def _pixels(wcs: SkyWcs) -> ExposureF:
    rng = np.random.default_rng(1)
    exposure = ExposureF(BOX, wcs)
    exposure.image.array[:] = rng.normal(size=exposure.image.array.shape)
    exposure.mask.array[:] = rng.integers(0, 2**9, exposure.mask.array.shape)
    exposure.variance.array[:] = rng.uniform(1, 2, exposure.variance.array.shape)
    exposure.image.array[3, 4] = np.nan
    return exposure


def make_template() -> ExposureF:
    """Return an exposure with all components, PSFs nested as in a template."""
    exposure = _pixels(_sip_wcs())
    patches = [CoaddPsf(_catalog(_psfs()), _wcs(), CENTER, "lanczos3", 0), GaussianPsf(9, 9, 1.2)]
    inputs = _catalog(patches)
    exposure.setPsf(CoaddPsf(inputs, exposure.getWcs(), CENTER, "lanczos3", 10000))
    exposure.setPhotoCalib(PhotoCalib(1.99, 0.1, _field()))
    exposure.setFilter(FilterLabel("r", "r_57"))
    info = exposure.info
    info.setCoaddInputs(CoaddInputs(ExposureCatalog(ExposureTable.makeMinimalSchema()), inputs))
    info.setValidPolygon(Polygon(Box2D(BOX)))
    info.setApCorrMap(_corrections())
    info.setSummaryStats(ExposureSummaryStats(psfSigma=2.5, raCorners=[1.0, 2.0, 3.0, 4.0]))
    info.setVisitInfo(VisitInfo(id=42, exposureTime=30.0, boresightRaDec=SKY))
    info.id = 7
    exposure.metadata.set("FOO", 1.5)
    exposure.metadata.set("A LONG NAME", "it is" + " long" * 30)
    return exposure


def make_science() -> ExposureF:
    """Return an exposure with components that are passed through."""
    exposure = _pixels(_wcs())
    psf = OpaquePsf(
        "PiffPsf",
        "lsst.meas.extensions.piff.piffPsf",
        [(Fields("bytes:QB"), [{"bytes": np.frombuffer(FATAL_PICKLE, np.uint8)}])],
        (),
    )
    exposure.setPsf(psf)
    curve = OpaquePersistable("IdentityTransmissionCurve", "lsst.afw.image", [], ())
    exposure.info.setTransmissionCurve(curve)
    return exposure


def _written(make: Callable[[], ExposureF], compression: str = "") -> bytes:
    file = MemFileManager()
    exposure = make()
    if compression:
        exposure.writeFitsWithOptions(file, _options(compression))
    else:
        exposure.writeFits(file)
    return file.getData()


def _options(compression: str) -> dict[str, CompressionOptions]:
    lossless = CompressionOptions(algorithm=CompressionAlgorithm.GZIP_2)
    if compression == "lossless":
        return dict.fromkeys(("image", "mask", "variance"), lossless)
    lossy = CompressionOptions(
        algorithm=CompressionAlgorithm.RICE_1,
        tile_width=13,
        tile_height=7,
        quantization=QuantizationOptions(
            dither=DitherAlgorithm.SUBTRACTIVE_DITHER_2,
            scaling=ScalingAlgorithm.STDEV_MASKED,
            mask_planes=["NO_DATA"],
            level=16.0,
            seed=5,
        ),
    )
    return {"image": lossy, "mask": lossless, "variance": lossy}


def _sip_file(folder: pathlib.Path) -> bytes:
    path = folder / "wcs.fits"
    _sip_wcs().writeFits(str(path))
    return path.read_bytes()


def _catalog_file(folder: pathlib.Path) -> bytes:
    path = folder / "catalog.fits"
    _catalog(_psfs()).writeFits(str(path))
    return path.read_bytes()


SAMPLES: dict[str, Callable[[pathlib.Path], bytes]] = {
    "template": lambda folder: _written(make_template),
    "lossless": lambda folder: _written(make_template, "lossless"),
    "lossy": lambda folder: _written(make_template, "lossy"),
    "science": lambda folder: _written(make_science),
    "zipped": lambda folder: gzip.compress(_written(make_science), mtime=0),
    "wcs": _sip_file,
    "catalog": _catalog_file,
    "stack_coadd": lambda folder: (DATA / "fits" / "psf_coadd.fits").read_bytes(),
    "stack_kernel": lambda folder: (DATA / "psf" / "psf_kernel.fits").read_bytes(),
    "stack_warped": lambda folder: (DATA / "psf" / "psf_warped.fits").read_bytes(),
    "stack_lossy": lambda folder: (DATA / "fits" / "fits_lossy16.fits").read_bytes(),
    "stack_wcs": lambda folder: (DATA / "wcs" / "wcs_sip.fits").read_bytes(),
    "stack_piff": lambda folder: (DATA / "released" / "psf_piff.fits").read_bytes(),
    "stack_piff_field": lambda folder: (DATA / "released" / "psf_piff_field.fits").read_bytes(),
    "stack_piff_sky": lambda folder: (DATA / "released" / "psf_piff_sky.fits").read_bytes(),
    "stack_cells": lambda folder: (DATA / "released" / "psf_stitched.fits").read_bytes(),
    "stack_psfex": lambda folder: (DATA / "released" / "psf_psfex0.fits").read_bytes(),
}
"""How each file is made; those of the stack were written by the real one."""


@functools.cache
def load(name: str, folder: pathlib.Path) -> bytes:
    """Return the bytes of a sample; ``folder`` is for files on the way."""
    return SAMPLES[name](folder)
