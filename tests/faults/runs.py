# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start `pipetask`, kill it, and look at what it leaves behind."""

from __future__ import annotations

import collections
import dataclasses
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from lsst.daf.butler import Butler, DatasetRef

from .survey import INPUTS, INSTRUMENT, SKYMAP

__all__ = ("RESUME", "TEMPLATE", "Outputs", "Pipetask", "limited")

PIPELINE = pathlib.Path(__file__).resolve().parents[2] / "pipelines" / "GetTemplate.yaml"
TASK = "buildTemplate"
TEMPLATE = "goodSeeingDiff_templateExp"
RESUME = ("--extend-run", "--skip-existing", "--clobber-outputs")
PATIENCE = 300.0


def limited(limit: int, size: int) -> Callable[[], None]:
    """Return what a child process does to limit a resource of its own."""
    return lambda: resource.setrlimit(limit, (size, size))


class Pipetask:
    """One ``pipetask run`` that builds templates.

    As a context manager, it leaves no process behind.

    Parameters
    ----------
    repo
        Folder of the repository.
    run
        Output collection.
    *arguments
        Further arguments of the command.
    prepare
        Called in the child process before the command.
    where
        Further condition on data IDs.
    wrapper
        Command that takes this command as its arguments.
    """

    def __init__(
        self,
        repo: pathlib.Path,
        run: str,
        *arguments: str,
        prepare: Callable[[], None] | None = None,
        where: str = "",
        wrapper: Sequence[str] = (),
    ) -> None:
        self.log_path = repo.parent / f"{repo.name}_{run}_{time.monotonic_ns()}.log"
        with open(self.log_path, "w") as log:
            self._process = subprocess.Popen(
                [*wrapper, *self._command(repo, run, *arguments, where=where)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=prepare,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    @staticmethod
    def _command(repo: pathlib.Path, run: str, *arguments: str, where: str) -> list[str]:
        query = f"instrument='{INSTRUMENT}' AND skymap='{SKYMAP}'" + (f" AND {where}" if where else "")
        return [
            *(str(pathlib.Path(sys.executable).with_name("pipetask")), "run"),
            *("-b", str(repo), "-i", INPUTS, "--output-run", run),
            *("-p", str(PIPELINE), "-d", query, "--register-dataset-types", *arguments),
        ]

    @property
    def log(self) -> str:
        """All that was logged and printed."""
        return self.log_path.read_text()

    def finish(self) -> int:
        """Wait for the end; returns the exit status.

        That of a process that takes too long is the one of being killed.
        """
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        return self._process.returncode

    def wait_until(self, happens: Callable[[], object], pause: float = 0.01) -> bool:
        """Wait until something happens; False if the process ends first."""
        end = time.monotonic() + PATIENCE
        while not happens():
            if self._process.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(pause)
        return True

    def wait_for_log(self, pattern: str, count: int = 1) -> bool:
        """Wait until something was logged; False if the process ends first."""
        return self.wait_until(lambda: len(re.findall(pattern, self.log)) >= count)

    def limit_memory(self, size: int) -> None:
        """Let the process have this much more memory (bytes) than it has."""
        pid = self._process.pid
        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + size
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))

    def kill(self) -> bool:
        """Kill the process and its children; False if it had ended."""
        alive = self._process.poll() is None
        if alive:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return alive


@dataclasses.dataclass(frozen=True)
class Product:
    """A template as it was read back."""

    ref: DatasetRef
    modified: float
    values: tuple
    patches: frozenset[int]

    def equals(self, other: Product) -> bool:
        """Tell whether the contents are the same, to the last bit."""
        return all(
            np.array_equal(mine, theirs, equal_nan=True) if isinstance(mine, np.ndarray) else mine == theirs
            for mine, theirs in zip(self.values, other.values, strict=True)
        )


class Outputs:
    """What a run has left in a repository.

    Parameters
    ----------
    repo
        Folder of the repository.
    run
        Output collection.
    """

    def __init__(self, repo: pathlib.Path, run: str) -> None:
        self.templates: dict[tuple[int, int], Product] = {}
        self.partial: list[str] = []
        """Datasets that the butler knows and that cannot be read."""
        self.metadata: dict[tuple[int, int], DatasetRef] = {}
        self.exists = False
        """Whether there is such a collection."""
        self.strays: list[pathlib.Path] = []
        """Files of templates that the butler does not know."""
        # A process that died may have left a journal of the database, which
        # only one that may write can roll back.
        with Butler.from_config(str(repo), writeable=True, collections=[run]) as butler:
            self.exists = run in butler.collections.query("*")
            if not self.exists:
                return
            known = set()
            for ref in self._find(butler, run):
                try:
                    dataset = butler.get(ref)
                    path = pathlib.Path(butler.getURI(ref).ospath)
                except Exception as err:
                    # Whatever it is: the butler showed what cannot be had.
                    self.partial.append(f"{ref}: {type(err).__name__}: {err}")
                    continue
                known.add(path)
                self._keep(ref, dataset, path)
        # The output of bps is a chain of runs, with folders below its own.
        folders = (repo / run).glob(f"**/{TEMPLATE}")
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        self.strays = [path for path in files if path not in known]

    def _find(self, butler: Butler, run: str) -> list[DatasetRef]:
        """Return all datasets of the run; none should be there twice.

        Only those of a task as a whole may, once for each run of a chain.
        """
        found: list[DatasetRef] = []
        for kind in butler.registry.queryDatasetTypes():
            found += butler.registry.queryDatasets(kind, collections=run, findFirst=False)
        counts = collections.Counter((ref.datasetType.name, ref.dataId) for ref in found if ref.dataId)
        self.partial += [f"{key} is there twice" for key, count in counts.items() if count > 1]
        return found

    def _keep(self, ref: DatasetRef, dataset: Any, path: pathlib.Path) -> None:
        name = ref.datasetType.name
        if name == TEMPLATE:
            patches = frozenset(ccd["patch"] for ccd in dataset.info.getCoaddInputs().ccds)
            self.templates[_key(ref)] = Product(ref, path.stat().st_mtime, _values(dataset), patches)
        elif name == f"{TASK}_metadata":
            self.metadata[_key(ref)] = ref

    @property
    def temporary(self) -> list[pathlib.Path]:
        """Files that were being written when a process died."""
        # The middleware's have a random beginning, those of the writer a dot.
        return [path for path in self.strays if not path.name.startswith(TEMPLATE)]

    def differing(self, *expected: Outputs) -> list[tuple[int, int]]:
        """Return the data IDs whose template is none of the expected ones."""
        return [
            key
            for key, product in self.templates.items()
            if not any(
                key in outputs.templates and product.equals(outputs.templates[key]) for outputs in expected
            )
        ]


def _key(ref: DatasetRef) -> tuple[int, int]:
    return ref.dataId["visit"], ref.dataId["detector"]


def _values(template: object) -> tuple:
    """Return all of a template that can be compared."""
    bbox = template.getBBox()
    position = template.psf.getAveragePosition()
    return (
        template.image.array,
        template.mask.array,
        template.variance.array,
        template.psf.computeKernelImage(position).array,
        (bbox, position, template.wcs, template.photoCalib, template.filter, template.visitInfo.id),
        [(ccd.getId(), ccd["tract"], ccd["patch"]) for ccd in template.info.getCoaddInputs().ccds],
    )
