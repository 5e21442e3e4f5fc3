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

"""Batch submission: what the files of ``bps/`` ask for, and a real run."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import lsst.utils.tests
import yaml
from lsst.ctrl.bps import BPS_DEFAULTS, BpsConfig
from lsst.ctrl.bps.parsl import get_parsl_config
from lsst.ctrl.bps.quantum_clustering_funcs import partition_cluster_values
from lsst.daf.butler import Config
from template_testing import putItem

ROOT = pathlib.Path(__file__).resolve().parents[1]
BPS = ROOT / "bps"


class BpsConfigTestCase(lsst.utils.tests.TestCase):
    """The submission files, without submitting them."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "config").mkdir()
        # Stands in for the file of ctrl_bps_panda.
        site = {"requestMemory": 4096, "computeSite": "queue", "pipelineYaml": "other.yaml"}
        (self.folder / "config" / "bps_usdf.yaml").write_text(yaml.dump(site))
        putItem(self, os.environ, "IP_DIFFIM_TEMPLATE_DIR", str(ROOT))
        putItem(self, os.environ, "CTRL_BPS_PANDA_DIR", folder.name)

    def testRequests(self) -> None:
        """Each site gets the same requests, and its own service."""
        for name, service in (
            ("local", "parsl.ParslService"),
            ("slurm", "parsl.ParslService"),
            ("htcondor", "htcondor.HTCondorService"),
            ("panda", "panda.PanDAService"),
        ):
            with self.subTest(name):
                config = Config(str(BPS / f"{name}.yaml"))
                self.assertEqual(config["wmsServiceClass"], f"lsst.ctrl.bps.{service}")
                self.assertIsInstance(config["computeSite"], str)
                self.assertEqual(config[".pipetask.buildTemplate.requestMemory"], 1024)
                self.assertEqual(config[".pipetask.buildTemplate.requestCpus"], 1)
                self.assertEqual(config[".cluster.templates.pipetasks"], "buildTemplate")
                pipeline = pathlib.Path(os.path.expandvars(config["pipelineYaml"]))
                self.assertTrue(pipeline.is_file(), pipeline)
        self.assertEqual(config["computeSite"], "queue")

    def testSearch(self) -> None:
        """The task's requests come before the defaults of bps."""
        config = BpsConfig(str(BPS / "local.yaml"), defaults=BPS_DEFAULTS)
        for label, memory in (("buildTemplate", 1024), ("other", 2048)):
            found = config.search("requestMemory", opt={"curvals": {"curr_pipetask": label}})
            self.assertEqual(found, (True, memory))

    def testPartition(self) -> None:
        """189 detectors make seven jobs of the same size."""
        config = BpsConfig(str(BPS / "slurm.yaml"), defaults=BPS_DEFAULTS)
        cluster = config[".cluster.templates"]
        jobs = list(partition_cluster_values(cluster, "templates", set(range(189)), 1).values())
        self.assertEqual([jobs.count(job) for job in sorted(set(jobs))], [27] * 7)

    def testParsl(self) -> None:
        """The sites are ones that parsl accepts."""
        local = get_parsl_config(BpsConfig(str(BPS / "local.yaml"), defaults=BPS_DEFAULTS))
        self.assertEqual([executor.max_workers_per_node for executor in local.executors], [2])
        config = BpsConfig(str(BPS / "slurm.yaml"), defaults=BPS_DEFAULTS)
        config["operator"] = "somebody"
        (slurm,) = get_parsl_config(config).executors
        self.assertEqual(slurm.provider.walltime, "02:00:00")
        # The least memory that a job asks for, in GiB, for each core.
        self.assertGreaterEqual(slurm.provider.mem_per_node, slurm.provider.cores_per_node)


class SubmitTestCase(lsst.utils.tests.TestCase):
    """``bps submit``, with one detector a visit: two jobs."""

    def testSubmit(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-m", "bps.run_demo", "--detectors", "1", "--output", f"{folder}/bps"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("Ran 2 jobs", done.stdout)
            self.assertIn("2 of 2 templates agree", done.stdout)


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
