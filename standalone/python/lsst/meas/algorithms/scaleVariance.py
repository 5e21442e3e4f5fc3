# This file is part of lsst-standalone.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling of variance planes to the scatter of the pixels."""

from __future__ import annotations

__all__ = ("ExceedsMaxVarianceScaleError", "ScaleVarianceConfig", "ScaleVarianceTask")


import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

import lsst.afw.image as afwImage
import lsst.pex.config as pexConfig
import lsst.pipe.base as pipeBase
from lsst.afw.math._background import strips
from lsst.pixels import PixelQuantity, compiled, good_quantiles, parallel_map

from .subtractBackground import SubtractBackgroundTask

_IQ_TO_STDEV = 0.74
"""Standard deviation of a Gaussian over its interquartile range."""

_Background = Callable[[slice, npt.NDArray[np.float32]], None]


class ExceedsMaxVarianceScaleError(pipeBase.AlgorithmError):
    """Exception raised if a variance plane would need too large a factor.

    Parameters
    ----------
    scaleVarianceValue
        Factor that the variance plane would have to be multiplied by.
    scaleVarianceLimit
        Largest factor that is allowed.
    **kwargs
        Additional arguments, passed to the base class.
    """

    def __init__(self, scaleVarianceValue: float, scaleVarianceLimit: float, **kwargs: Any) -> None:
        self._metadata = {
            "scaleVarianceValue": scaleVarianceValue,
            "scaleVarianceLimit": scaleVarianceLimit,
        }
        super().__init__(
            f"The variance plane needs a factor of {scaleVarianceValue}, "
            f"which exceeds the limit of {scaleVarianceLimit}.",
            **kwargs,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), tuple(self._metadata.values()))

    @property
    def metadata(self) -> dict[str, Any]:
        """The factor and the limit (`dict`)."""
        return dict(self._metadata)


class ScaleVarianceConfig(pexConfig.Config):
    """Configuration of `ScaleVarianceTask`."""

    background = pexConfig.ConfigurableField(
        target=SubtractBackgroundTask,
        doc="Fit of the background, which is subtracted before the scatter is measured.",
    )
    maskPlanes = pexConfig.ListField[str](
        doc="Mask planes of pixels to ignore.",
        default=["DETECTED", "DETECTED_NEGATIVE", "BAD", "SAT", "NO_DATA", "INTRP"],
    )
    limit = pexConfig.Field[float](
        doc="Largest factor that the variance plane may be multiplied by.", default=10.0
    )

    def setDefaults(self) -> None:
        """Set the defaults of the fit of the background."""
        self.background.binSize = 32
        self.background.useApprox = False
        self.background.undersampleStyle = "REDUCE_INTERP_ORDER"
        self.background.ignoredPixelMask = list(self.maskPlanes)


