# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fitting and subtraction of the background of an exposure."""

from __future__ import annotations

__all__ = (
    "SubtractBackgroundConfig",
    "SubtractBackgroundTask",
    "TooManyMaskedPixelsError",
    "backgroundFlatContext",
)

import contextlib
import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom
import lsst.pex.config as pexConfig
import lsst.pipe.base as pipeBase
from lsst.afw.math._background import RowModel, strips
from lsst.afw.math._robust import RunningMoments
from lsst.pex.exceptions import LengthError
from lsst.pixels import parallel_map


class TooManyMaskedPixelsError(pipeBase.AlgorithmError):
    """Exception raised if no pixel is left to measure the background on."""

    @property
    def metadata(self) -> dict[str, Any]:
        """Additional information on the error; empty."""
        return {}


@contextlib.contextmanager
def backgroundFlatContext(
    maskedImage: Any,
    doApply: bool,
    backgroundToPhotometricRatio: afwImage.Image | None = None,
) -> Iterator[Any]:
    """Multiply an image by a ratio of flats within a context.

    Parameters
    ----------
    maskedImage
        Image, flat for photometry. It is multiplied by the ratio in place and
        divided by it at the end.
    doApply
        Whether to apply the ratio; if not, nothing is changed.
    backgroundToPhotometricRatio
        Ratio of the image flattened for background to that for photometry.

    Raises
    ------
    RuntimeError
        Raised if the ratio is needed but missing.
    ValueError
        Raised if the ratio is not an image.
    """
    if not doApply:
        yield maskedImage
        return
    if backgroundToPhotometricRatio is None:
        raise RuntimeError("The ratio of background to photometric flat is needed, but was not given.")
    if not isinstance(backgroundToPhotometricRatio, afwImage.Image):
        raise ValueError(
            f"The ratio of flats must be an image, not {type(backgroundToPhotometricRatio).__name__}."
        )
    maskedImage *= backgroundToPhotometricRatio
    try:
        yield maskedImage
    finally:
        maskedImage /= backgroundToPhotometricRatio


def filterSuperPixels(
    bbox: lsst.geom.Box2I, background: afwMath.BackgroundMI, superPixelFilterSize: int = 3
) -> None:
    """Replace each bin of a background by the median around it, in place.

    Bins without a value first get the median of all bins.

    Parameters
    ----------
    bbox
        Box of the background; not used, since the bins define their own.
    background
        Background whose statistics image is changed, but not its variance.
    superPixelFilterSize
        Width of the square window, in bins.
    """
    array = background.getStatsImage().image.array
    missing = np.isnan(array)
    if missing.any() and not missing.all():
        array[missing] = np.nanmedian(array)
    array[:, :] = median_filter(array, mode="reflect", size=superPixelFilterSize)


class SubtractBackgroundConfig(pexConfig.Config):
    """Configuration of `SubtractBackgroundTask`."""

    statisticsProperty = pexConfig.ChoiceField[str](
        doc="Statistic of the pixels of a bin.",
        default="MEANCLIP",
        allowed={"MEANCLIP": "clipped mean", "MEAN": "unclipped mean", "MEDIAN": "median"},
    )
    undersampleStyle = pexConfig.ChoiceField[str](
        doc="What to do if there are too few bins for the interpolation style or the order of the model.",
        default="REDUCE_INTERP_ORDER",
        allowed={
            "THROW_EXCEPTION": "raise an exception",
            "REDUCE_INTERP_ORDER": "use a simpler style or a lower order",
            "INCREASE_NXNYSAMPLE": "make more bins",
        },
    )
    binSize = pexConfig.RangeField(dtype=int, doc="Size of the bins (pixels).", default=128, min=1)
    binSizeX = pexConfig.RangeField(
        dtype=int, doc="Size of the bins in x (pixels); 0 to use binSize.", default=0, min=0
    )
    binSizeY = pexConfig.RangeField(
        dtype=int, doc="Size of the bins in y (pixels); 0 to use binSize.", default=0, min=0
    )
    algorithm = pexConfig.ChoiceField[str](
        doc="How to interpolate between bins.",
        default="AKIMA_SPLINE",
        optional=True,
        allowed={
            "CONSTANT": "one value for each bin",
            "LINEAR": "linear",
            "NATURAL_SPLINE": "cubic spline with zero second derivative at the ends",
            "AKIMA_SPLINE": "cubic spline that is robust to outliers",
            "NONE": "no background estimation is to be attempted",
        },
    )
    ignoredPixelMask = pexConfig.ListField[str](
        doc="Names of mask planes; pixels with any of them are ignored.",
        default=["BAD", "EDGE", "DETECTED", "DETECTED_NEGATIVE", "NO_DATA"],
    )
    isNanSafe = pexConfig.Field[bool](
        doc="Whether to ignore pixels that are not finite. If not, they must be masked.", default=False
    )
    useApprox = pexConfig.Field[bool](
        doc="Whether to fit a Chebyshev series to the bins rather than interpolate.", default=True
    )
    approxOrderX = pexConfig.Field[int](doc="Order of the series in x.", default=6)
    approxOrderY = pexConfig.Field[int](
        doc="Order of the series in y; must be that in x, or -1 to be the same.", default=-1
    )
    weighting = pexConfig.Field[bool](
        doc="Whether to weight bins by inverse variance when the series is fitted.", default=True
    )
    doApplyFlatBackgroundRatio = pexConfig.Field[bool](
        doc="Whether to multiply the image by a ratio of flats while its background is subtracted.",
        default=False,
    )
    doFilterSuperPixels = pexConfig.Field[bool](
        doc="Whether to apply a median filter to the bins.", default=False
    )
    superPixelFilterSize = pexConfig.Field[int](doc="Width of the median filter (bins).", default=3)


