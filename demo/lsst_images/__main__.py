# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of `CellCoadd` and `VisitImage` datasets, and of ExposureF coadds
with the same pixels: ``python -m demo.lsst_images``.
"""

from __future__ import annotations

import argparse
import importlib.util
import pathlib
import shutil
import sys
import time

from lsst.daf.butler import Butler, CollectionType, DatasetType
from tqdm import tqdm

from ..arguments import SurveyParser
from ..run import make_templates
from ..simulate import INPUTS, write_survey
from ..survey import Survey
from .compare import Comparison, compare_templates

HERE = pathlib.Path(__file__).resolve().parent
PIPELINES = HERE.parents[1] / "pipelines"
RUN = "demo/lsst_images"
CHAIN = "demo/lsst_images_inputs"
EXPOSURES = "coadd_exposure"
"""Dataset type of the coadds as ExposureF."""


def main() -> int:
    """Simulate, convert, make templates twice and compare them; return the
    exit status.
    """
    args = _parse_arguments()
    if importlib.util.find_spec("lsst.images") is None:
        print("This demo needs the package lsst-images, which needs Python 3.12 or newer.", file=sys.stderr)
        return 1
    survey = Survey(args.detectors)
    repo = args.output / "repo"
    if repo.exists():
        shutil.rmtree(repo)
    args.output.mkdir(parents=True, exist_ok=True)

    begin = time.monotonic()
    write_survey(survey, repo)
    images = _write_images(survey, repo)
    print(f"Wrote {images} images of lsst.images into {repo} ({time.monotonic() - begin:.1f} s).", flush=True)

    of_exposures = f"buildTemplate:connections.coaddExposures={EXPOSURES}"
    for pipeline, output, config in (
        ("LsstImagesTemplate.yaml", "of_images", ()),
        ("GetTemplate.yaml", "of_exposures", (of_exposures,)),
    ):
        begin = time.monotonic()
        make_templates(
            survey,
            repo,
            args.output / f"{output}.log",
            args.jobs,
            pipeline=PIPELINES / pipeline,
            inputs=CHAIN,
            output=f"demo/{output}",
            config=config,
        )
        print(f"Made the templates ({time.monotonic() - begin:.1f} s).", flush=True)

    with Butler.from_config(str(repo)) as butler:
        comparisons = [
            compare_templates(
                butler.get("template_detector", data_id, collections="demo/of_images"),
                butler.get("goodSeeingDiff_templateExp", data_id, collections="demo/of_exposures"),
                "visit {visit}, detector {detector}".format_map(data_id),
            )
            for data_id in (
                {"instrument": survey.camera.getName(), "visit": visit.id, "detector": detector}
                for visit in survey.visits
                for detector in range(survey.detectors)
            )
        ]
    return _report(comparisons)


def _report(comparisons: list[Comparison]) -> int:
    for comparison in comparisons:
        print(comparison)
    equal = sum(not comparison.differences for comparison in comparisons)
    print(f"{equal} of {len(comparisons)} templates of lsst.images are equal to those of ExposureF coadds.")
    return 0 if equal == len(comparisons) else 1


def _parse_arguments() -> argparse.Namespace:
    parser = SurveyParser(
        "python -m demo.lsst_images",
        "Make templates of CellCoadd and VisitImage datasets, and compare them with templates of ExposureF "
        "coadds that have the same pixels.",
        """
        python -m demo.lsst_images
        python -m demo.lsst_images --detectors 4 --jobs 2
        """,
        detectors=1,
    )
    parser.add_output(HERE.parent / "output" / "lsst_images", "a repository in it is replaced")
    parser.add_jobs()
    return parser.parse()


def _write_images(survey: Survey, repo: pathlib.Path) -> int:
    """Convert all images of a repository, each coadd to a `CellCoadd` and to
    an ExposureF with the same pixels and PSF.
    """
    from .convert import make_cell_coadd, make_visit_image

    with Butler.from_config(str(repo), writeable=True, run=RUN, collections=INPUTS) as butler:
        patch_dimensions, image_dimensions = ("tract", "patch", "band"), ("visit", "detector")
        for name, dimensions, storage_class in (
            ("template_coadd", patch_dimensions, "CellCoadd"),
            (EXPOSURES, patch_dimensions, "ExposureF"),
            ("visit_image", image_dimensions, "VisitImage"),
        ):
            butler.registry.registerDatasetType(
                DatasetType(name, dimensions, storage_class, universe=butler.dimensions)
            )
        patches = [(tract, patch) for tract in survey.skymap for patch in tract]
        for tract, patch in tqdm(patches, "coadds", disable=None):
            data_id = {
                "skymap": survey.skymap_name,
                "tract": tract.getId(),
                "patch": patch.getSequentialIndex(),
                "band": survey.band,
            }
            exposure = butler.get("goodSeeingCoadd", data_id)
            coadd = make_cell_coadd(exposure, survey, tract, patch)
            butler.put(coadd, "template_coadd", data_id)
            exposure.setPsf(coadd.psf.to_legacy())
            butler.put(exposure, EXPOSURES, data_id)
        for visit in survey.visits:
            for detector in tqdm(range(survey.detectors), f"visit {visit.id}", disable=None):
                data_id = {
                    "instrument": survey.camera.getName(),
                    "visit": visit.id,
                    "detector": detector,
                }
                exposure = butler.get("calexp", data_id)
                butler.put(make_visit_image(exposure, survey, visit, detector), "visit_image", data_id)
        butler.collections.register(CHAIN, CollectionType.CHAINED)
        butler.collections.redefine_chain(CHAIN, [RUN, INPUTS])
    return len(patches) + len(survey.visits) * survey.detectors


if __name__ == "__main__":
    sys.exit(main())
