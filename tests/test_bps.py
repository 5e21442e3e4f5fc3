# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batch submission: what the files of ``bps/`` ask for, and a real run."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pathlib
import pickle
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

import lsst.utils.tests
import yaml
from faults.survey import INPUTS, INSTRUMENT, MANY, SKYMAP, SmallSurvey
from lsst.ctrl.bps import BPS_DEFAULTS, BpsConfig, WmsStates
from lsst.ctrl.bps.bps_reports import compile_code_summary, compile_job_summary
from lsst.ctrl.bps.cli.bps import cli
from lsst.ctrl.bps.parsl import get_parsl_config
from lsst.ctrl.bps.parsl.workflow import ParslWorkflow
from lsst.ctrl.bps.quantum_clustering_funcs import partition_cluster_values
from lsst.ctrl.bps.report import display_report, retrieve_report
from lsst.daf.butler import Config
from lsst.daf.butler.cli.utils import LogCliRunner
from lsst.ip.diffim.templateBatch import RECORD, ReportingParslService
from template_testing import putItem

from bps.costs import CLOCK, read_attempts
from bps.private_slurm import NODE, PrivateSlurm, SlurmMissingError, check_slurm

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
            ("local", "ip.diffim.templateBatch.ReportingParslService"),
            ("slurm", "ip.diffim.templateBatch.ReportingParslService"),
            ("htcondor", "ctrl.bps.htcondor.HTCondorService"),
            ("panda", "ctrl.bps.panda.PanDAService"),
        ):
            with self.subTest(name):
                config = Config(str(BPS / f"{name}.yaml"))
                self.assertEqual(config["wmsServiceClass"], f"lsst.{service}")
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


