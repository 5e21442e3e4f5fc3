# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of science images from coadds in files."""

from __future__ import annotations

__all__ = ("Made", "by_band", "choose_band", "make_template")

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lsst.afw.image import ExposureF
from lsst.geom import Box2I
from lsst.ip.diffim import GetTemplateTask
from lsst.pipe.base import NoWorkFound
from lsst.pixels import threads

from ._exposureFile import ExposureFile
from ._inputs import CoaddFile, ScienceFile
from ._terminal import Failure
from ._tracts import TractGroup, overlaps


@dataclasses.dataclass
class Made:
    """A template and its statistics."""

    template: ExposureF
    tracts: int
    patches: int
    covered: float
    seconds: float


class _WatchedFile(ExposureFile):
    """A coadd that calls a function when its first pixels are read."""

    watch: Callable[[], object] | None = None

    def get(
        self,
        *,
        component: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        storageClass: str | None = None,
    ) -> Any:
        """Read the exposure, or a part of it."""
        found = super().get(component=component, parameters=parameters, storageClass=storageClass)
        if parameters and self.watch is not None:
            self.watch()
            self.watch = None
        return found


def choose_band(science: ScienceFile, bands: Sequence[str], wanted: str | None) -> str:
    """Choose the band of the coadds for a science image.

    Parameters
    ----------
    science
        Science image.
    bands
        Bands in which there are coadds.
    wanted
        Band that was requested.

    Raises
    ------
    Failure
        Raised if there is no such coadd, or the choice is ambiguous.
    """
    there = f"of band {', '.join(bands)}"
    if wanted is not None:
        return wanted
    if science.band is None:
        if len(bands) == 1:
            return bands[0]
        raise Failure(f"The coadds are {there}, and {science.path} names no band: choose one with --band.")
    if science.band not in bands:
        raise Failure(
            f"The science image {science.path} has band {science.band}, but the coadds are {there}: "
            "choose one with --band to use it anyway."
        )
    return science.band


def make_template(
    task: GetTemplateTask,
    science: ScienceFile,
    tracts: Sequence[TractGroup],
    band: str,
    *,
    num_threads: int,
    watch: Callable[[], object] | None = None,
) -> Made:
    """Make the template of a science image.

    Parameters
    ----------
    task
        Task that makes the template.
    science
        Science image.
    tracts
        Coadds of one band, grouped by tract.
    band
        Band of the coadds.
    num_threads
        Number of threads.
    watch
        Called when the first pixels of a coadd have been read.

    Raises
    ------
    lsst.pipe.base.NoWorkFound
        Raised if no coadd has a usable pixel on the science image.
    """
    start = time.monotonic()
    handles: dict[int, list[Any]] = {}
    data_ids: dict[int, list[Any]] = {}
    for group in tracts:
        for coadd, patch in zip(group.coadds, group.patches, strict=True):
            if overlaps(coadd, science.bbox, science.wcs):
                handle = _WatchedFile(coadd.path, tract=group.tract, patch=patch, band=band)
                handle.watch = watch
                handles.setdefault(group.tract, []).append(handle)
                data_ids.setdefault(group.tract, []).append(handle.dataId)
    if not handles:
        raise NoWorkFound(f"No coadd overlaps {science.path}")
    with threads(num_threads):
        template = task.run(
            coaddExposureHandles=handles,
            dataIds=data_ids,
            bbox=Box2I(science.bbox),
            wcs=science.wcs,
            physical_filter=science.physical_filter or band,
            visit=science.visit,
        ).template
    metadata = task.metadata
    return Made(
        template,
        tracts=metadata["nTracts"],
        patches=metadata["nPatches"],
        covered=metadata["fractionWithData"],
        seconds=time.monotonic() - start,
    )


def by_band(coadds: Sequence[CoaddFile], wanted: str | None) -> dict[str, list[CoaddFile]]:
    """Group coadds by band; those without one get the band that is wanted.

    Raises
    ------
    Failure
        Raised if a coadd has no band, or none has the one wanted.
    """
    bands: dict[str, list[CoaddFile]] = {}
    for coadd in coadds:
        band = coadd.band or wanted
        if band is None:
            raise Failure(f"The coadd {coadd.path} names no band: add --band.")
        bands.setdefault(band, []).append(coadd)
    if wanted is not None and wanted not in bands:
        raise Failure(f"No coadd has band {wanted}; they have band {', '.join(bands)}.")
    return bands
