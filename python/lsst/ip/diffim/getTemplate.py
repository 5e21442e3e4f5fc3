# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that build templates for difference imaging from coadds."""

from __future__ import annotations

__all__ = (
    "GetDcrTemplateConfig",
    "GetDcrTemplateConnections",
    "GetDcrTemplateTask",
    "GetTemplateConfig",
    "GetTemplateConnections",
    "GetTemplateTask",
)

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import lsst.afw.geom as afwGeom
import lsst.afw.image as afwImage
import lsst.afw.math as afwMath
import lsst.geom as geom
import lsst.pex.config as pexConfig
import lsst.pipe.base as pipeBase
import lsst.pipe.base.connectionTypes as connTypes
from lsst.meas.algorithms import CoaddPsfConfig, ScaleVarianceTask, SubtractBackgroundTask
from lsst.pixels import ResamplingKernel, count_clear, threads
from lsst.skymap import BaseSkyMap
from lsst.utils.timer import timeMethod

from ._coaddPatch import CoaddPatch, CoaddReader, match_handles, sky_map_name
from ._inputCatalog import attach_inputs, make_schema
from ._overlap import select_overlapping, select_subfilters
from ._plateScale import find_plate_scale_factor
from ._replaced import replaced_default
from ._stopwatch import Stopwatch
from ._templateBuilder import TemplateBuilder
from ._varianceModel import model_variance

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.daf.butler import DataCoordinate, DeferredDatasetHandle


_WARP_EXPOSURE = afwMath.Warper.warpExposure


class GetTemplateConnections(
    pipeBase.PipelineTaskConnections,
    dimensions=("instrument", "visit", "detector"),
    defaultTemplates={"coaddName": "goodSeeing", "warpTypeSuffix": "", "fakesType": ""},
):
    """Inputs and outputs of `GetTemplateTask`.

    The template covers the bounding box of the science image, which is read
    from ``bbox`` or, if ``connections.detector`` is configured, from
    ``detector``. The other connection is removed.
    """

    bbox = connTypes.Input(
        doc="Bounding box of the science image; the template covers it plus a border.",
        name="{fakesType}calexp.bbox",
        storageClass="Box2I",
        dimensions=("instrument", "visit", "detector"),
    )
    detector = connTypes.Input(
        doc="Detector of the science image; if configured, its bounding box is used instead of bbox.",
        name="{fakesType}calexp.detector",
        storageClass="Detector",
        dimensions=("instrument", "visit", "detector"),
    )
    obs_info = connTypes.Input(
        doc="Metadata of the observation; never read for templates of the legacy image type.",
        name="{fakesType}calexp.obs_info",
        storageClass="ObservationInfo",
        dimensions=("instrument", "visit", "detector"),
    )
    wcs = connTypes.Input(
        doc="WCS of the science image.",
        name="{fakesType}calexp.wcs",
        storageClass="Wcs",
        dimensions=("instrument", "visit", "detector"),
    )
    skyMap = connTypes.Input(
        doc="Geometry of the tracts and patches of the coadds.",
        name=BaseSkyMap.SKYMAP_DATASET_TYPE_NAME,
        storageClass="SkyMap",
        dimensions=("skymap",),
    )
    coaddExposures = connTypes.Input(
        doc="Coadds that may overlap the science image.",
        name="{fakesType}{coaddName}Coadd{warpTypeSuffix}",
        storageClass="ExposureF",
        dimensions=("tract", "patch", "skymap", "band"),
        multiple=True,
        deferLoad=True,
        deferGraphConstraint=True,
    )
    template = connTypes.Output(
        doc="Coadds resampled to the pixels of the science image.",
        name="{fakesType}{coaddName}Diff_templateExp{warpTypeSuffix}",
        storageClass="ExposureF",
        dimensions=("instrument", "visit", "detector"),
    )

    def __init__(self, *, config: GetTemplateConfig | None = None):
        super().__init__(config=config)
        assert config is not None, "Connections are made from a configuration."
        if config.connections.detector == type(config.connections).detector.default:
            del self.detector
        else:
            del self.bbox
        del self.obs_info
        if config.requireCoaddAtGraphBuild:
            self.coaddExposures = dataclasses.replace(self.coaddExposures, deferGraphConstraint=False)