class ScaleVarianceTask(pipeBase.Task):
    """Task that scales a variance plane to the scatter of the image's pixels.

    Resampling leaves neighboring pixels correlated, so the variance plane of a
    resampled image no longer describes the scatter of its pixels. This task
    measures the scatter of pixels without sources and multiplies the variance
    plane by one factor to match.
    """

    ConfigClass = ScaleVarianceConfig
    _DefaultName = "scaleVariance"

    config: ScaleVarianceConfig
    background: SubtractBackgroundTask

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.makeSubtask("background")

    def run(self, maskedImage: afwImage.MaskedImageF) -> float:
        """Multiply the variance plane of an image by a suitable factor.

        Parameters
        ----------
        maskedImage
            Image whose variance plane is scaled in place. The image plane is
            unchanged afterwards.

        Returns
        -------
        factor
            Factor by which the variance plane was multiplied.

        Raises
        ------
        ExceedsMaxVarianceScaleError
            Raised if the factors of both methods exceed
            `ScaleVarianceConfig.limit`.
        TooManyMaskedPixelsError
            Raised if no pixel is left for fitting the background.
        """
        limit = self.config.limit
        with self._factors(maskedImage) as (pixelBased, imageBased):
            factor = pixelBased()
            if factor > limit:
                self.log.warning(
                    "Pixel-based variance factor %f exceeds the limit of %f; trying the image-based one.",
                    factor,
                    limit,
                )
                factor = imageBased()
                if factor > limit:
                    raise ExceedsMaxVarianceScaleError(factor, limit)
        self.log.info("Multiplying the variance plane by %f.", factor)
        maskedImage.variance *= factor
        return factor

    def computeScaleFactors(self, maskedImage: afwImage.MaskedImageF) -> pipeBase.Struct:
        """Compute both factors without scaling anything.

        Parameters
        ----------
        maskedImage
            Image to measure; unchanged afterwards.

        Returns
        -------
        struct
            With ``pixelFactor`` and ``imageFactor``, as `pixelBased` and
            `imageBased` return them.
        """
        with self._factors(maskedImage) as (pixelBased, imageBased):
            return pipeBase.Struct(pixelFactor=pixelBased(), imageFactor=imageBased())

    @contextlib.contextmanager
    def _factors(
        self, maskedImage: afwImage.MaskedImageF
    ) -> Iterator[tuple[Callable[[], float], Callable[[], float]]]:
        """Return functions that compute both factors within a context.

        The background is subtracted not from the image but from the measured
        values, strip by strip, unless a subclass or a retargeted background
        task may behave differently.
        """
        covered = type(self.background) is SubtractBackgroundTask and all(
            getattr(getattr(self, name), "__func__", None) is getattr(ScaleVarianceTask, name)
            for name in ("subtractedBackground", "pixelBased", "imageBased")
        )
        if covered:
            fitted = self.background.fitBackground(maskedImage)
            config = self.background.config
            model = fitted._makeModel(config.algorithm, config.undersampleStyle)

            def background(rows: slice, out: npt.NDArray[np.float32]) -> None:
                model._evaluateRows(rows.start, rows.stop, 0, maskedImage.getWidth(), out)

            yield (
                partial(self._pixelBased, maskedImage, background),
                partial(self._imageBased, maskedImage, background),
            )
        else:
            with self.subtractedBackground(maskedImage):
                yield partial(self.pixelBased, maskedImage), partial(self.imageBased, maskedImage)

    @contextlib.contextmanager
    def subtractedBackground(self, maskedImage: afwImage.MaskedImageF) -> Iterator[None]:
        """Subtract the background from an image within a context.

        Parameters
        ----------
        maskedImage
            Image to subtract from, in place. On exit, its pixels are restored
            exactly.
        """
        fitted = self.background.fitBackground(maskedImage)
        model = fitted.getImageF(self.background.config.algorithm, self.background.config.undersampleStyle)
        pixels = maskedImage.image.array
        # After the subtraction, the model's memory holds the original pixels.
        saved = model.array

        parallel_map(lambda rows: _subtract_and_save(pixels[rows], saved[rows]), strips(len(pixels)))
        try:
            yield
        finally:
            pixels[:, :] = saved

    def pixelBased(self, maskedImage: afwImage.MaskedImageF) -> float:
        """Compute the factor from the ratios of pixels to their errors.

        Parameters
        ----------
        maskedImage
            Image without background.

        Returns
        -------
        factor
            Square of the robust standard deviation of the pixels over the
            square roots of their variances; 1 if fewer than two pixels are
            good.
        """
        return self._pixelBased(maskedImage)

    def imageBased(self, maskedImage: afwImage.MaskedImageF) -> float:
        """Compute the factor from the scatter of the pixels.

        Parameters
        ----------
        maskedImage
            Image without background.

        Returns
        -------
        factor
            Square of the robust standard deviation of the pixels over the
            median of their variances; 1 if fewer than two pixels are good.
        """
        return self._imageBased(maskedImage)

    def _pixelBased(self, maskedImage: afwImage.MaskedImageF, background: _Background | None = None) -> float:
        """Compute the pixel-based factor of an image minus a background."""
        count, quartiles = self._measure(maskedImage, PixelQuantity.SIGNIFICANCE, (0.25, 0.75), background)
        if count < 2:
            return 1.0
        return (_IQ_TO_STDEV * (quartiles[1] - quartiles[0])) ** 2

    def _imageBased(self, maskedImage: afwImage.MaskedImageF, background: _Background | None = None) -> float:
        """Compute the image-based factor of an image minus a background."""
        count, quartiles = self._measure(maskedImage, PixelQuantity.VALUE, (0.25, 0.75), background)
        if count < 2:
            return 1.0
        _, (variance,) = self._measure(maskedImage, PixelQuantity.VARIANCE, (0.5,))
        return (_IQ_TO_STDEV * (quartiles[1] - quartiles[0])) ** 2 / variance

    def _measure(
        self,
        maskedImage: afwImage.MaskedImageF,
        quantity: PixelQuantity,
        fractions: tuple[float, ...],
        background: _Background | None = None,
    ) -> tuple[int, list[float]]:
        """Return the number of good pixels, and quantiles over them."""
        mask = maskedImage.mask
        return good_quantiles(
            maskedImage.image.array,
            mask.array,
            maskedImage.variance.array,
            mask.getPlaneBitMask(list(self.config.maskPlanes)),
            quantity,
            fractions,
            background,
        )


@compiled
def _subtract_and_save(pixels, model):  # type: ignore[no-untyped-def]
    """Subtract a model from pixels, and store the original pixels in the
    model.
    """
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            original = pixels[y, x]
            pixels[y, x] = original - model[y, x]
            model[y, x] = original