class SubtractBackgroundTask(pipeBase.Task):
    """Task that fits and subtracts the background of an exposure."""

    ConfigClass = SubtractBackgroundConfig
    config: SubtractBackgroundConfig
    _DefaultName = "subtractBackground"

    def run(
        self,
        exposure: afwImage.ExposureF,
        background: afwMath.BackgroundList | None = None,
        stats: bool = True,
        statsKeys: Sequence[str] | None = None,
        backgroundToPhotometricRatio: afwImage.Image | None = None,
    ) -> pipeBase.Struct:
        """Fit and subtract the background.

        Parameters
        ----------
        exposure
            Exposure; the background is subtracted from its image in place.
        background
            Backgrounds already subtracted; the new one is appended.
        stats
            Whether to add mean and variance of the sum of all backgrounds to
            the exposure's metadata.
        statsKeys
            Metadata keys for these, ("BGMEAN", "BGVAR") by default.
        backgroundToPhotometricRatio
            See `backgroundFlatContext`.

        Returns
        -------
        struct
            With ``background``, the `lsst.afw.math.BackgroundList`.

        Raises
        ------
        TooManyMaskedPixelsError
            Raised if all pixels have an ignored mask plane.
        """
        if background is None:
            background = afwMath.BackgroundList()
        maskedImage = exposure.maskedImage
        with backgroundFlatContext(
            maskedImage, self.config.doApplyFlatBackgroundRatio, backgroundToPhotometricRatio
        ):
            fitted = self.fitBackground(maskedImage)
            if self.config.doFilterSuperPixels:
                filterSuperPixels(maskedImage.getBBox(), fitted, self.config.superPixelFilterSize)
            if stats:
                _requireDimensions(background, maskedImage.getDimensions())
            _subtract(
                maskedImage.image, fitted._makeModel(self.config.algorithm, self.config.undersampleStyle)
            )
        actrl = fitted.getBackgroundControl().getApproximateControl()
        background.append(
            (
                fitted,
                getattr(afwMath.Interpolate, self.config.algorithm),
                fitted.getAsUsedUndersampleStyle(),
                actrl.getStyle(),
                actrl.getOrderX(),
                actrl.getOrderY(),
                actrl.getWeighting(),
            )
        )
        if stats:
            sums = _moments(background, maskedImage.getDimensions())
            meanKey, varianceKey = statsKeys or ("BGMEAN", "BGVAR")
            exposure.getMetadata().addDouble(meanKey, sums.mean)
            exposure.getMetadata().addDouble(varianceKey, sums.variance)
        return pipeBase.Struct(background=background)

    def fitBackground(
        self, maskedImage: afwImage.MaskedImageF, nx: int = 0, ny: int = 0, algorithm: str | None = None
    ) -> afwMath.BackgroundMI:
        """Measure the background of an image.

        Parameters
        ----------
        maskedImage
            Image; not changed.
        nx, ny
            Number of bins; 0 for bins of about the configured size.
        algorithm
            Interpolation style, in place of the configured one.

        Returns
        -------
        background
            Background, given by the statistics of its bins.

        Raises
        ------
        TooManyMaskedPixelsError
            Raised if all pixels have an ignored mask plane.
        ValueError
            Raised if the bins are too few for the configured order and may not
            be changed; or the orders in x and y differ.
        """
        config = self.config
        width, height = maskedImage.getWidth(), maskedImage.getHeight()
        nx = nx or math.ceil(width / (config.binSizeX or config.binSize))
        ny = ny or math.ceil(height / (config.binSizeY or config.binSize))
        sctrl = afwMath.StatisticsControl()
        sctrl.setAndMask(maskedImage.mask.getPlaneBitMask(list(config.ignoredPixelMask)))
        sctrl.setNanSafe(config.isNanSafe)
        if not _hasGoodPixel(maskedImage.mask.array, sctrl.getAndMask()):
            raise TooManyMaskedPixelsError(
                f"All {width} x {height} pixels have one of the mask planes {list(config.ignoredPixelMask)}."
            )
        self.log.debug("Measuring the background of %d x %d pixels in %d x %d bins", width, height, nx, ny)
        order = 0
        if config.useApprox:
            order, nx, ny = self._chooseOrder(width, height, nx, ny)
        control = afwMath.BackgroundControl(
            algorithm or config.algorithm,
            nx,
            ny,
            config.undersampleStyle,
            sctrl,
            config.statisticsProperty,
        )
        if config.useApprox:
            control.setApproximateControl(
                afwMath.ApproximateControl(
                    afwMath.ApproximateControl.CHEBYSHEV, order, order, config.weighting
                )
            )
        return afwMath.makeBackground(maskedImage, control)

    def _chooseOrder(self, width: int, height: int, nx: int, ny: int) -> tuple[int, int, int]:
        """Choose an order of the series that suits the number of bins."""
        order, orderY = self.config.approxOrderX, self.config.approxOrderY
        if orderY not in (order, -1):
            raise ValueError(f"approxOrderY={orderY} is neither approxOrderX={order} nor -1.")
        if min(nx, ny) > order:
            return order, nx, ny
        if self.config.undersampleStyle == "THROW_EXCEPTION":
            raise ValueError(f"{nx} x {ny} bins are too few for order {order}.")
        if self.config.undersampleStyle == "REDUCE_INTERP_ORDER":
            reduced = min(nx, ny) - 1
            self.log.warning("Reducing the order from %d to %d for %d x %d bins", order, reduced, nx, ny)
            return reduced, nx, ny
        size = max(1, min(width, height) // order)
        self.log.warning("Making bins of %d pixels for order %d", size, order)
        return order, width // size + 1, height // size + 1


def _hasGoodPixel(mask: npt.NDArray[np.int32], ignored: int) -> bool:
    """Return whether any pixel has none of the ignored bits."""
    return any(bool(((mask[rows] & ignored) == 0).any()) for rows in strips(len(mask)))


def _requireDimensions(background: afwMath.BackgroundList, dimensions: lsst.geom.Extent2I) -> None:
    for entry in background:
        box = cast(afwMath.BackgroundMI, entry[0]).getImageBBox()
        if box.getDimensions() != dimensions:
            raise LengthError(f"A background has box {box}, not {dimensions} pixels.")


def _evaluate(model: RowModel, rows: slice, width: int) -> npt.NDArray[np.float32]:
    """Return the values of a background in rows of an image."""
    values = np.empty((rows.stop - rows.start, width), dtype=np.float32)
    model._evaluateRows(rows.start, rows.stop, 0, width, values)
    return values


def _subtract(image: afwImage.ImageF, model: RowModel) -> None:
    """Subtract a background from an image without storing it as an image."""

    def subtract(rows: slice) -> None:
        image.array[rows] -= _evaluate(model, rows, image.getWidth())

    parallel_map(subtract, strips(image.getHeight()))


def _moments(background: afwMath.BackgroundList, dimensions: lsst.geom.Extent2I) -> RunningMoments:
    """Return the statistics of the sum of backgrounds."""
    models = background._makeModels()
    sums = RunningMoments()
    for rows in strips(dimensions.y):
        sums.add(functools.reduce(np.add, (_evaluate(model, rows, dimensions.x) for model in models)))
    return sums
