# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often coadds are downloaded from a remote datastore.

An S3 server on the loopback interface counts the downloads.
"""

from __future__ import annotations

import collections
import os
import pathlib
import re
import tempfile
import threading
import unittest

import lsst.utils.tests
from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler
from lsst.ip.diffim import GetTemplateTask
from template_repository import DATA, SceneRepository
from template_testing import TemplateTestCase, putItem

try:
    import boto3
    import moto.server
    import werkzeug.serving
except ModuleNotFoundError as err:
    raise unittest.SkipTest(f"No S3 server without {err.name}: install moto[server].") from err

BUCKET = "templates"


class Server:
    """S3 server that counts the downloads of each file."""

    def __init__(self):
        self.downloads = collections.Counter()
        self._application = moto.server.DomainDispatcherApplication(moto.server.create_backend_app)
        self._server = werkzeug.serving.make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.port}"

    def start(self):
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "GET" and (found := re.search(r"[^/]+\.fits$", environ["PATH_INFO"])):
            self.downloads[found.group()] += 1
        return self._application(environ, start_response)


class RemoteTestCase(TemplateTestCase):
    """A repository whose datastore is a bucket."""

    def setUp(self):
        self.server = Server()
        self.server.start()
        self.addCleanup(self.server.stop)
        environment = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "S3_ENDPOINT_URL": self.server.url,
        }
        for name, value in environment.items():
            putItem(self, os.environ, name, value)
        client = boto3.client("s3", endpoint_url=self.server.url)
        client.create_bucket(Bucket=BUCKET)
        self.addCleanup(client.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.repository = SceneRepository(DATA, pathlib.Path(folder.name), f"s3://{BUCKET}/{self.id()}/")

    def makeTemplate(self):
        """Make the template with a new butler, which has an empty cache."""
        self.server.downloads.clear()
        task = GetTemplateTask()
        name = self.repository.name
        with Butler.from_config(self.repository.repo, collections=self.repository.inputs) as butler:
            handles = [
                butler.getDeferred("goodSeeingCoadd", skymap=name, tract=3, patch=patch, band="r")
                for patch in range(4)
            ]
            self.assertEqual({butler.getURI(handle.ref).scheme for handle in handles}, {"s3"})
            skymap = butler.get("skyMap", skymap=name)
            calexp = ExposureF(str(DATA / "calexp_one.fits"))
            bbox, wcs = calexp.getBBox(), calexp.getWcs()
            inputs = task.getExposures(handles, bbox, skymap, wcs)
            template = task.run(
                coaddExposureHandles=inputs.coaddExposures,
                bbox=bbox,
                wcs=wcs,
                dataIds=inputs.dataIds,
                physical_filter="r_scene",
                visit=42,
            ).template
        self.coadds = sum(map(len, inputs.coaddExposures.values()))
        return template

    def testDownloads(self):
        """Each coadd is downloaded twice, and one a tract once more."""
        reference = ExposureF(str(DATA / "template_one.fits"))
        for cache, bound in (("disabled", 2 * 4 + 1), ("datasets=100", 4)):
            putItem(self, os.environ, "DAF_BUTLER_CACHE_EXPIRATION_MODE", cache)
            template = self.makeTemplate()
            self.assertEqual(template.getBBox(), reference.getBBox())
            good = ~(self.noData(template) | self.noData(reference))
            self.assertGreater(good.mean(), 0.5)
            self.assertFloatsAlmostEqual(
                template.image.array[good],
                reference.image.array[good],
                atol=1e-3 * reference.image.array.max(),
            )
            self.assertEqual(self.coadds, 4)
            downloads = sum(
                number for name, number in self.server.downloads.items() if "goodSeeingCoadd" in name
            )
            self.assertGreaterEqual(downloads, 4)
            self.assertLessEqual(downloads, bound)


def setup_module(module):
    lsst.utils.tests.init()


class MemoryTestCase(lsst.utils.tests.MemoryTestCase):
    """Files left open."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