class GetTemplateConfig(pipeBase.PipelineTaskConfig, pipelineConnections=GetTemplateConnections):
    """Configuration of `GetTemplateTask`."""

    templateBorderSize = pexConfig.RangeField(
        dtype=int,
        doc="Number of pixels by which the bounding box of the science image is grown on each side.",
        default=20,
        min=0,
    )
    warp = pexConfig.ConfigField(
        dtype=afwMath.Warper.ConfigClass,
        doc="Resampling of the coadds.",
    )
    coaddPsf = pexConfig.ConfigField(
        dtype=CoaddPsfConfig,
        doc="Resampling of the PSFs of the coadds.",
    )
    doScaleVariance = pexConfig.Field(
        dtype=bool,
        doc="Scale the variance plane of the template to the scatter of its pixels? "
        "If another lsst.ip.diffim lies behind this package, its default is used.",
        default=False,
    )
    scaleVariance = pexConfig.ConfigurableField(
        target=ScaleVarianceTask,
        doc="Scaling of the variance plane; used if doScaleVariance.",
    )
    doCorrectVariancePlateScale = pexConfig.Field(
        dtype=bool,
        doc="Multiply the variance plane by the ratio of the pixel areas of the images that went into the "
        "coadds and of the science image?",
        default=False,
    )
    requireCoaddAtGraphBuild = pexConfig.Field(
        dtype=bool,
        doc="Leave detectors without coadds out of the quantum graph?",
        default=False,
    )
    output_image_type = pexConfig.ChoiceField(
        dtype=str,
        doc="Class of the template.",
        default="legacy",
        allowed={"legacy": "lsst.afw.image.ExposureF"},
        optional=False,
    )
    varianceBackground = pexConfig.ConfigurableField(
        target=SubtractBackgroundTask,
        doc="Model of the variance plane that HIGH_VARIANCE is based on.",
    )
    highVarianceThreshold = pexConfig.RangeField(
        dtype=float,
        doc="Pixels are flagged HIGH_VARIANCE where the modeled variance exceeds its median by this factor.",
        default=4,
        min=1,
    )
    highVarianceMaskFraction = pexConfig.Field(
        dtype=float,
        doc="Minimum fraction of pixels with none of the mask planes that the variance model ignores; "
        "if there are fewer, no pixel is flagged HIGH_VARIANCE.",
        default=0.1,
    )

    def setDefaults(self) -> None:  # noqa: D102
        self.doScaleVariance = replaced_default("doScaleVariance", False)
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

    def validate(self) -> None:  # noqa: D102
        super().validate()
        image, mask = self.warp.warpingKernelName, self.warp.maskWarpingKernelName
        if mask and ResamplingKernel(mask).size > ResamplingKernel(image).size:
            raise pexConfig.FieldValidationError(
                type(self).warp,
                self,
                f"The mask kernel {mask!r} must not be larger than the image kernel {image!r}.",
            )


