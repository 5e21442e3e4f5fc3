# This file is part of ip_diffim_template.
#
# Developed for the LSST Data Management System.
# This product includes software developed by the LSST Project
# (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution
# for the terms of the licence.
#
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program.  If not, see <https://www.gnu.org/licenses/>.

"""Build templates for difference imaging from coadds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import lsst.afw.geom as afwGeom
import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom as geom
import lsst.pex.config as pexConfig
import lsst.pipe.base as pipeBase
import lsst.pipe.base.connectionTypes as connTypes
from lsst.meas.algorithms import CoaddPsfConfig, SubtractBackgroundTask
from lsst.pixels import count_clear, threads
from lsst.skymap import BaseSkyMap
from lsst.utils.timer import timeMethod

from ._coaddPatch import CoaddPatch, checkCoadds, matchHandles
from ._inputCatalog import attachInputs
from ._overlap import groupSubfilters, selectOverlapping
from ._stopwatch import Stopwatch
from ._templateBuilder import TemplateBuilder
from ._varianceModel import modelVariance

if TYPE_CHECKING:
    from lsst.daf.butler import DataCoordinate, DeferredDatasetHandle

__all__ = [
    "GetDcrTemplateConfig",
    "GetDcrTemplateConnections",
    "GetDcrTemplateTask",
    "GetTemplateConfig",
    "GetTemplateConnections",
    "GetTemplateTask",
]


class GetTemplateConnections(
    pipeBase.PipelineTaskConnections,
    dimensions=("instrument", "visit", "detector"),
    defaultTemplates={"coaddName": "goodSeeing", "warpTypeSuffix": "", "fakesType": ""},
):
    """Inputs and outputs of `GetTemplateTask`."""

    bbox = connTypes.Input(
        doc="Box of the science image, which tells the pixels of the template",
        name="{fakesType}calexp.bbox",
        storageClass="Box2I",
        dimensions=("instrument", "visit", "detector"),
    )
    wcs = connTypes.Input(
        doc="WCS of the science image",
        name="{fakesType}calexp.wcs",
        storageClass="Wcs",
        dimensions=("instrument", "visit", "detector"),
    )
    skyMap = connTypes.Input(
        doc="Geometry of the tracts and patches of the coadds",
        name=BaseSkyMap.SKYMAP_DATASET_TYPE_NAME,
        storageClass="SkyMap",
        dimensions=("skymap",),
    )
    coaddExposures = connTypes.Input(
        doc="Coadds that may overlap the science image",
        name="{fakesType}{coaddName}Coadd{warpTypeSuffix}",
        storageClass="ExposureF",
        dimensions=("tract", "patch", "skymap", "band"),
        multiple=True,
        deferLoad=True,
        deferGraphConstraint=True,
    )
    template = connTypes.Output(
        doc="Coadds resampled to the pixels of the science image",
        name="{fakesType}{coaddName}Diff_templateExp{warpTypeSuffix}",
        storageClass="ExposureF",
        dimensions=("instrument", "visit", "detector"),
    )


class GetTemplateConfig(pipeBase.PipelineTaskConfig, pipelineConnections=GetTemplateConnections):
    """Configuration of `GetTemplateTask`."""

    templateBorderSize = pexConfig.Field(
        dtype=int,
        doc="Number of pixels by which the box of the science image is grown",
        default=20,
    )
    warp = pexConfig.ConfigField(
        dtype=afwMath.Warper.ConfigClass,
        doc="Resampling of the coadds",
    )
    coaddPsf = pexConfig.ConfigField(
        dtype=CoaddPsfConfig,
        doc="Resampling of the PSFs of the coadds",
    )
    varianceBackground = pexConfig.ConfigurableField(
        target=SubtractBackgroundTask,
        doc="Model of the variance plane",
    )
    highVarianceThreshold = pexConfig.RangeField(
        dtype=float,
        doc="Multiple of the median of the modelled variance above which pixels are flagged HIGH_VARIANCE",
        default=4,
        min=1,
    )
    highVarianceMaskFraction = pexConfig.Field(
        dtype=float,
        doc="Least fraction of pixels without any of the ignored mask planes for HIGH_VARIANCE to be flagged",
        default=0.1,
    )

    def setDefaults(self) -> None:  # noqa: D102
        self.warp.warpingKernelName = "lanczos3"
        self.warp.cacheSize = 100000
        self.warp.interpLength = 100
        self.coaddPsf.warpingKernelName = self.warp.warpingKernelName
        self.coaddPsf.cacheSize = self.warp.cacheSize
        self.varianceBackground.algorithm = "LINEAR"
        self.varianceBackground.binSize = 32
        self.varianceBackground.useApprox = False
        self.varianceBackground.statisticsProperty = "MEDIAN"
        self.varianceBackground.doFilterSuperPixels = True
        self.varianceBackground.ignoredPixelMask = ["BAD", "EDGE", "DETECTED", "DETECTED_NEGATIVE", "NO_DATA"]


class GetTemplateTask(pipeBase.PipelineTask):
    """Build the template of one detector of one visit.

    The coadd patches that overlap the detector are mosaicked tract by
    tract, and the mosaics resampled to the pixels of the detector.
    """

    ConfigClass = GetTemplateConfig
    config: GetTemplateConfig
    varianceBackground: SubtractBackgroundTask
    _DefaultName = "getTemplate"

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.makeSubtask("varianceBackground")

    def runQuantum(
        self,
        butlerQC: pipeBase.QuantumContext,
        inputRefs: pipeBase.InputQuantizedConnection,
        outputRefs: pipeBase.OutputQuantizedConnection,
    ) -> None:
        """Build the template of a quantum with as many cores as it has."""
        inputs = butlerQC.get(inputRefs)
        bbox, wcs = inputs.pop("bbox"), inputs.pop("wcs")
        selected = self._selectInputs(inputs, bbox, wcs)
        if inputs:
            raise RuntimeError(f"{self.getName()} has no use for the inputs {sorted(inputs)}.")
        outputs = self.run(
            coaddExposureHandles=selected.coaddExposures,
            bbox=bbox,
            wcs=wcs,
            dataIds=selected.dataIds,
            physical_filter=butlerQC.quantum.dataId["physical_filter"],  # type: ignore[index,arg-type]
            visit=outputRefs.template.dataId["visit"],
            numCores=butlerQC.resources.num_cores,
        )
        # Planes are compressed in parallel on the standalone runtime.
        with threads(butlerQC.resources.num_cores):
            butlerQC.put(outputs, outputRefs)

    def getExposures(
        self,
        coaddExposureHandles: Sequence[DeferredDatasetHandle],
        bbox: geom.Box2I,
        skymap: BaseSkyMap,
        wcs: afwGeom.SkyWcs | None,
    ) -> pipeBase.Struct:
        """Select the coadds whose patch overlaps a detector.

        Parameters
        ----------
        coaddExposureHandles
            Handles of coadds, with data IDs that hold tract and patch.
        bbox
            Box of the detector, in pixels.
        skymap
            Geometry of tracts and patches.
        wcs
            WCS of the detector.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            Results:

            ``coaddExposures``
                Handles by tract (`dict` [`int`, `list`]), in the order
                given.
            ``dataIds``
                Their data IDs, in lists parallel to those.

        Raises
        ------
        lsst.pipe.base.NoWorkFound
            There is no WCS, or no patch overlaps.
        """
        coaddExposures: dict[int, list[DeferredDatasetHandle]] = {}
        dataIds: dict[int, list[DataCoordinate]] = {}
        for handle in selectOverlapping(coaddExposureHandles, bbox, skymap, wcs, self.log):
            tract = int(handle.dataId["tract"])
            coaddExposures.setdefault(tract, []).append(handle)
            dataIds.setdefault(tract, []).append(handle.dataId)
        return pipeBase.Struct(coaddExposures=coaddExposures, dataIds=dataIds)

    @timeMethod
    def run(
        self,
        *,
        coaddExposureHandles: Mapping[int, Sequence[DeferredDatasetHandle]],
        bbox: geom.Box2I,
        wcs: afwGeom.SkyWcs,
        dataIds: Mapping[int, Sequence[DataCoordinate]],
        physical_filter: str,
        visit: int | None = None,
        numCores: int = 1,
    ) -> pipeBase.Struct:
        """Mosaic coadds and resample them to the pixels of a detector.

        Parameters
        ----------
        coaddExposureHandles
            Handles of coadds by tract, as from `getExposures`.
        bbox
            Box of the detector, in pixels. It is **grown in place** by
            ``config.templateBorderSize`` to the box of the template.
        wcs
            WCS of the detector.
        dataIds
            Data IDs of the coadds, in lists parallel to the handles.
        physical_filter
            Physical filter of the detector's visit.
        visit
            Visit of the detector, to go into the template's visitInfo.
        numCores
            Number of threads that may work at the same time.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            Results:

            ``template``
                The template (`lsst.afw.image.ExposureF`), in the units of
                the coadds.

        Raises
        ------
        lsst.pipe.base.NoWorkFound
            No coadd has a usable pixel on the detector.
        RuntimeError
            The coadds differ in band or photoCalib, those of a tract in
            WCS, or one cannot be read.
        ValueError
            The arguments do not fit each other.
        """
        tracts = matchHandles(coaddExposureHandles, dataIds)
        if wcs is None:
            raise ValueError("A template needs the WCS of its detector, not None.")
        if bbox.isEmpty():
            raise ValueError(f"A template needs a box with pixels, not {bbox}.")
        band, photoCalib = checkCoadds(tracts)

        stopwatch = Stopwatch()
        template = afwImage.ExposureF(bbox.dilatedBy(self.config.templateBorderSize), wcs)
        with threads(numCores):
            used = self._fillPixels(template, tracts, stopwatch)
            with stopwatch("variance model"):
                self.checkHighVariance(template)
        with stopwatch("metadata"):
            template.setPhotoCalib(photoCalib)
            template.setFilter(afwImage.FilterLabel(band=band, physical=physical_filter))
            if visit is not None:
                template.info.setVisitInfo(afwImage.VisitInfo(id=visit))
            attachInputs(template, used, self.config.coaddPsf)
        self._recordMetadata(template, used, stopwatch)
        bbox.grow(self.config.templateBorderSize)
        return pipeBase.Struct(template=template)

    @timeMethod
    def checkHighVariance(self, template: afwImage.ExposureF) -> None:
        """Flag pixels HIGH_VARIANCE where the modelled variance is high.

        Parameters
        ----------
        template
            Template whose mask is changed.
        """
        mask = template.mask
        mask.addMaskPlane("HIGH_VARIANCE")
        ignored = mask.getPlaneBitMask(list(self.config.varianceBackground.ignoredPixelMask))
        fraction = count_clear(mask.array, ignored) / mask.array.size
        if fraction < self.config.highVarianceMaskFraction:
            self.log.info(
                "Not flagging HIGH_VARIANCE: only %.3f of the pixels are usable, at least %.3f are needed.",
                fraction,
                self.config.highVarianceMaskFraction,
            )
            return
        model = modelVariance(self.varianceBackground, template)
        threshold = self.config.highVarianceThreshold * model.median()
        model.flag_above(threshold, mask.array, mask.getPlaneBitMask("HIGH_VARIANCE"))

    def _selectInputs(
        self, inputs: dict[str, Any], bbox: geom.Box2I, wcs: afwGeom.SkyWcs | None
    ) -> pipeBase.Struct:
        """Take from the inputs of a quantum what `getExposures` needs."""
        return self.getExposures(inputs.pop("coaddExposures"), bbox, inputs.pop("skyMap"), wcs)

    def _fillPixels(
        self,
        template: afwImage.ExposureF,
        tracts: Mapping[int, Sequence[CoaddPatch]],
        stopwatch: Stopwatch,
    ) -> list[CoaddPatch]:
        """Compute the pixels of a template; returns the patches used."""
        used: list[CoaddPatch] = []
        builder = TemplateBuilder(template, self.config.warp, stopwatch)
        for tract, patches in tracts.items():
            reaching = builder.addTract(patches)
            if not reaching:
                self.log.info("No usable pixels of tract %s on the detector.", tract)
            used.extend(reaching)
        if not used:
            raise pipeBase.NoWorkFound("No patches found to overlap science exposure.")
        if not builder.finish():
            raise pipeBase.NoWorkFound("No valid pixels in warped template.")
        return used

    def _recordMetadata(
        self, template: afwImage.ExposureF, patches: Sequence[CoaddPatch], stopwatch: Stopwatch
    ) -> None:
        """Record what operators ask first."""
        mask = template.mask
        size = mask.array.size
        highVariance = size - count_clear(mask.array, mask.getPlaneBitMask("HIGH_VARIANCE"))
        self.metadata["nTracts"] = len({patch.tract for patch in patches})
        self.metadata["nPatches"] = len(patches)
        self.metadata["fractionWithData"] = count_clear(mask.array, mask.getPlaneBitMask("NO_DATA")) / size
        self.metadata["fractionHighVariance"] = highVariance / size
        for stage, seconds in stopwatch.seconds.items():
            self.metadata["seconds" + stage.title().replace(" ", "")] = seconds


class GetDcrTemplateConnections(
    GetTemplateConnections,
    dimensions=("instrument", "visit", "detector"),
    defaultTemplates={"coaddName": "dcr", "warpTypeSuffix": "", "fakesType": ""},
):
    """Inputs and outputs of `GetDcrTemplateTask`."""

    visitInfo = connTypes.Input(
        doc="Information on the visit, which tells its differential chromatic refraction",
        name="{fakesType}calexp.visitInfo",
        storageClass="VisitInfo",
        dimensions=("instrument", "visit", "detector"),
    )
    dcrCoadds = connTypes.Input(
        doc="Coadds of sub-bands that may overlap the science image",
        name="{fakesType}dcrCoadd{warpTypeSuffix}",
        storageClass="ExposureF",
        dimensions=("tract", "patch", "skymap", "band", "subfilter"),
        multiple=True,
        deferLoad=True,
    )

    def __init__(self, *, config: GetDcrTemplateConfig | None = None):
        super().__init__(config=config)
        del self.coaddExposures


class GetDcrTemplateConfig(GetTemplateConfig, pipelineConnections=GetDcrTemplateConnections):
    """Configuration of `GetDcrTemplateTask`."""

    numSubfilters = pexConfig.Field(
        dtype=int,
        doc="Number of sub-bands that the coadds of a band are divided into",
        default=3,
    )
    effectiveWavelength = pexConfig.Field(
        dtype=float,
        doc="Effective wavelength of the band, in nm",
        optional=False,
    )
    bandwidth = pexConfig.Field(
        dtype=float,
        doc="Width of the band, in nm",
        optional=False,
    )

    def validate(self) -> None:  # noqa: D102
        missing = [name for name in ("effectiveWavelength", "bandwidth") if getattr(self, name) is None]
        if missing:
            raise ValueError(f"The DCR model needs values, in nm, for config fields: {', '.join(missing)}.")
        super().validate()


class GetDcrTemplateTask(GetTemplateTask):
    """Build the template of a detector from coadds of sub-bands.

    They are combined to the differential chromatic refraction of the visit.

    Raises
    ------
    ImportError
        ``lsst.ip.diffim.dcrModel`` is not installed.
    """

    ConfigClass = GetDcrTemplateConfig
    config: GetDcrTemplateConfig
    _DefaultName = "getDcrTemplate"

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        try:
            from .dcrModel import DcrModel
        except ModuleNotFoundError as err:
            raise ImportError(
                "GetDcrTemplateTask needs lsst.ip.diffim.dcrModel, which is part of the Science Pipelines: "
                "set up lsst.ip.diffim behind this package."
            ) from err
        self._dcrModel = DcrModel

    def _selectInputs(
        self, inputs: dict[str, Any], bbox: geom.Box2I, wcs: afwGeom.SkyWcs | None
    ) -> pipeBase.Struct:
        handles, skymap, visitInfo = (inputs.pop(name) for name in ("dcrCoadds", "skyMap", "visitInfo"))
        return self.getExposures(handles, bbox, skymap, wcs, visitInfo)

    def getExposures(  # type: ignore[override]
        self,
        dcrCoaddExposureHandles: Sequence[DeferredDatasetHandle],
        bbox: geom.Box2I,
        skymap: BaseSkyMap,
        wcs: afwGeom.SkyWcs | None,
        visitInfo: afwImage.VisitInfo,
    ) -> pipeBase.Struct:
        """Match the coadds that overlap a detector to a visit.

        Parameters
        ----------
        dcrCoaddExposureHandles
            Handles of coadds, with data IDs that hold tract, patch and
            subfilter.
        bbox, skymap, wcs
            See `GetTemplateTask.getExposures`.
        visitInfo
            Visit to match.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            As of `GetTemplateTask.getExposures`; the handles give matched
            coadds, the data IDs are those of subfilter 0.

        Raises
        ------
        lsst.pipe.base.NoWorkFound
            There is no WCS, or no patch overlaps.
        RuntimeError
            A patch does not come with each of its subfilters once.
        """
        selected = selectOverlapping(dcrCoaddExposureHandles, bbox, skymap, wcs, self.log)
        number = self.config.numSubfilters
        coaddExposures: dict[int, list[DeferredDatasetHandle]] = {}
        dataIds: dict[int, list[DataCoordinate]] = {}
        for (tract, _), handles in groupSubfilters(selected, number).items():
            model = self._dcrModel.fromQuantum(
                handles, self.config.effectiveWavelength, self.config.bandwidth, number
            )
            coaddExposures.setdefault(tract, []).append(model.buildMatchedExposureHandle(visitInfo=visitInfo))
            dataIds.setdefault(tract, []).append(handles[0].dataId)
        return pipeBase.Struct(coaddExposures=coaddExposures, dataIds=dataIds)