class PrepareTestCase(lsst.utils.tests.TestCase):
    """``bps prepare`` for each site, and what its plugin makes of the
    requests: three visits, the first of which has four detectors.
    """

    DETECTORS = {visit: sum(each.visit == visit for each in MANY) for visit in (1, 2, 3)}

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name).resolve()
        SmallSurvey(MANY).write(cls.folder / "repo")
        # What a site adds, as a file of ctrl_bps_panda has it.
        (cls.folder / "config").mkdir()
        site = {
            "computeSite": "QUEUE",
            "computeCloud": "US",
            "requestMemory": 8192,
            "payload": {
                "payloadFolder": "payload",
                "fileDistributionEndPoint": f"{cls.folder}/{{payloadFolder}}/{{uniqProcName}}/",
                "runnerCommand": "python3 cmd_line_decoder.py _cmd_line_",
            },
        }
        (cls.folder / "config" / "bps_usdf.yaml").write_text(yaml.safe_dump(site))
        cls.graph: pathlib.Path | None = None

    def setUp(self) -> None:
        variables = {
            "PWD": str(self.folder),
            "IP_DIFFIM_TEMPLATE_DIR": str(ROOT),
            "CTRL_MPEXEC_DIR": os.environ.get("CTRL_MPEXEC_DIR", sys.prefix),
            "DAF_BUTLER_DIR": os.environ.get("DAF_BUTLER_DIR", sys.prefix),
            "CTRL_BPS_PANDA_DIR": str(self.folder),
            # Nothing on the network is to be asked when a plugin is loaded.
            "PANDA_URL": "http://localhost/server/panda",
            "PANDA_BEHIND_REAL_LB": "1",
            "CONDOR_CONFIG": "ONLY_ENV",
        }
        for name, value in variables.items():
            putItem(self, os.environ, name, value)
        pipetask = pathlib.Path(os.environ["CTRL_MPEXEC_DIR"], "bin", "pipetask")
        if not pipetask.exists():
            self.skipTest(f"bps builds quantum graphs with {pipetask}, which does not exist.")

    def require(self, module: str, needs: str) -> None:
        """Skip the test if a plugin, or what it needs, is not installed."""
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as err:
            self.skipTest(f"{module} needs {needs}: {err}")

    def prepare(self, site: str) -> pathlib.Path:
        """Run ``bps prepare``; return the folder with what was written."""
        query = f"instrument='{INSTRUMENT}' AND skymap='{SKYMAP}'"
        # One graph does for all.
        graph = ("-d", query) if self.graph is None else ("-g", str(self.graph))
        command = ["--log-level", "WARNING", "prepare", str(BPS / f"{site}.yaml")]
        command += ["-b", str(self.folder / "repo"), "-i", INPUTS, "-o", site, *graph]
        command += ["-p", str(ROOT / "pipelines" / "GetTemplate.yaml")]
        with contextlib.chdir(self.folder):
            result = LogCliRunner().invoke(cli, command)
        self.assertEqual(result.exit_code, 0, f"{result.output}{result.exception!r}")
        (folder,) = (self.folder / "submit" / site).iterdir()
        if self.graph is None:
            (type(self).graph,) = folder.glob("*.qg")
        return folder

    def checkParsl(self, folder: pathlib.Path) -> ParslWorkflow:
        """Check what was prepared for parsl."""
        workflow = ParslWorkflow.read(str(folder))
        jobs = {name: job.generic for name, job in workflow.jobs.items() if name != "pipetaskInit"}
        self.assertEqual(
            {job.tags["visit"]: job.request_walltime for job in jobs.values()}, self.DETECTORS, jobs
        )
        for job in jobs.values():
            self.assertEqual((job.request_memory, job.request_cpus), (1024, 1))
            self.assertEqual(job.request_disk, 10 * job.request_walltime)
        self.assertEqual(workflow.final.generic.request_memory, 4096)
        return workflow

    def testLocal(self) -> None:
        self.checkParsl(self.prepare("local"))

    def testSlurm(self) -> None:
        workflow = self.checkParsl(self.prepare("slurm"))
        (executor,) = workflow.parsl_config.executors
        # Slurm takes as directives only the lines before the first command.
        options = executor.provider.scheduler_options
        self.assertTrue(all(line.startswith("#") for line in options.split()[::2] if line), options)
        self.assertIn("\n#SBATCH --export=ALL\n", f"\n{options}")
        self.assertEqual(workflow.parsl_config.retries, 3)

    def testHTCondor(self) -> None:
        self.require("lsst.ctrl.bps.htcondor", "htcondor<25, the last with the module 'classad'")
        folder = self.prepare("htcondor")
        for visit, detectors in self.DETECTORS.items():
            (path,) = (folder / "jobs" / "templates" / str(visit)).glob("*.sub")
            found = dict(re.findall(r"^(\S+?) ?= ?(.*)$", path.read_text(), re.MULTILINE))
            self.assertEqual(found["request_cpus"], "1")
            self.assertEqual(found["request_disk"], f"{10 * detectors}MB")
            # At first, and after a job was stopped for its memory.
            self.assertIn("max({1024, MemoryUsage ?: 0})", found["request_memory"])
            self.assertIn("min({int(1024 * pow(2, NumJobStarts)), 4096})", found["request_memory"])
            self.assertEqual(found["max_retries"], "3")
            self.assertEqual(found["retry_until"], "member(ExitCode, {1,2})")
            self.assertEqual(found["getenv"], "True")
            self.assertEqual(found["+bps_job_quanta"], f'"buildTemplate:{detectors}"')
        final = (folder / "jobs" / "finalJob" / "finalJob.sub").read_text()
        self.assertIn("4096", re.search("^request_memory=(.*)$", final, re.MULTILINE)[1])

    def testPanda(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self.require("lsst.ctrl.bps.panda", "idds-client and panda-client")
            service = importlib.import_module("lsst.ctrl.bps.panda").PanDAService
            # All but the answer of a server that is not there.
            with unittest.mock.patch.object(service, "ping", lambda self, pass_thru=None: (0, None)):
                folder = self.prepare("panda")
            with open(folder / "panda_workflow.pickle", "rb") as file:
                workflow = pickle.load(file)
            works = {
                work.task_name.split("_")[-2]: work for work in workflow.idds_client_workflow.get_all_works()
            }
        self.assertEqual(works.keys(), {"pipetaskInit", "templates", "finalJob"})
        templates = works["templates"]
        self.assertEqual((templates.task_site, templates.task_cloud), ("QUEUE", "US"))
        self.assertEqual((templates.task_rss, templates.task_rss_max, templates.core_count), (1024, 4096, 1))
        # Jobs of one label share a walltime (s), that of the largest.
        self.assertEqual(templates.maxWalltime, 60 * 27)
        self.assertEqual(templates.maxAttempt, 3)
        self.assertEqual((works["finalJob"].task_rss, works["finalJob"].maxWalltime), (4096, 3600))
        self.assertEqual(works["pipetaskInit"].maxWalltime, 600)


class PrivateSlurmTestCase(lsst.utils.tests.TestCase):
    """The cluster that the demo and the faults use."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def testJobs(self) -> None:
        """Jobs get the environment that submits, and all is ended."""
        try:
            check_slurm()
        except SlurmMissingError as err:
            self.skipTest(str(err))
        with PrivateSlurm(self.folder / "slurm", cpus=3, memory=1024) as slurm:
            putItem(self, os.environ, "TEMPLATE_TEST", "of the shell")
            output = self.folder / "logs" / "job.stdout"
            output.parent.mkdir()
            script = f'{CLOCK}\necho "$TEMPLATE_TEST"; exit 3'
            slurm.run("sbatch", f"--output={output}", "--ntasks=3", f"--wrap={script}")
            # More than there is waits, and is ended with the cluster.
            slurm.run("sbatch", "--job-name=long", "--output=/dev/null", "--ntasks=3", "--wrap=sleep 1000")
            end = time.monotonic() + 60
            while not (slurm.ended() and slurm.running()) and time.monotonic() < end:
                time.sleep(0.1)
            (job,) = slurm.ended()
            self.assertEqual((job.id, job.name, job.state), (1, "wrap", "FAILED"))
            self.assertLessEqual(job.submitted, job.started)
            self.assertIn("of the shell", output.read_text())
            (attempt,) = read_attempts(self.folder)
            self.assertEqual((attempt.job, attempt.status), ("job", 3))
            self.assertEqual(slurm.running(), [2])
            with self.assertRaises(subprocess.CalledProcessError):
                slurm.run("sbatch", "--ntasks=4", "--wrap=true")
            self.assertGreaterEqual(len(slurm.processes()), 4)
        self.assertEqual(slurm.processes(), [])
        self.assertEqual(slurm.ended()[-1].state, "CANCELLED")
        # All that it had is in its folder.
        self.assertNotIn(NODE, os.listdir(self.folder))

    def testFailure(self) -> None:
        """A cluster that doesn't start tells why, and is ended."""
        try:
            check_slurm()
        except SlurmMissingError as err:
            self.skipTest(str(err))
        slurm = PrivateSlurm(self.folder / "slurm")
        with (
            unittest.mock.patch(
                "bps.private_slurm.CONFIGURATION", "ClusterName=private\nNonsense={folder}\n"
            ),
            self.assertRaisesRegex(RuntimeError, "(?s)slurmctld in .* did not start.*Nonsense"),
            slurm,
        ):
            self.fail("There is no cluster with such a configuration.")
        self.assertEqual(slurm.processes(), [])

    def testPath(self) -> None:
        """Paths that sockets or Slurm's configuration can't hold."""
        with unittest.mock.patch("bps.private_slurm.check_slurm"):
            with self.assertRaisesRegex(ValueError, "longer than the 107 bytes"):
                PrivateSlurm(self.folder / ("a" * 100))
            for name in ("a b", "a#b", "a,b", "a%b"):
                with self.assertRaisesRegex(ValueError, "cannot hold"):
                    PrivateSlurm(self.folder / name)

    def testMissing(self) -> None:
        """Without Slurm, the demo says what to install, and ends."""
        with unittest.mock.patch("bps.private_slurm.FOLDERS", ()):
            putItem(self, os.environ, "PATH", str(self.folder))
            with self.assertRaisesRegex(SlurmMissingError, "munged, slurmctld.* apt-get install slurm-wlm"):
                check_slurm()


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
            (submit,) = pathlib.Path(folder, "bps", "submit", "demo", "bps").iterdir()
            state, message = ReportingParslService({}).get_status(str(submit))
            self.assertEqual((state, message), (WmsStates.SUCCEEDED, ""))


class ReportTestCase(lsst.utils.tests.TestCase):
    """What ``bps report`` tells of a run on parsl, from its record."""

    BEGIN = {
        "event": "submitted",
        "host": socket.gethostname(),
        "process": os.getpid(),
        "run": "u_me_1",
        "jobs": {"pipetaskInit": "pipetaskInit", "a": "templates", "b": "templates", "finalJob": "finalJob"},
        "operator": "me",
        "project": "templates",
        "campaign": "night",
        "payloadName": "payload",
    }

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def report(self, *events: dict[str, object], end: str = "") -> str:
        """Write a record, and return what ``bps report`` prints."""
        text = "".join(json.dumps(event) + "\n" for event in events)
        (self.folder / RECORD).write_text(text + end)
        runs, messages = retrieve_report(
            f"{ReportingParslService.__module__}.ReportingParslService",
            run_id=str(self.folder),
            return_exit_codes=True,
            postprocessors=[compile_job_summary, compile_code_summary],
        )
        output = io.StringIO()
        display_report(runs, messages, is_detailed=True, return_exit_codes=True, file=output)
        return output.getvalue()

    def states(self, output: str, label: str) -> dict[str, int]:
        """Return the line of a table for jobs of a label."""
        names = next(line.split() for line in output.splitlines() if "UNREADY" in line)
        values = next(line.split()[1:] for line in output.splitlines() if line.startswith(f"{label} "))
        return {name: int(value) for name, value in zip(names, values, strict=True) if value != "0"}

    @staticmethod
    def end(name: str, succeeded: bool = True, status: int | None = None) -> dict[str, object]:
        return {"event": "job", "name": name, "succeeded": succeeded, "status": status}

    def testRunning(self) -> None:
        """While it runs, jobs with a log are running."""
        (self.folder / "logs" / "templates").mkdir(parents=True)
        (self.folder / "logs" / "templates" / "a.stderr").touch()
        # The last line is still being written.
        output = self.report(self.BEGIN, self.end("pipetaskInit"), end='{"event": "jo')
        self.assertRegex(output, "RUNNING +25 ")
        self.assertEqual(self.states(output, "templates"), {"RUNNING": 1, "PENDING": 1, "EXPECTED": 2})
        self.assertEqual(self.states(output, "finalJob"), {"UNREADY": 1, "EXPECTED": 1})

    def testFailed(self) -> None:
        """Why attempts failed is told, and how to go on."""
        output = self.report(
            self.BEGIN,
            self.end("pipetaskInit"),
            {"event": "failure", "name": "a", "reason": "ManagerLost: {of node1}"},
            {"event": "failure", "name": "b", "reason": "ManagerLost: of node1"},
            {"event": "failure", "name": "b", "reason": "BashExitFailure: status 137"},
            self.end("a"),
            self.end("b", False, 137),
            self.end("finalJob"),
            {"event": "ended"},
        )
        self.assertRegex(output, "FAILED +75 ")
        self.assertEqual(self.states(output, "templates"), {"SUCCEEDED": 1, "FAILED": 1, "EXPECTED": 2})
        self.assertIn("a failed once: ManagerLost: {of node1}", output)
        self.assertIn("b failed 2 times: ManagerLost: of node1; BashExitFailure: status 137", output)
        self.assertIn(f"bps restart --id {self.folder.resolve()}", output)
        self.assertRegex(output, "templates +0 +None +1 +137")

    def testRestarted(self) -> None:
        """After a restart, jobs that failed are run again."""
        events = [self.BEGIN, self.end("pipetaskInit"), self.end("a"), self.end("b", False, 1)]
        events += [self.end("finalJob"), {"event": "ended"}, {**self.BEGIN, "event": "restarted"}]
        output = self.report(*events)
        self.assertEqual(self.states(output, "templates"), {"SUCCEEDED": 1, "PENDING": 1, "EXPECTED": 2})
        output = self.report(*events, self.end("a"), self.end("b"), self.end("finalJob"), {"event": "ended"})
        self.assertRegex(output, "SUCCEEDED +100 ")

    def testDied(self) -> None:
        """A run whose process has died does not go on by itself."""
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        output = self.report({**self.BEGIN, "process": process.pid}, self.end("pipetaskInit"))
        self.assertRegex(output, "FAILED +25 ")
        self.assertEqual(self.states(output, "templates"), {"READY": 2, "EXPECTED": 2})
        self.assertIn(f"Process {process.pid}, which submitted the run, has died.", output)

    def testProblems(self) -> None:
        """Records that are missing or damaged."""
        service = ReportingParslService({})
        self.assertEqual(service.get_status(str(self.folder))[0], WmsStates.UNKNOWN)
        self.assertIn("no record", service.report(str(self.folder))[1])
        self.assertIn("--id", service.report()[1])
        for line in ("x\n", "{}\n", '{"event": "other"}\n', '{"event": "job"}\n'):
            with self.assertRaisesRegex(ValueError, f"Line 2 of {self.folder / RECORD} is damaged"):
                self.report(self.BEGIN, end=line)
        with self.assertRaisesRegex(ValueError, "has no beginning"):
            self.report()


def setup_module(module: object) -> None:
    """Prepare the memory test."""
    lsst.utils.tests.init()


class MemoryTester(lsst.utils.tests.MemoryTestCase):
    """Check for leaks of file descriptors."""


if __name__ == "__main__":
    lsst.utils.tests.init()
    unittest.main()