class GetTemplateTask(pipeBase.PipelineTask):
    """Task that builds the template of one detector of one visit.

    The coadd patches that overlap the detector are mosaicked tract by
    tract, and the mosaics are resampled to the pixels of the detector.

    Attributes
    ----------
    warper
        Resampling as configured (`lsst.afw.math.Warper`). If it is replaced,
        the replacement resamples the mosaic of each tract; otherwise the
        faster kernels of `lsst.pixels` give the same pixels.
    schema
        Schema of the catalog of coadds (`lsst.afw.table.Schema`).
    """

    ConfigClass = GetTemplateConfig
    config: GetTemplateConfig
    scaleVariance: ScaleVarianceTask
    varianceBackground: SubtractBackgroundTask
    _DefaultName = "getTemplate"

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.config.validate()
        self.warper = self._configuredWarper = afwMath.Warper.fromConfig(self.config.warp)
        self.schema = make_schema()
        self._skyMaps: dict[str, BaseSkyMap] = {}
        if self.config.doScaleVariance:
            self.makeSubtask("scaleVariance")
        self.makeSubtask("varianceBackground")

    def runQuantum(
        self,
        butlerQC: pipeBase.QuantumContext,
        inputRefs: pipeBase.InputQuantizedConnection,
        outputRefs: pipeBase.OutputQuantizedConnection,
    ) -> None:
        """Build the template of a quantum with as many cores as it has."""
        inputs = butlerQC.get(inputRefs)
        bbox = inputs.pop("bbox") if "bbox" in inputs else _box_of_detector(inputs.pop("detector"))
        wcs = inputs.pop("wcs")
        selected = self._selectInputs(inputs, bbox, wcs)
        if inputs:
            raise RuntimeError(f"{self.getName()} got unexpected inputs {sorted(inputs)}.")
        with threads(butlerQC.resources.num_cores):
            outputs = self.run(
                coaddExposureHandles=selected.coaddExposures,
                bbox=bbox,
                wcs=wcs,
                dataIds=selected.dataIds,
                physical_filter=butlerQC.quantum.dataId["physical_filter"],  # type: ignore[index,arg-type]
                visit=outputRefs.template.dataId["visit"],
            )
            # The standalone runtime also compresses planes in threads.
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
            Bounding box of the detector, in pixels.
        skymap
            Geometry of tracts and patches. `run` refuses coadds of this sky
            map whose box or WCS does not match their patch.
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
                Their data IDs, in lists parallel to the handles.

        Raises
        ------
        lsst.pipe.base.NoWorkFound
            Raised if there is no WCS, or no patch overlaps.
        """
        coaddExposures: dict[int, list[DeferredDatasetHandle]] = {}
        dataIds: dict[int, list[DataCoordinate]] = {}
        for handle in select_overlapping(coaddExposureHandles, bbox, skymap, wcs, self.log):
            tract = int(handle.dataId["tract"])
            self._skyMaps[sky_map_name(handle.dataId)] = skymap
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
    ) -> pipeBase.Struct:
        """Mosaic coadds and resample them to the pixels of a detector.

        Parameters
        ----------
        coaddExposureHandles
            Handles of coadds by tract, as from `getExposures`.
        bbox
            Bounding box of the detector, in pixels. It is **grown in
            place** by ``config.templateBorderSize`` to the box of the
            template.
        wcs
            WCS of the detector.
        dataIds
            Data IDs of the coadds by tract. They are only used for handles
            without their own data ID, which need lists parallel to the
            handles.
        physical_filter
            Physical filter of the detector's visit.
        visit
            Visit of the detector, recorded in the visitInfo of the template.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            Results:

            ``template``
                The template (`lsst.afw.image.ExposureF`), in the units of
                the coadds.

        Raises
        ------
        lsst.meas.algorithms.ExceedsMaxVarianceScaleError
            Raised if the variance would have to be scaled by too large a
            factor.
        lsst.pipe.base.NoWorkFound
            Raised if no coadd has a usable pixel on the detector.
        RuntimeError
            Raised if the coadds differ in band or photoCalib, or those of a
            tract in WCS, or if one cannot be read or does not match its
            patch.
        TypeError
            Raised if anything other than a handle is given.
        ValueError
            Raised if the arguments do not match each other.

        Notes
        -----
        The kernels use the threads of the context `lsst.pixels.threads`.
        """
        tracts = match_handles(coaddExposureHandles, dataIds, self._skyMaps)
        if wcs is None:
            raise ValueError("A template needs the WCS of its detector, not None.")
        if bbox.isEmpty():
            raise ValueError(f"A template needs a box with pixels, not {bbox}.")

        stopwatch = Stopwatch()
        template = afwImage.ExposureF(bbox.dilatedBy(self.config.templateBorderSize), wcs)
        plate_scale_factor = self._findPlateScaleFactor(tracts, template)
        coadds = self._fillPixels(template, tracts, stopwatch)
        with stopwatch("variance scale"):
            self._scaleVariance(template, plate_scale_factor)
        with stopwatch("variance model"):
            self.checkHighVariance(template)
        with stopwatch("metadata"):
            template.setPhotoCalib(coadds[0].photo_calib)
            band = coadds[0].patch.band
            template.setFilter(afwImage.FilterLabel(band=band, physical=physical_filter))
            if visit is not None:
                template.info.setVisitInfo(afwImage.VisitInfo(id=visit))
            attach_inputs(template, coadds, self.schema, self.config.coaddPsf)
        self._recordMetadata(template, coadds, stopwatch)
        bbox.grow(self.config.templateBorderSize)
        return pipeBase.Struct(template=template)

    @timeMethod
    def checkHighVariance(self, template: afwImage.ExposureF) -> None:
        """Flag pixels HIGH_VARIANCE where the modeled variance is high.

        Parameters
        ----------
        template
            Template whose mask is updated in place.
        """
        mask = template.mask
        mask.addMaskPlane("HIGH_VARIANCE")
        # A retargeted subtask may not have this field.
        planes = getattr(self.varianceBackground.config, "ignoredPixelMask", ["NO_DATA"])
        fraction = count_clear(mask.array, mask.getPlaneBitMask(list(planes))) / mask.array.size
        if fraction < self.config.highVarianceMaskFraction:
            self.log.info(
                "Not flagging HIGH_VARIANCE: only %.3f of the pixels are usable, at least %.3f are needed.",
                fraction,
                self.config.highVarianceMaskFraction,
            )
            return
        model = model_variance(self.varianceBackground, template)
        threshold = self.config.highVarianceThreshold * model.median()
        model.flag_above(threshold, mask.array, mask.getPlaneBitMask("HIGH_VARIANCE"))

    def _selectInputs(
        self, inputs: dict[str, Any], bbox: geom.Box2I, wcs: afwGeom.SkyWcs | None
    ) -> pipeBase.Struct:
        """Pass the inputs of a quantum to `getExposures`."""
        return self.getExposures(inputs.pop("coaddExposures"), bbox, inputs.pop("skyMap"), wcs)

    def _findPlateScaleFactor(
        self, tracts: Mapping[int, Sequence[CoaddPatch]], template: afwImage.ExposureF
    ) -> float | None:
        """Compute the plate scale correction, if it is configured."""
        if not self.config.doCorrectVariancePlateScale:
            return None
        first = next(iter(tracts.values()))[0]
        return find_plate_scale_factor(first, template.getWcs(), template.getBBox())

    def _fillPixels(
        self,
        template: afwImage.ExposureF,
        tracts: Mapping[int, Sequence[CoaddPatch]],
        stopwatch: Stopwatch,
    ) -> list[CoaddReader]:
        """Compute the pixels of a template; return the coadds used."""
        # A warper whose method was replaced counts as replaced, too.
        method = getattr(self.warper.warpExposure, "__func__", None)
        isConfigured = self.warper is self._configuredWarper and method is _WARP_EXPOSURE
        warper = None if isConfigured else self.warper
        builder = TemplateBuilder(template, self.config.warp, stopwatch, warper)
        used: list[CoaddReader] = []
        for tract, patches in tracts.items():
            coadds = builder.add_tract(patches)
            if not coadds:
                self.log.info("No usable pixels of tract %s on the detector.", tract)
            used += coadds
        if not used:
            raise pipeBase.NoWorkFound("No patches found to overlap science exposure.")
        if not builder.finish():
            raise pipeBase.NoWorkFound("No valid pixels in warped template.")
        return used

    def _scaleVariance(self, template: afwImage.ExposureF, plate_scale_factor: float | None) -> None:
        """Scale the variance plane as configured, and record by how much."""
        if self.config.doScaleVariance:
            factor = self.scaleVariance.run(template.maskedImage)
            self.log.info("Scaled the variance of the template by %.3f.", factor)
            self.metadata["scaleTemplateVarianceFactor"] = factor
        if plate_scale_factor is not None:
            self.log.info(
                "Multiplied the variance by %.3f for the change of plate scale.", plate_scale_factor
            )
            template.variance.array[...] *= np.float32(plate_scale_factor)
            self.metadata["variancePlateScaleFactor"] = plate_scale_factor
            if plate_scale_factor != 1:
                self.metadata["templateVarianceCorrectionFactor"] = plate_scale_factor

    def _recordMetadata(
        self, template: afwImage.ExposureF, coadds: Sequence[CoaddReader], stopwatch: Stopwatch
    ) -> None:
        """Record coverage and timings in the task metadata."""
        self.metadata["nTracts"] = len({coadd.patch.tract for coadd in coadds})
        self.metadata["nPatches"] = len(coadds)
        size = template.mask.array.size
        self.metadata["fractionWithData"] = (size - _count_flagged(template.mask, "NO_DATA")) / size
        self.metadata["fractionHighVariance"] = _count_flagged(template.mask, "HIGH_VARIANCE") / size
        for stage, seconds in stopwatch.seconds.items():
            self.metadata["seconds" + stage.title().replace(" ", "")] = seconds


def _box_of_detector(detector: Detector | None) -> geom.Box2I:
    """Return the bounding box of a detector."""
    if detector is None:
        raise RuntimeError(
            "The science image has no detector: configure connections.bbox instead of connections.detector."
        )
    return detector.getBBox()


def _count_flagged(mask: afwImage.Mask, plane: str) -> int:
    """Count the pixels with a mask plane; zero if the plane is unknown."""
    bit = mask.getMaskPlaneDict().get(plane)
    return 0 if bit is None else mask.array.size - count_clear(mask.array, 1 << bit)


class GetDcrTemplateConnections(
    GetTemplateConnections,
    dimensions=("instrument", "visit", "detector"),
    defaultTemplates={"coaddName": "dcr", "warpTypeSuffix": "", "fakesType": ""},
):
    """Inputs and outputs of `GetDcrTemplateTask`."""

    visitInfo = connTypes.Input(
        doc="Metadata of the visit, from which its differential chromatic refraction is computed.",
        name="{fakesType}calexp.visitInfo",
        storageClass="VisitInfo",
        dimensions=("instrument", "visit", "detector"),
    )
    dcrCoadds = connTypes.Input(
        doc="Coadds of sub-bands that may overlap the science image.",
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
        doc="Number of sub-bands that each band is divided into.",
        default=3,
    )
    effectiveWavelength = pexConfig.Field(
        dtype=float,
        doc="Effective wavelength of the band, in nm.",
        optional=False,
    )
    bandwidth = pexConfig.Field(
        dtype=float,
        doc="Width of the band, in nm.",
        optional=False,
    )

    def validate(self) -> None:  # noqa: D102
        missing = [name for name in ("effectiveWavelength", "bandwidth") if getattr(self, name) is None]
        if missing:
            raise ValueError(f"The DCR model needs values, in nm, for config fields: {', '.join(missing)}.")
        super().validate()


class GetDcrTemplateTask(GetTemplateTask):
    """Task that builds the template of a detector from coadds of sub-bands.

    The coadds are combined to match the differential chromatic refraction of
    the visit.

    Raises
    ------
    ImportError
        Raised if ``lsst.ip.diffim.dcrModel`` is not installed.
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
            As from `GetTemplateTask.getExposures`; the handles return
            matched coadds, and the data IDs are those of subfilter 0.

        Raises
        ------
        lsst.pipe.base.NoWorkFound
            Raised if there is no WCS, or no patch overlaps.
        RuntimeError
            Raised if a patch does not have each of its subfilters once.
        """
        selected = super().getExposures(dcrCoaddExposureHandles, bbox, skymap, wcs)
        patchList = {
            tract: [int(dataId["patch"]) for dataId in group] for tract, group in selected.dataIds.items()
        }
        self.checkPatchList(patchList)
        handles = [handle for group in selected.coaddExposures.values() for handle in group]
        coaddExposures = self.getDcrModel(patchList, handles, visitInfo)
        firstIds = {
            (tract, int(dataId["patch"])): dataId
            for tract, group in selected.dataIds.items()
            # The lowest subfilter comes last, so it wins: 0 unless
            # checkPatchList was overridden.
            for dataId in sorted(group, key=lambda dataId: dataId["subfilter"], reverse=True)
        }
        dataIds = {
            tract: [firstIds[tract, patch] for patch in dict.fromkeys(patches)]
            for tract, patches in patchList.items()
        }
        return pipeBase.Struct(coaddExposures=coaddExposures, dataIds=dataIds)

    def checkPatchList(self, patchList: Mapping[int, Sequence[int]]) -> None:
        """Check that each patch has the configured number of subfilters.

        Parameters
        ----------
        patchList
            Patches by tract, each repeated once per subfilter.

        Raises
        ------
        RuntimeError
            Raised if a patch has a different number of subfilters.
        """
        expected = self.config.numSubfilters
        for tract, patches in patchList.items():
            for patch, number in Counter(patches).items():
                if number != expected:
                    raise RuntimeError(
                        f"Tract {tract}, patch {patch} has {number} subfilters, but config.numSubfilters is "
                        f"{expected}."
                    )

    def getDcrModel(
        self,
        patchList: Mapping[int, Sequence[int]],
        coaddRefs: Sequence[DeferredDatasetHandle],
        visitInfo: afwImage.VisitInfo,
    ) -> dict[int, list[DeferredDatasetHandle]]:
        """Combine the subfilters of each patch to match a visit.

        Parameters
        ----------
        patchList
            Patches by tract.
        coaddRefs
            Handles of the coadds of all subfilters of these patches.
        visitInfo
            Visit to match.

        Returns
        -------
        coaddExposures
            Handles of the matched coadds by tract, in the order of the
            patches.

        Raises
        ------
        RuntimeError
            Raised if a patch does not have each of its subfilters once.
        """
        config = self.config
        coaddExposures: dict[int, list[DeferredDatasetHandle]] = {}
        for tract, patches in patchList.items():
            for patch in dict.fromkeys(patches):
                handles = select_subfilters(coaddRefs, tract, patch, config.numSubfilters)
                model = self._dcrModel.fromQuantum(
                    handles, config.effectiveWavelength, config.bandwidth, config.numSubfilters
                )
                matched = model.buildMatchedExposureHandle(visitInfo=visitInfo)
                coaddExposures.setdefault(tract, []).append(matched)
        return coaddExposures
