# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measurement of jobs of increasing size on a private Slurm cluster, and of
their file system requests: ``python -m bps.measure_jobs``.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from typing import TypeAlias

from lsst.daf.butler import Butler

from demo.arguments import SurveyParser
from demo.simulate import write_survey
from demo.survey import Survey

from .costs import Costs, measure_jobs
from .private_slurm import PrivateSlurm
from .submission import CORES, MEMORY, Submitter, end_session, write_slurm_site

DETECTORS = 27
TRACE = (
    "strace",
    "-f",
    "-y",
    "-e",
    "trace=%file,read,readv,pread64,preadv,preadv2,write,writev,pwrite64,pwritev,pwritev2",
    "-o",
)
KINDS = {
    "open": ("open", "openat", "creat"),
    "look": ("access", "faccessat2", "lstat", "newfstatat", "readlink", "readlinkat", "stat", "statx"),
    "change": ("chmod", "fchmodat", "link", "mkdir", "mkdirat", "rename", "renameat2", "unlink", "unlinkat"),
    "read": ("read", "readv", "pread64", "preadv", "preadv2"),
    "write": ("write", "writev", "pwrite64", "pwritev", "pwritev2"),
}
"""System calls, by the kind of request to the file system."""


def main() -> None:
    """Simulate a survey, and print both tables."""
    parser = SurveyParser(
        "python -m bps.measure_jobs",
        "Measure jobs of more and more detectors on a private Slurm cluster, and what they ask of the file "
        "system.",
        """
        python -m bps.measure_jobs
        python -m bps.measure_jobs --detectors 4 1 2 4
        """,
        detectors=DETECTORS,
    )
    parser.add_argument(
        "sizes",
        metavar="SIZE",
        type=int,
        nargs="*",
        default=[1, 4, 9, 27],
        help="detectors per job (default: 1 4 9 27)",
    )
    args = parser.parse()
    if min(args.sizes) < 1:
        parser.error(f"A job must have 1 detector or more, not {min(args.sizes)}.")
    # Stop everything that was started after this signal, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="jobs") as name:
        folder = pathlib.Path(name).resolve()
        survey = Survey(args.detectors)
        write_survey(survey, folder / "repo")
        with PrivateSlurm(folder / "slurm", cpus=CORES, memory=1024 * MEMORY) as slurm:
            submitter = Submitter.of_survey(survey, folder, slurm.environment)
            # The first job compiles the kernels if necessary.
            _submit(submitter, slurm, "warm", args.detectors)
            print(
                "detectors/job  jobs  wall s  CPU s  start CPU s/template  CPU s/template  slowest job s  MiB"
            )
            for size in args.sizes:
                print(_format(size, _submit(submitter, slurm, f"jobs{size}", size)), flush=True)
        if shutil.which(TRACE[0]) is None:
            print("Requests to the file system are counted with strace, which is not installed.")
            return
        print(f"\n{'requests':10}{''.join(f'{kind:>8}' for kind in KINDS)}  MB read  MB written")
        few, many = (_trace(submitter, count) for count in (1, 1 + args.detectors // 2))
        print(_format_requests("template", _per_template(few, many, args.detectors // 2)))


def _submit(submitter: Submitter, slurm: PrivateSlurm, output: str, size: int) -> Costs:
    """Submit all templates in jobs of a given size."""
    before = len(slurm.ended())
    config = write_slurm_site(submitter.folder / f"{output}.yaml", size)
    submit_folder = submitter.run(config, output=output)
    slurm.wait_for_jobs()
    with Butler.from_config(str(submitter.folder / "repo"), collections=[output]) as butler:
        return measure_jobs(submit_folder, butler, slurm.ended()[before:])


def _format(size: int, costs: Costs) -> str:
    count = len(costs.compute)
    slowest = max(each.ended - each.started for each in costs.attempts if each.ended is not None)
    return (
        f"{size:13}  {len(costs.attempts):4}  {costs.wall:6.1f}  {costs.cpu:5.1f}"
        f"  {costs.start_cpu / count:20.2f}  {costs.cpu / count:14.2f}  {slowest:13.1f}  {costs.memory:3.0f}"
    )


_Requests: TypeAlias = dict[str, int]
"""Requests to files of the repository and of the submission, by kind."""


def _trace(submitter: Submitter, count: int) -> _Requests:
    """Count the file system requests of a process that builds templates."""
    submit_folder = submitter.submit_folder("warm")
    (graph,) = submit_folder.glob("*.qg")
    nodes = re.search(r"--qgraph-node-id (\S+)", _first_job(submit_folder))
    if nodes is None:
        raise RuntimeError(f"No job of {submit_folder} names its quanta.")
    chosen = ",".join(nodes[1].split(",")[:count])
    trace = submitter.folder / "trace.txt"
    # Existing outputs would be skipped.
    for kind in ("goodSeeingDiff_templateExp", "buildTemplate_log", "buildTemplate_metadata"):
        for path in [*(submitter.folder / "repo" / "warm").rglob(kind)]:
            shutil.rmtree(path)
    pipetask = pathlib.Path(sys.executable).with_name("pipetask")
    process = subprocess.Popen(
        [*TRACE, trace, pipetask, "run-qbb", submitter.folder / "repo", graph, "--qgraph-node-id", chosen],
        cwd=submitter.folder,
        env=submitter.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if process.wait():
            raise RuntimeError(f"{pipetask} ended with status {process.returncode} under {TRACE[0]}.")
    finally:
        end_session(process)
    with trace.open(errors="replace") as file:
        return _count(file, str(submitter.folder))


def _first_job(submit_folder: pathlib.Path) -> str:
    """Return the log of a job, which begins with its command."""
    return min((submit_folder / "logs" / "templates").rglob("*.stderr")).read_text()


def _count(lines: Iterable[str], folder: str) -> _Requests:
    """Count system calls that concern a folder."""
    kinds = {name: kind for kind, names in KINDS.items() for name in names}
    found = dict.fromkeys([*KINDS, "bytes of read", "bytes of write"], 0)
    for line in lines:
        # The working directory does not tell which file is requested.
        line = re.sub(r"AT_FDCWD<[^>]*>", "AT_FDCWD", line)
        call = re.match(r"\d+ +(\w+)\(", line)
        if call is None or folder not in line or call[1] not in kinds:
            continue
        kind = kinds[call[1]]
        found[kind] += 1
        size = re.search(r" = (\d+)$", line)
        if kind in ("read", "write") and size is not None:
            found[f"bytes of {kind}"] += int(size[1])
    return found


def _per_template(few: _Requests, many: _Requests, count: int) -> _Requests:
    """Return the mean number of requests per additional template."""
    return {key: round((many[key] - few[key]) / count) for key in few}


def _format_requests(what: str, found: _Requests) -> str:
    counts = "".join(f"{found[kind]:8}" for kind in KINDS)
    return f"{what:10}{counts}{found['bytes of read'] / 1e6:9.2f}{found['bytes of write'] / 1e6:12.2f}"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
