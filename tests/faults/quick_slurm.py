# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Slurm site that notices lost nodes after seconds instead of minutes."""

from __future__ import annotations

from lsst.ctrl.bps.parsl.sites import Slurm
from parsl.executors.base import ParslExecutor
from parsl.providers import SlurmProvider

__all__ = ("QuickSlurm",)


class QuickProvider(SlurmProvider):
    """Provider that asks for the state of Slurm's jobs more often."""

    @property
    def status_polling_interval(self) -> int:
        """Seconds from one question to the next."""
        return 3


class QuickSlurm(Slurm):
    """Slurm with short heartbeats."""

    def get_executors(self) -> list[ParslExecutor]:
        """Return the only executor."""
        options = {"heartbeat_period": 2, "heartbeat_threshold": 15}
        executor = self.make_executor("slurm", executor_options=options)
        # `make_executor` leaves no choice of the class.
        executor.provider.__class__ = QuickProvider
        return [executor]
